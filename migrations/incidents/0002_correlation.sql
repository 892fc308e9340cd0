-- One row for each attached alert, with a copy of the alert at that time.
create table alert_links (
  alert_id uuid primary key,
  incident_id uuid not null references incidents (id) on delete cascade,
  firing boolean not null,
  snapshot jsonb not null,
  attached_at timestamptz not null,
  ended_at timestamptz,
  check (firing = (ended_at is null))
);
create index alert_links_of on alert_links (incident_id, attached_at desc, alert_id);
create index alert_links_firing on alert_links (incident_id) where firing;

-- Alerts that a caller linked by hand. The id can be any text, and no source reports whether such an alert fires.
create table hand_links (
  incident_id uuid not null references incidents (id) on delete cascade,
  alert_id varchar(255) not null,
  fingerprint varchar(64) not null,
  linked_at timestamptz not null,
  primary key (incident_id, alert_id)
);

-- The incident that receives the alerts of a service and severity. One row for each key makes correlation exact: the
-- transaction that holds its lock decides, and all others wait for it.
create table correlation_slots (
  service varchar(255) not null,
  severity varchar(20) not null,
  incident_id uuid not null,
  last_alert_at timestamptz not null,
  primary key (service, severity)
);
create index correlation_slots_of on correlation_slots (incident_id);

-- Sums over resolved and acknowledged incidents, in shards, so that two resolutions seldom wait for each other.
create table incident_totals (
  shard smallint primary key check (shard between 0 and 15),
  resolved bigint not null default 0,
  mtta_count bigint not null default 0,
  mtta_ms bigint not null default 0,
  mttr_count bigint not null default 0,
  mttr_ms bigint not null default 0
);
insert into incident_totals (shard) select generate_series(0, 15);
