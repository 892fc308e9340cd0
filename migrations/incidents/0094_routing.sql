-- Where rules send incidents: team, policy, what set them, and the group of their alerts. Null: the owner of the service is
-- paged, and alerts of one service and severity share the incident.
alter table incidents
  add column routing jsonb,
  -- The rule because of which no one is paged; null if the escalation pages.
  add column not_paged_by varchar(255);

-- A slot of a group that a rule made has the key of the group in place of the service, in capital letters, which no service
-- has. Its severity is empty if alerts of all severities share the incident.
comment on column correlation_slots.severity is 'Empty: alerts of all severities';
