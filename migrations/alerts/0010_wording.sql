-- An alert shows its latest report. `context` holds annotations, links of the source and how an unknown severity was read.
alter table alerts
  add column context jsonb,
  -- Counts the changes of severity, message and context; `revised_by` is the report that made the last one.
  add column revision integer not null default 0,
  add column revised_by uuid,
  -- The severity after the last change, if it rose; otherwise null.
  add column raised_to varchar(20),
  -- Severity, message and context of the first report; null until a report changes them.
  add column first_said jsonb;

-- The last 20 texts of each alert; `place` is the revision modulo 20.
create table alert_texts (
  alert_id uuid not null,
  place smallint not null,
  at timestamptz not null,
  severity varchar(20) not null,
  message text not null,
  context jsonb,
  reported_by text not null,
  primary key (alert_id, place)
);
