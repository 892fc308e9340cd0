-- Alerts: one row for each condition, from its first report to its end. Re-reports increment its count.
create table alerts (
  id uuid primary key default gen_random_uuid(),
  service varchar(255) not null,
  severity varchar(20) not null check (severity in ('critical', 'high', 'medium', 'low')),
  message text not null,
  source varchar(255) default 'api',
  labels jsonb not null default '{}',
  fingerprint varchar(64) not null,
  timestamp timestamptz not null,
  incident_id uuid,
  created_at timestamptz not null default now(),
  status varchar(20) not null default 'firing' check (status in ('firing', 'resolved')),
  count integer not null default 1 check (count > 0),
  last_seen_at timestamptz not null default now(),
  ended_at timestamptz check ((ended_at is null) = (status = 'firing')),
  integration_id uuid,
  reported_by text not null
);

create index alerts_correlated on alerts (service, severity, created_at desc) where incident_id is not null;
create index alerts_by_incident on alerts (incident_id);
create index alerts_newest_first on alerts (created_at desc);

-- Deduplication: a condition has at most one firing alert.
create unique index alerts_firing on alerts (fingerprint) where status = 'firing';

-- A re-report changes no indexed column. With free space on the page it is a HOT update, which writes no index entry.
alter table alerts set (fillfactor = 85);

-- Integrations. Of their keys only the SHA-256 is stored.
create table integrations (
  id uuid primary key,
  name text not null,
  format text not null,
  key_hash text not null unique,
  key_prefix text not null,
  created_at timestamptz not null,
  created_by text not null,
  last_seen_at timestamptz,
  revoked_at timestamptz
);
