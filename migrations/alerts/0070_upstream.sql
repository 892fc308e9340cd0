-- A copy of the dependencies of services that oncall stores, kept by its events, so that the intake asks no other module.
create table service_dependencies (
  service text not null,
  upstream text not null,
  grace_seconds integer not null,
  primary key (service, upstream)
);

-- Incidents whose effect on dependents began, by the events of incidents. Ended ones stay for some days, because an event
-- with a lower version can come later.
create table upstream_incidents (
  incident_id uuid primary key,
  service text not null,
  title text not null,
  version integer not null,
  in_force boolean not null,
  changed_at timestamptz not null
);
create index upstream_incidents_in_force on upstream_incidents (service) where in_force;
create index upstream_incidents_ended on upstream_incidents (changed_at) where not in_force;

-- An incident mutes the services that depend on its own, as a mute with the id of the incident and without an end.
alter table mutes
  drop constraint mutes_cause_check,
  add constraint mutes_cause_check check (cause = any (cast('{silence, window, upstream}' as text[]))),
  drop constraint mutes_check,
  add constraint mutes_check check (
    case cause when 'upstream' then ends_at is null and recurrence is null
               else (ends_at is null) = (recurrence is not null) end);

-- The alerts that an incident affects, or affected when they ended.
create index alerts_affected on alerts (muted_by, created_at desc) where muted_by is not null;
