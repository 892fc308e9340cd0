-- A link that ended only because its incident was resolved: the source has not said that the alert ended, nor reported it
-- again into a newer incident. Reopening the incident links it again. Links of earlier resolutions do not tell, and stay.
alter table alert_links add column ended_with_incident boolean not null default false;

-- Two more kinds of entries, beside whatever the list holds by now. Rows that stand fit the wider list.
do $$
declare
  allowed text;
begin
  select pg_get_constraintdef(oid) into strict allowed from pg_constraint
   where conname = 'incident_timeline_event_type_check' and conrelid = 'incident_timeline'::regclass;
  alter table incident_timeline drop constraint incident_timeline_event_type_check;
  execute 'alter table incident_timeline add constraint incident_timeline_event_type_check '
    || replace(replace(allowed, '}', ',unacknowledged,undone}'), ' NOT VALID', '') || ' not valid';
end
$$;
