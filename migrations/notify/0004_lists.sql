-- The latest delivered and failed notifications of a channel.
create index notifications_of_channel on notifications (channel, status, created_at desc, id desc);
