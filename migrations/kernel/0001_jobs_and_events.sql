-- Work promised inside a transaction and kept after it: outbox, retry and timer in one table.
create table jobs (
  id bigint generated always as identity primary key,
  kind text not null,
  payload jsonb not null,
  -- A second promise with the same key is the first one, for as long as the job stands.
  key text unique,
  run_at timestamptz not null,
  -- How often the job was claimed. It only grows, so it is also the fence: who claimed an older attempt cannot settle.
  attempts integer not null default 0,
  -- Failures since the promise was made or moved; they set the pace of the retries.
  failures integer not null default 0,
  leased_until timestamptz,
  -- The same key was promised again while the job was running: it runs once more, at this time.
  again_at timestamptz,
  last_error text,
  created_at timestamptz not null,
  gave_up_at timestamptz
);

-- A claim only postpones a job, so that one index serves claims, timers and dead workers' jobs.
create index jobs_by_turn on jobs (coalesce(leased_until, run_at), id);
create index jobs_given_up on jobs (gave_up_at) where gave_up_at is not null;

-- The table stays small but turns over fast; without this the dead rows at the head of the index slow every claim.
alter table jobs set (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 0
);

-- Facts the module wrote down for those above, in the transaction of the change.
create table events (
  id bigint generated always as identity primary key,
  -- Readers go by (xid, id) below the oldest transaction in flight: nothing can still appear behind them.
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

-- Append-only, with two doors: retention announces itself in its transaction, and rows restored from another server
-- may take the number of a transaction of this one, because their own lies in a future that no reader reaches.
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

-- How far this module has followed the facts of the modules below.
create table cursors (
  follower text not null,
  source text not null,
  cursor text,
  primary key (follower, source)
);

-- Facts a follower could not digest: put aside so that they block nobody, kept so that they are not lost.
create table events_set_aside (
  id bigint generated always as identity primary key,
  follower text not null,
  source text not null,
  event jsonb not null,
  error text not null,
  at timestamptz not null
);
