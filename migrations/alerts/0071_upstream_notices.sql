-- Which services an incident has affected: the owner of each gets one notice, by a job of the same transaction.
create table upstream_notices (
  incident_id uuid not null,
  service text not null,
  at timestamptz not null,
  primary key (incident_id, service)
);
create index upstream_notices_by_age on upstream_notices (at);
