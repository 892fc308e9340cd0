-- Heartbeats that a tool made by the key of its integration, and pings by the tool's own name.
alter table heartbeats
  add column integration_id uuid,
  add column external_name varchar(255),
  -- What the tool's API keeps of a heartbeat in addition: the message and the tags of its alert, a description.
  add column details jsonb not null default '{}',
  add check ((integration_id is null) = (external_name is null));
create unique index heartbeats_by_external_name on heartbeats (integration_id, external_name)
  where deleted_at is null and integration_id is not null;
