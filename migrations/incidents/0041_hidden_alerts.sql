-- How many alerts the sources withhold, over all groups with alerts in the incident. While there are any, it stays open.
alter table incidents add column hidden_count integer not null default 0 check (hidden_count >= 0);

-- The latest delivery of each group, so that a delivery that arrives late changes nothing.
create table alert_groups (
  source uuid not null,
  group_key varchar(64) not null,
  version bigint not null,
  at timestamptz not null,
  primary key (source, group_key)
);

create table hidden_alerts (
  incident_id uuid not null references incidents (id) on delete cascade,
  source uuid not null,
  group_key varchar(64) not null,
  hidden integer not null check (hidden > 0),
  primary key (source, group_key, incident_id)
);
create index hidden_alerts_of on hidden_alerts (incident_id);

-- Adds one type of entry to the check, as 0031 does. Existing rows fit the longer list.
do $$
declare
  allowed text;
begin
  select pg_get_constraintdef(oid) into strict allowed from pg_constraint
   where conname = 'incident_timeline_event_type_check' and conrelid = 'incident_timeline'::regclass;
  alter table incident_timeline drop constraint incident_timeline_event_type_check;
  execute 'alter table incident_timeline add constraint incident_timeline_event_type_check '
    || replace(replace(allowed, '}', ',alerts_hidden}'), ' NOT VALID', '') || ' not valid';
end
$$;
