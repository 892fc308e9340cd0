-- Heartbeats: jobs that check in by a ping. A missing ping is an alert.
create table heartbeats (
  id uuid primary key,
  -- The secret part of the address of this heartbeat alone, /ping/<ping_id>.
  ping_id uuid not null unique,
  name varchar(255) not null,
  slug varchar(100) not null check (slug ~ '^[a-z0-9_-]+$'),
  team varchar(255),
  service varchar(255),
  severity varchar(20) not null check (severity = any (cast('{critical, high, medium, low}' as text[]))),
  -- The schedule: a period in seconds, or a cron expression with its time zone. The grace is in seconds.
  period integer check (period > 0),
  cron varchar(200),
  time_zone varchar(100),
  grace integer not null check (grace > 0),
  paused boolean not null default false,
  created_at timestamptz not null,
  created_by varchar(255) not null,
  -- A deleted heartbeat stays until the job has ended its alert.
  deleted_at timestamptz,
  -- Counts all pings.
  pings bigint not null default 0,
  last_ping_at timestamptz,
  last_run_ms bigint,
  -- The next ping is expected by the schedule counted from here; null if no run has ended yet.
  since timestamptz,
  -- Runs that began and have not ended: a list of {rid, at}.
  runs jsonb not null default '[]',
  down_since timestamptz,
  down_cause varchar(20) check (down_cause = any (cast('{missed, unfinished, failed}' as text[]))),
  down_detail text,
  -- The outage of Tocsin itself after which the grace counts again.
  outage_from timestamptz,
  outage_until timestamptz,
  -- When the next ping is due and when the heartbeat counts as down, as computed by the last change.
  due_at timestamptz,
  down_at timestamptz,
  -- True while its alert fires.
  alerting boolean not null default false,
  check (num_nonnulls(team, service) = 1),
  check ((period is null) = (cron is not null and time_zone is not null)),
  check ((down_since is null) = (down_cause is null)),
  check ((outage_from is null) = (outage_until is null))
) with (fillfactor = 70);

create unique index heartbeats_by_slug on heartbeats (slug) where deleted_at is null;
create index heartbeats_in_order on heartbeats (created_at, id) where deleted_at is null;

-- The last 100 pings of each heartbeat. `place` is the number of the ping modulo 100, so that a new row overwrites the oldest.
create table heartbeat_pings (
  heartbeat_id uuid not null references heartbeats (id) on delete cascade,
  place smallint not null,
  number bigint not null,
  at timestamptz not null,
  kind varchar(10) not null check (kind = any (cast('{success, start, fail, log}' as text[]))),
  exit_code smallint,
  rid uuid,
  run_ms bigint,
  method varchar(10) not null,
  body text,
  body_bytes integer not null,
  primary key (heartbeat_id, place)
) with (fillfactor = 70);

-- Keys of ping addresses. Of a key only the SHA-256 is stored. After a rotation the old key is valid until `old_key_ends_at`.
create table ping_keys (
  id uuid primary key,
  name varchar(255) not null,
  -- If set, the key pings only heartbeats of this team.
  team varchar(255),
  key_hash varchar(64) not null unique,
  key_prefix varchar(20) not null,
  old_key_hash varchar(64) unique,
  old_key_prefix varchar(20),
  old_key_ends_at timestamptz,
  created_at timestamptz not null,
  created_by varchar(255) not null,
  rotated_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  check ((old_key_hash is null) = (old_key_ends_at is null))
);

-- One row: when a process of this module last ran. A gap in its updates is an outage.
create table heartbeat_clock (
  id smallint primary key default 1 check (id = 1),
  seen_at timestamptz
) with (fillfactor = 10);
insert into heartbeat_clock (id) values (1);
