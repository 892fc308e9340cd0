-- Instants of a calendar are whole minutes: spans are rounded outward, and an early end is the beginning of its minute.
alter table schedule_versions add column created_at timestamptz;
alter table schedule_versions add column created_by text not null default 'system';
update schedule_versions set created_at = effective_from, effective_from = date_trunc('minute', effective_from, 'UTC');

-- True if the schedule was set as layers; the members and the rotation type are then derived from them.
alter table schedules add column layered boolean not null default false;

alter table overrides
  add column seq bigint generated always as identity,
  add column role text check (role in ('primary', 'secondary')),
  add column layer text,
  add column out_name text,
  add column out_email text,
  add column created_at timestamptz,
  -- Set by the plain endpoint; a schedule has at most one of them.
  add column plain boolean not null default true;
update overrides set
  created_at = starts_at,
  starts_at = date_trunc('minute', starts_at, 'UTC'),
  ends_at = date_trunc('minute', ends_at + interval '59.999999 seconds', 'UTC'),
  ended_at = case when ended_at < ends_at then date_trunc('minute', ended_at, 'UTC')
                  else date_trunc('minute', ended_at + interval '59.999999 seconds', 'UTC') end;

alter table overrides drop constraint overrides_kind_check;
alter table overrides alter column in_name drop not null, alter column in_email drop not null;
alter table overrides
  add check (kind in ('replace', 'add', 'remove', 'takeover')),
  add check ((in_name is null) = (in_email is null)),
  add check ((out_name is null) = (out_email is null)),
  add check ((kind in ('replace', 'remove')) = (out_email is not null)),
  add check (kind = 'takeover' or (kind = 'remove') = (in_email is null));

drop index overrides_one_takeover;
create unique index overrides_one_takeover on overrides (schedule_id) where ended_at is null and plain;

-- No override puts a person on one role twice at the same time, even if two requests race. Schedule and person are one
-- number in a range, because that needs no extension: primary is [0,1), secondary [1,2), both roles [0,2).
alter table overrides add constraint overrides_one_place exclude using gist (
  int8range(hashtextextended(schedule_id::text || ' ' || lower(btrim(in_email)), 0),
            hashtextextended(schedule_id::text || ' ' || lower(btrim(in_email)), 0), '[]') with &&,
  int4range(case when role = 'secondary' then 1 else 0 end,
            case when role is null and kind = 'replace' or role = 'secondary' then 2 else 1 end) with &&,
  tstzrange(starts_at, coalesce(ended_at, ends_at)) with &&
) where (in_email is not null and not plain);
create index overrides_by_start on overrides (starts_at desc, id desc);

-- A deleted team keeps its row while past schedules refer to it; a new schedule restores it.
alter table teams add column deleted_at timestamptz;
