-- The history of each alert: its first report, the reports that changed its text or severity, and its end. It replaces
-- `alert_texts`, which still holds the texts of reports before this version.
create table alert_events (
  alert_id uuid not null,
  -- 0 for the first report, -1 for the end, 1 to 20 for the changes: a newer change overwrites the oldest.
  place smallint not null,
  at timestamptz not null,
  -- Of a change: the alert after it. Null for the first report and for the end.
  severity varchar(20),
  message text,
  context jsonb,
  reported_by text not null,
  -- Service, severity, message and labels as the source reported them. Null for a first report that no rule changed.
  reported jsonb,
  -- The event's own part of the request, with secrets masked; at most 16 KiB.
  payload text,
  primary key (alert_id, place)
);
-- Rows are written in the order of `at`, so that a small index finds the oldest.
create index alert_events_by_time on alert_events using brin (at);
