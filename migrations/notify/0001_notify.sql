-- One message to one address, and the state of its delivery.
create table notifications (
  id uuid primary key default gen_random_uuid(),
  incident_id varchar(255) not null,
  channel varchar(50) not null default 'mock' check (channel in ('mock', 'webhook', 'email', 'slack')),
  recipient varchar(500) not null,
  message text not null,
  severity varchar(20),
  status varchar(20) not null default 'queued' check (status in ('queued', 'sent', 'failed', 'cancelled')),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  -- Why it is not sent, or not sent yet.
  reason text,
  created_at timestamptz not null default now(),
  first_attempt_at timestamptz,
  next_attempt_at timestamptz,
  sent_at timestamptz,
  -- Attempts begun; the number of the latest one fences those before it.
  attempts integer not null default 0,
  -- The key of the command, the index of its target, and the number of the address among those of the target.
  told_key text,
  told_to integer,
  told_address integer,
  -- A page to a person has links to view and acknowledge the incident; a message to a room only one to view it.
  audience text not null default 'direct' check (audience in ('direct', 'person', 'room')),
  person_name text,
  person_email text,
  reachable boolean not null default true,
  unique (told_key, told_to, told_address),
  check ((status = 'sent') = (sent_at is not null)),
  check (status = 'queued' or next_attempt_at is null),
  check ((told_key is null) = (told_to is null) and (told_key is null) = (told_address is null))
);
create index notifications_by_incident on notifications (incident_id, created_at desc, id desc);
create index notifications_newest on notifications (created_at desc, id desc);
create index notifications_by_channel on notifications (channel, created_at desc, id desc);
create index notifications_by_status on notifications (status, created_at desc, id desc);
create index notifications_by_recipient on notifications (recipient, created_at desc, id desc);
create index notifications_waiting on notifications (incident_id) where status = 'queued';

-- One try to deliver one notification. Stored before the try, so that an attempt whose process dies is not lost, and
-- completed once. Retention drops whole months.
create table attempts (
  notification_id uuid not null,
  attempt integer not null,
  -- Null while under way; `unknown` if the process died in it.
  outcome text check (outcome in ('sent', 'failed', 'unknown')),
  reason text,
  receipt text,
  started_at timestamptz not null,
  duration_ms integer,
  primary key (notification_id, attempt, started_at)
) partition by range (started_at);

-- Holds attempts without a partition of their month: after a jump of the clock, or if upkeep did not run.
create table attempts_default partition of attempts default;

create function refuse_attempt_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('tocsin.retention', true) = 'on' then
    return old;
  end if;
  if tg_op = 'UPDATE' and (old.outcome is null or old.outcome = 'unknown')
     and (new.notification_id, new.attempt, new.started_at) = (old.notification_id, old.attempt, old.started_at) then
    return new;
  end if;
  raise exception 'attempts are append-only' using errcode = 'restrict_violation';
end
$$;

create trigger attempts_are_append_only before update or delete on attempts
  for each row execute function refuse_attempt_change();

-- The number of notifications by channel, severity and status, as a sum of changes: writers only append and never wait,
-- and an upkeep job folds the changes together. Reading it costs the same at a million rows.
create table tallies (
  channel text not null,
  severity text not null,
  status text not null,
  change bigint not null
);

create function tally_notifications() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tallies
      select channel, coalesce(severity, 'unknown'), status, count(*) from new_rows group by 1, 2, 3;
  elsif tg_op = 'DELETE' then
    insert into tallies
      select channel, coalesce(severity, 'unknown'), status, -count(*) from old_rows group by 1, 2, 3;
  else
    insert into tallies
      select channel, severity, status, sum(change) from (
        select channel, coalesce(severity, 'unknown') as severity, status, 1 as change from new_rows
        union all
        select channel, coalesce(severity, 'unknown'), status, -1 from old_rows) as moved
      group by 1, 2, 3 having sum(change) <> 0;
  end if;
  return null;
end
$$;

create trigger notifications_inserted after insert on notifications
  referencing new table as new_rows for each statement execute function tally_notifications();
create trigger notifications_updated after update on notifications
  referencing old table as old_rows new table as new_rows for each statement execute function tally_notifications();
create trigger notifications_deleted after delete on notifications
  referencing old table as old_rows for each statement execute function tally_notifications();
