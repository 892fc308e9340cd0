-- True for a link that ended only because its incident was resolved: the source has not ended the alert, and has not
-- reported it again for a newer incident. Reopening the incident reactivates the link. Links that ended before this
-- migration stay ended, because their reason is unknown.
alter table alert_links add column ended_with_incident boolean not null default false;

-- Adds two types of entries to the check: its list is read from the catalog, because it depends on the migrations that
-- ran before. Existing rows fit the longer list.
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
