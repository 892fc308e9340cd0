-- Work that is enqueued in a transaction and runs after the commit: outbox, retry and timer in one table.
create table jobs (
  id bigint generated always as identity primary key,
  kind text not null,
  payload jsonb not null,
  -- At most one job per key exists: enqueueing it again changes nothing.
  key text unique,
  run_at timestamptz not null,
  -- How often the job was claimed. It only grows, so it is a fencing token: only the latest attempt can complete the job.
  attempts integer not null default 0,
  -- Failures since the job was enqueued or rescheduled; they set the back-off.
  failures integer not null default 0,
  leased_until timestamptz,
  -- The key was enqueued again while the job was running: it runs once more, at this time.
  again_at timestamptz,
  last_error text,
  created_at timestamptz not null,
  gave_up_at timestamptz
);

-- A lease acts like a later due time, so one index serves new jobs, timers and jobs of dead workers.
create index jobs_by_turn on jobs (coalesce(leased_until, run_at), id);
create index jobs_given_up on jobs (gave_up_at) where gave_up_at is not null;

-- The table is small but changes fast. Without frequent vacuum, dead rows at the start of the index slow down every claim.
alter table jobs set (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 0
);

-- Events for the modules above, written in the transaction of the change.
create table events (
  id bigint generated always as identity primary key,
  -- Readers use the order (xid, id) below the oldest transaction in flight, so no row can appear behind their cursor.
  xid xid8 not null default pg_current_xact_id(),
  kind text not null,
  subject text not null,
  actor text not null,
  data jsonb not null,
  at timestamptz not null
);

create unique index events_in_commit_order on events (xid, id);
create index events_of_the_clockwork on events (at) where actor = 'system';
create index events_of_people on events (at) where actor <> 'system';

-- Append-only, with two exceptions: retention sets a variable in its transaction, and rows that were restored from another
-- server can get the id of a transaction of this server, because their own id can be in the future, where no reader finds it.
create function refuse_event_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('tocsin.retention', true) = 'on' then
    return old;
  end if;
  if tg_op = 'UPDATE' and old.xid > pg_current_xact_id() and new.xid = pg_current_xact_id()
     and (new.id, new.kind, new.subject, new.actor, new.data, new.at)
         is not distinct from (old.id, old.kind, old.subject, old.actor, old.data, old.at) then
    return new;
  end if;
  raise exception 'events are append-only' using errcode = 'restrict_violation';
end
$$;

create trigger events_are_append_only before update or delete on events
  for each row execute function refuse_event_change();
create trigger events_are_not_truncated before truncate on events
  for each statement execute function refuse_event_change();

-- How far this module has read the events of the modules below.
create table cursors (
  follower text not null,
  source text not null,
  cursor text,
  primary key (follower, source)
);

-- Events that a follower could not handle. They are set aside, so that they do not block later events and are not lost.
create table events_set_aside (
  id bigint generated always as identity primary key,
  follower text not null,
  source text not null,
  event jsonb not null,
  error text not null,
  at timestamptz not null
);
