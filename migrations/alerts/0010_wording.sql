-- An alert shows what was said last. `context` holds annotations, the source's links and how an unknown severity was read.
alter table alerts
  add column context jsonb,
  -- Counts the changes of severity, message and context; `revised_by` is the report that made the last one.
  add column revision integer not null default 0,
  add column revised_by uuid,
  -- The severity that the last change rose to; null if that change was no rise.
  add column raised_to varchar(20),
  -- Severity, message and context of the first report; null while nothing has changed.
  add column first_said jsonb;

-- The latest texts of each alert, in a ring of twenty places.
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
