-- An alert that its source does not report again by `expires_at` ends then, and `expired` is true. A tool can acknowledge an
-- alert that still fires.
alter table alerts
  add column expires_at timestamptz,
  add column expired boolean not null default false,
  add column acknowledged_at timestamptz,
  add column acknowledged_by text;
