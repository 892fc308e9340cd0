-- Whether a user, a key, an integration, a signed link or a background job caused an event, because names can collide. Null
-- in rows of earlier versions, which can run beside this one during an upgrade; for them the name decides.
alter table events add column actor_kind text;
create index events_by_background on events (at) where coalesce(actor_kind, actor) = 'system';
create index events_by_callers on events (at) where coalesce(actor_kind, actor) <> 'system';
drop index events_of_the_clockwork;
drop index events_of_people;

create or replace function refuse_event_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('tocsin.retention', true) = 'on' then
    return old;
  end if;
  if tg_op = 'UPDATE' and old.xid > pg_current_xact_id() and new.xid = pg_current_xact_id()
     and (new.id, new.kind, new.subject, new.actor, new.actor_kind, new.data, new.at)
         is not distinct from (old.id, old.kind, old.subject, old.actor, old.actor_kind, old.data, old.at) then
    return new;
  end if;
  raise exception 'events are append-only' using errcode = 'restrict_violation';
end
$$;

-- The column now holds `<kind> <name>`, so that a user and an API key of one name have separate keys. Rows of earlier versions
-- are copied for each possible kind, so that a repeated command finds its resource.
insert into idempotency_keys (actor, operation, key, request_hash, resource_id, created_at)
select kind || ' ' || actor, operation, key, request_hash, resource_id, created_at
  from idempotency_keys cross join (values ('user'), ('key'), ('integration'), ('system')) as kinds (kind)
on conflict do nothing;
comment on column idempotency_keys.actor is 'kind and name of the caller';
