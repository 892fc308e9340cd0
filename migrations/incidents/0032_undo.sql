-- The last change of an incident by a person or a key, who can undo it for a minute: the incident before the change and,
-- if the change touched it, its escalation. At most one row for each incident; the next change replaces it.
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
