-- Rules, in the order of `place`.
create table alert_rules (
  id uuid primary key,
  place integer not null,
  name text not null,
  enabled boolean not null,
  matchers jsonb not null,
  during jsonb,
  actions jsonb not null,
  stop boolean not null,
  -- Reports that the rule dropped.
  dropped bigint not null default 0,
  created_at timestamptz not null,
  created_by text not null,
  updated_at timestamptz not null,
  updated_by text not null
);
create index alert_rules_in_order on alert_rules (place, id);

-- Samples of reports that a rule dropped, for a day.
create table dropped_reports (
  id bigint generated always as identity primary key,
  rule_id uuid not null,
  at timestamptz not null,
  report jsonb not null
);
create index dropped_reports_of on dropped_reports (rule_id, id desc);
create index dropped_reports_oldest_first on dropped_reports (at);
