alter table alerts
  -- Where the alert goes: team, policy, group, window, room, and whether it pages. The decision that attaches the alert
  -- binds. Null: to the owner of the service.
  add column routing jsonb,
  -- The team that the source names if the payload names no service.
  add column default_route jsonb;

-- The team of alerts whose payload names no service.
alter table integrations add column team varchar(255);
