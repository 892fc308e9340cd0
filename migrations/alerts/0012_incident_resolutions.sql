-- Incidents that a person resolved, followed from the incidents module, for as long as an alert of theirs fires.
create table incident_resolutions (
  incident_id uuid primary key,
  resolved_by text not null,
  resolved_at timestamptz not null
);
create index incident_resolutions_oldest_first on incident_resolutions (resolved_at);
