-- People who can be paged. The e-mail address in lower case identifies a person in all modules.
create table people (
  email text primary key check (email = lower(email)),
  name text not null,
  time_zone text not null default 'UTC'
);
create index people_by_name on people (lower(name));

create table teams (
  name text primary key,
  -- The room (`channel:address`) that is notified of the incidents of the team; null for the default room.
  room text,
  created_at timestamptz not null
);

create table services (
  name text primary key,
  team text not null references teams (name)
);
create index services_by_team on services (team);

-- One schedule per team. Deleting a schedule marks its row; creating it again restores the row with its id.
create table schedules (
  id uuid primary key,
  team text not null unique references teams (name),
  rotation_type text not null check (rotation_type in ('weekly', 'daily', 'biweekly')),
  -- The members as given; the layers are in the versions.
  members jsonb not null check (jsonb_typeof(members) = 'array'),
  -- The instant of the next hand-off, which has a job. The job that changes this column records the hand-off.
  handoff_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz,
  deleted_at timestamptz
);

-- A service without a row belongs to the team of its name; names of services are in lower case.
create index schedules_by_lower_team on schedules (lower(team)) where deleted_at is null;

-- The version with the greatest effective_from applies at an instant. A deletion is a version without layers.
create table schedule_versions (
  id bigint generated always as identity primary key,
  schedule_id uuid not null references schedules (id),
  effective_from timestamptz not null,
  time_zone text not null,
  layers jsonb not null check (jsonb_typeof(layers) = 'array')
);
create index schedule_versions_in_order on schedule_versions (schedule_id, effective_from desc, id desc);

create table overrides (
  id uuid primary key,
  schedule_id uuid not null references schedules (id),
  kind text not null default 'takeover' check (kind = 'takeover'),
  in_name text not null,
  in_email text not null,
  reason text,
  created_by text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  -- The real end: replaced, removed or run out. The override is in force until the earlier of the two.
  ended_at timestamptz check (ended_at >= starts_at and ended_at <= ends_at)
);
-- A team has at most one takeover, even if several are set at the same time.
create unique index overrides_one_takeover on overrides (schedule_id) where ended_at is null;
create index overrides_in_time on overrides (schedule_id, starts_at desc);
create index overrides_by_end on overrides (ends_at);

create table escalations (
  id uuid primary key,
  seq bigint generated always as identity,
  -- The same key is the same command and returns the first result.
  key text not null unique,
  team text,
  incident_id text not null,
  step integer not null,
  round integer not null,
  reason text not null,
  message text not null,
  severity text,
  targets jsonb not null,
  answer jsonb not null,
  -- The notifications of the step; null until notify has answered.
  told jsonb,
  created_at timestamptz not null
);
-- The first page of an incident is not an escalation and not in the list.
create index escalations_in_order on escalations (seq) where step > 1 or round > 0;
create index escalations_of_team on escalations (team, seq) where step > 1 or round > 0;
create index escalations_of_incident on escalations (incident_id, team);
create index escalations_by_age on escalations (created_at);

create table history (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity,
  event_type text not null,
  team text not null,
  actor text not null,
  details jsonb not null,
  at timestamptz not null
);
create index history_in_order on history (at, seq);
create index history_of_team on history (team, at, seq);
create index history_of_type on history (event_type, at, seq);

create function refuse_history_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('tocsin.retention', true) = 'on' then
    return old;
  end if;
  raise exception 'history is append-only' using errcode = 'restrict_violation';
end
$$;
create trigger history_is_append_only before update or delete on history
  for each row execute function refuse_history_change();
create trigger history_is_not_truncated before truncate on history
  for each statement execute function refuse_history_change();

-- The number of history entries by type, counted on insert, so that reading it costs the same at a million rows.
-- Sixteen rows per type: with one, all transactions that run a step would wait for each other.
create table history_tallies (
  event_type text not null,
  shard integer not null,
  total bigint not null,
  primary key (event_type, shard)
);

create function tally_history() returns trigger language plpgsql as $$
begin
  insert into history_tallies (event_type, shard, total)
  select event_type, pg_backend_pid() % 16, case when tg_op = 'INSERT' then count(*) else -count(*) end
    from changed group by event_type order by event_type
  on conflict (event_type, shard) do update set total = history_tallies.total + excluded.total;
  return null;
end
$$;
create trigger history_is_tallied_in after insert on history
  referencing new table as changed for each statement execute function tally_history();
create trigger history_is_tallied_out after delete on history
  referencing old table as changed for each statement execute function tally_history();
