-- The one clock of an incident. Every step that is taken counts `turn` up, so that the turn is the fence: a timer that
-- was armed for another turn does nothing.
create table escalations (
  incident_id uuid primary key references incidents (id) on delete cascade,
  state text not null check (state in ('running', 'stopped', 'exhausted')),
  turn integer not null,
  -- The step taken last. A cycle is one pass through the whole policy with all its rounds.
  step integer not null,
  round integer not null,
  cycle integer not null default 0,
  -- Length of the policy as it was answered last; null before the first answer.
  steps integer,
  reached_somebody boolean not null default false,
  reached_in_round boolean not null default false,
  -- Armed where next_step_at stands. Without a next_step, the policy is exhausted at that instant.
  next_step integer,
  next_round integer,
  next_cycle integer,
  next_step_at timestamptz,
  check (state <> 'stopped' or next_step_at is null),
  check (next_step is null or (next_step_at is not null and next_round is not null and next_cycle is not null))
);

-- Each step that was taken. `told_at` is set by whoever wrote down whom it told: once.
create table escalation_steps (
  incident_id uuid not null references incidents (id) on delete cascade,
  turn integer not null,
  step integer not null,
  round integer not null,
  taken_at timestamptz not null,
  told_at timestamptz,
  primary key (incident_id, turn)
);
