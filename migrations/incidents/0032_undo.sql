-- What the last change of a person's or key's made of an incident that it can take back for a minute: the incident and, if
-- the change touched it, its clock as they were before. One row an incident at most, overwritten by the next change.
create table incident_undo (
  incident_id uuid primary key references incidents (id) on delete cascade,
  actor text not null,
  actor_kind text not null,
  changed_at timestamptz not null,
  -- Entries of the timeline with a higher number were written later.
  after_seq bigint not null,
  -- What the change added to the totals.
  resolved integer not null,
  mtta_ms bigint,
  mttr_ms bigint,
  incident jsonb not null,
  clock jsonb
);
