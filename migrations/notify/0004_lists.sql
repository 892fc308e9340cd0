-- What a channel delivered last, and what it could not.
create index notifications_of_channel on notifications (channel, status, created_at desc, id desc);
