-- How many alerts sources hold back, in all groups of which the incident has alerts. While there are any it stays open.
alter table incidents add column hidden_count integer not null default 0 check (hidden_count >= 0);

-- The latest delivery of each group, so that one that arrives late changes nothing.
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

-- One more kind of entry, beside whatever the list holds by now. Rows that stand fit the wider list.
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
