-- Incidents that a person resolved, from the events of the incidents module. A row is kept while an alert of the incident fires.
create table incident_resolutions (
  incident_id uuid primary key,
  resolved_by text not null,
  resolved_at timestamptz not null
);
create index incident_resolutions_oldest_first on incident_resolutions (resolved_at);
