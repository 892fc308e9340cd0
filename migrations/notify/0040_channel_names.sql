-- The contract holds the names of channels: a new channel needs no migration.
alter table notifications drop constraint if exists notifications_channel_check;
