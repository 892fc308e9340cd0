-- A tool's own acknowledgement of an alert, and ends that leave the incident open: always, if the integration says so, or
-- unless a person acknowledged the incident, if the source went silent.
alter table alert_links
  add column acknowledged_at timestamptz,
  add column keeps_open text check (keeps_open = any (cast('{always, unless_acknowledged}' as text[])));

create index alert_links_that_keep_open on alert_links (incident_id) where keeps_open is not null;

-- A machine's acknowledgement has no time, because no person acknowledged the incident.
alter table incidents
  drop constraint incidents_in_hand_are_acknowledged,
  add constraint incidents_in_progress_are_acknowledged check (status <> 'in_progress' or acknowledged_at is not null);
