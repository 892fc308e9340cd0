-- A feed belongs to an account, not to a name that another account may bear later. Null in rows of earlier versions: there
-- the name decides.
alter table feeds add column owner_id text;
-- Set when the API key that made the feed is revoked: the address leads nowhere, and the row says why.
alter table feeds add column ended_at timestamptz;
create index feeds_of_owner_id on feeds (owner_id) where owner_id is not null;
create index feeds_ended on feeds (ended_at) where ended_at is not null;
