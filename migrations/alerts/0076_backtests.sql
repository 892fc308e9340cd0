-- Runs of back-tests; kept for a day.
create table backtests (
  id uuid primary key,
  state text not null check (state = any (cast('{running, done, cancelled, failed}' as text[]))),
  days integer not null,
  started_at timestamptz not null,
  started_by text not null,
  -- When the process that runs it saved its progress last.
  seen_at timestamptz not null,
  finished_at timestamptz,
  alerts integer not null default 0,
  alerts_total integer not null,
  reason text,
  result jsonb
);
-- One run at a time in the whole installation.
create unique index backtests_running on backtests ((true)) where state = 'running';
