-- Actions of people and keys in all modules. Those of other modules come from their events; the gateway's own are written with
-- the change.
create table audit (
  id bigint generated always as identity primary key,
  module text not null,
  kind text not null,
  subject text not null,
  actor text not null,
  data jsonb not null,
  at timestamptz not null
);
create index audit_newest on audit (at desc, id desc);
create index audit_of_actor on audit (actor, at desc, id desc);
create index audit_of_subject on audit (subject, at desc, id desc);
create index audit_of_kind on audit (kind, at desc, id desc);

-- Append-only, except for retention, which sets `tocsin.retention` in its transaction.
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('tocsin.retention', true) = 'on' then
    return old;
  end if;
  raise exception 'the audit log is append-only' using errcode = 'restrict_violation';
end
$$;
create trigger audit_is_append_only before update or delete on audit
  for each row execute function refuse_audit_change();
create trigger audit_is_not_truncated before truncate on audit
  for each statement execute function refuse_audit_change();

-- The last use of a session, exact to a minute.
alter table sessions add column last_seen_at timestamptz;
