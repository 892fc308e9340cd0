-- The account that owns the feed, because another account can get the same name later. Null in rows of earlier
-- versions, which are matched by name.
alter table feeds add column owner_id text;
-- When the feed ended because its API key was revoked. Its address then answers 404; the row shows the reason in lists.
alter table feeds add column ended_at timestamptz;
create index feeds_of_owner_id on feeds (owner_id) where owner_id is not null;
create index feeds_ended on feeds (ended_at) where ended_at is not null;
