-- The escalation of an incident. Each step increments `turn`: a timer that was set for another turn does nothing.
create table escalations (
  incident_id uuid primary key references incidents (id) on delete cascade,
  state text not null check (state in ('running', 'stopped', 'exhausted')),
  turn integer not null,
  -- The step taken last. A cycle is one pass through the policy with all its rounds.
  step integer not null,
  round integer not null,
  cycle integer not null default 0,
  -- The number of steps in the policy, from oncall's last answer; null before the first one.
  steps integer,
  reached_somebody boolean not null default false,
  reached_in_round boolean not null default false,
  -- A timer is set if next_step_at is set. If next_step is null, the policy is exhausted at that time.
  next_step integer,
  next_round integer,
  next_cycle integer,
  next_step_at timestamptz,
  check (state <> 'stopped' or next_step_at is null),
  check (next_step is null or (next_step_at is not null and next_round is not null and next_cycle is not null))
);

-- Each step that was taken. `told_at` is set once, when its result is saved.
create table escalation_steps (
  incident_id uuid not null references incidents (id) on delete cascade,
  turn integer not null,
  step integer not null,
  round integer not null,
  taken_at timestamptz not null,
  told_at timestamptz,
  primary key (incident_id, turn)
);
