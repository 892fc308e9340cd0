-- A calendar that is published to other programs: of a schedule, or of one person's shifts in every team.
create table publications (
  id bigint generated always as identity primary key,
  schedule_id uuid unique references schedules (id),
  email text unique,
  -- When its events last became others. Whoever compares them with the calendar, to write them anew, locks this row.
  changed_at timestamptz not null,
  check ((schedule_id is null) <> (email is null))
);

-- What was told of each shift, so that it keeps its name when it moves, and is taken back when it is no more.
create table published_events (
  uid uuid primary key,
  publication_id bigint not null references publications (id) on delete cascade,
  -- Schedule, role, person and reason: what stays the same while a shift moves.
  key text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  summary text not null,
  description text not null,
  sequence integer not null,
  cancelled boolean not null,
  changed_at timestamptz not null
);
create index published_events_of on published_events (publication_id, starts_at);

-- Secret addresses by which publications are fetched; only a hash of each is known here.
create table feeds (
  id uuid primary key,
  publication_id bigint not null references publications (id),
  secret_hash bytea not null unique,
  -- Who made it: users, keys and the clockwork have names of their own.
  owner_kind text not null,
  owner text not null,
  created_at timestamptz not null,
  last_fetched_at timestamptz
);
create index feeds_of_owner on feeds (owner_kind, owner, created_at);
create index feeds_of_publication on feeds (publication_id);
