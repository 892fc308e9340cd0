-- Rules can hold an alert: it fires without an incident until its group has enough reports, or until a time has passed.
-- `muted_by` is then the id of the rule.
alter table alerts
  -- The counter that the alert waits for, or `delay`; null if no rule holds it.
  add column hold_key text;
create index alerts_held on alerts (hold_key, id) where hold_key is not null and status = 'firing';

-- How many reports each rule and group had lately. The transaction that holds the lock of a row decides whether the count is
-- reached.
create table alert_thresholds (
  key text primary key,
  -- The latest reports as pairs of a time in milliseconds and a number; as many as the rule counts.
  events jsonb not null default '[]',
  -- Alerts that fired by then are released.
  reached_at timestamptz,
  updated_at timestamptz not null
);
create index alert_thresholds_oldest_first on alert_thresholds (updated_at);
