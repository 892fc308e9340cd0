-- The last 200 re-reports of each alert. `place` is the count modulo 200, so that a new row overwrites the oldest.
create table alert_reports (
  alert_id uuid not null,
  place smallint not null,
  at timestamptz not null,
  -- How many reports arrived together.
  reports integer not null,
  reported_by text not null,
  integration_id uuid,
  primary key (alert_id, place)
) with (fillfactor = 70);

alter table integrations
  add column deliveries bigint not null default 0,
  add column rejections bigint not null default 0;

-- Payloads that could not be read: the last 50 of each integration.
create table rejected_payloads (
  id bigint generated always as identity primary key,
  integration_id uuid not null references integrations (id) on delete cascade,
  at timestamptz not null,
  reason text not null,
  body text not null
);
create index rejected_payloads_of on rejected_payloads (integration_id, id desc);
