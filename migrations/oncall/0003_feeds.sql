-- A calendar that is published to other programs: the calendar of a schedule, or the shifts of one person in every
-- team.
create table publications (
  id bigint generated always as identity primary key,
  schedule_id uuid unique references schedules (id),
  email text unique,
  -- When its events last changed. A transaction that rewrites them locks this row first.
  changed_at timestamptz not null,
  check ((schedule_id is null) <> (email is null))
);

-- The events published for each shift, so that a shift keeps its uid when it moves, and is cancelled when it is
-- removed.
create table published_events (
  uid uuid primary key,
  publication_id bigint not null references publications (id) on delete cascade,
  -- Schedule, role, person and reason, which do not change if a shift moves.
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

-- The secret addresses of publications; only the hash of each is stored.
create table feeds (
  id uuid primary key,
  publication_id bigint not null references publications (id),
  secret_hash bytea not null unique,
  -- The kind of the creator: a user and a key may have the same name.
  owner_kind text not null,
  owner text not null,
  created_at timestamptz not null,
  last_fetched_at timestamptz
);
create index feeds_of_owner on feeds (owner_kind, owner, created_at);
create index feeds_of_publication on feeds (publication_id);
