-- An affected alert that a rule routes notifies the team of the route. Alerts of one service can have several routes.
alter table upstream_notices
  -- The team or policy of the route; empty for the owner of the service.
  add column team text not null default '',
  drop constraint upstream_notices_pkey,
  add primary key (incident_id, service, team);
