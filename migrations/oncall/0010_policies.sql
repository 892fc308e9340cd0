create sequence policy_versions;

-- The escalation policy of a team. A team without a row has the default policy.
create table policies (
  team text primary key references teams (name),
  -- Never repeated: a policy that is deleted and set again has another version.
  version bigint not null default nextval('policy_versions'),
  steps jsonb not null check (jsonb_typeof(steps) = 'array' and jsonb_array_length(steps) > 0),
  repeat integer not null check (repeat between 0 and 10),
  ack_timeout_minutes integer check (ack_timeout_minutes > 0),
  support_hours jsonb,
  updated_at timestamptz not null,
  updated_by text not null
);

-- The teams and people that the steps refer to; the foreign keys keep them from being deleted.
create table policy_targets (
  policy text not null references policies (team) on delete cascade,
  person text references people (email),
  team text references teams (name),
  check ((person is null) <> (team is null))
);
create index policy_targets_of on policy_targets (policy);
create index policy_targets_person on policy_targets (person) where person is not null;
create index policy_targets_team on policy_targets (team) where team is not null;
