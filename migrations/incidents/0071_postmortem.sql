-- The post-mortem of an incident: each save adds a version with its author. The first version and the newest ones are
-- kept, and all are deleted with their incident.
create table postmortem_versions (
  incident_id uuid not null references incidents (id) on delete cascade,
  version integer not null check (version > 0),
  text text not null,
  actor varchar(255) not null,
  -- Names can collide: user, key, integration, link or system.
  actor_kind text not null,
  created_at timestamptz not null,
  primary key (incident_id, version)
);

create function refuse_postmortem_update() returns trigger language plpgsql as $$
begin
  raise exception 'versions of a post-mortem are append-only' using errcode = 'restrict_violation';
end
$$;
create trigger postmortem_versions_are_append_only before update on postmortem_versions
  for each row execute function refuse_postmortem_update();

-- Adds one type of entry to the check, as 0031 does. Existing rows fit the longer list.
do $$
declare
  allowed text;
begin
  select pg_get_constraintdef(oid) into strict allowed from pg_constraint
   where conname = 'incident_timeline_event_type_check' and conrelid = 'incident_timeline'::regclass;
  alter table incident_timeline drop constraint incident_timeline_event_type_check;
  execute 'alter table incident_timeline add constraint incident_timeline_event_type_check '
    || replace(replace(allowed, '}', ',postmortem_saved}'), ' NOT VALID', '') || ' not valid';
end
$$;
