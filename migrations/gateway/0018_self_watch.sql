-- Walks of the self-watch, which begin here; each is deleted after an hour. Unlogged, so that no archive holds them.
create unlogged table walks (
  id uuid primary key,
  started_at timestamptz not null,
  taken_at timestamptz not null,
  -- When it was passed on to alerts.
  passed_at timestamptz,
  -- When the loop-back sink of notify received it, and how long after its start.
  arrived_at timestamptz,
  duration_ms int,
  -- Null until it arrives or is late.
  verdict text check (verdict in ('passed', 'late', 'lost', 'interrupted'))
);

-- The state of the self-watch, in one row that the gateways change one after the other.
create table self_watch (
  id int primary key default 1 check (id = 1),
  -- When a gateway looked last. A long gap means that none ran.
  looked_at timestamptz,
  -- When the next walk begins.
  next_at timestamptz,
  last_started_at timestamptz,
  -- The last walk that arrived in time.
  last_passed_at timestamptz,
  last_duration_ms int,
  -- The last request to HEARTBEAT_URL, and why it failed; null if it did not.
  pinged_at timestamptz,
  ping_failure text
);
insert into self_watch default values;

-- Spans in which walks were late or lost.
create table self_watch_outages (
  id uuid primary key,
  began_at timestamptz not null,
  ended_at timestamptz,
  -- The module at which the first late walk was stuck; null if it is not known.
  stuck_at text,
  -- When FALLBACK_TARGET was notified of the beginning, and of the end.
  began_notice_at timestamptz,
  ended_notice_at timestamptz
);
create unique index self_watch_outages_open on self_watch_outages ((1)) where ended_at is null;
