-- Whether an incident reached a person. Each change updates it in its transaction, so that lists can sort by it.
alter table incidents add column reach text not null default 'not_paged'
  check (reach = any (cast('{reached, pending, no_one, not_paged}' as text[])));

-- The first page of a new incident is about to be sent.
alter table incidents alter column reach set default 'pending';

-- A new reach alone does not change `updated_at`, because it is the progress of the paging.
drop trigger incidents_updated_at on incidents;
create trigger incidents_updated_at before update on incidents for each row
  when (new.updated_at is not distinct from old.updated_at and new.firing_count is not distinct from old.firing_count
        and new.reach is not distinct from old.reach)
  execute function fill_updated_at();

update incidents i
   set reach = case when e.state = 'exhausted' and e.next_step is not null then 'no_one'
                    when e.reached_somebody then 'reached'
                    else 'not_paged' end
  from escalations e
 where e.incident_id = i.id and i.status <> 'resolved';

-- The banner on every page of the dashboard counts these incidents.
create index incidents_reached_no_one on incidents (severity, created_at desc) where reach = 'no_one' and status <> 'resolved';

-- The pages of one step or one assignment, by the key of the command to notify, with the result of each notification.
-- A result can arrive before the step is saved; then it creates the row.
create table page_groups (
  key text primary key,
  incident_id uuid not null references incidents (id) on delete cascade,
  -- A step has a turn, an assignment has an assignee; a row that a result created has neither yet.
  turn integer,
  round integer,
  cycle integer,
  assigned_to varchar(255),
  -- Ids of the notifications that count as pages; null until the step or the assignment is saved.
  counting jsonb,
  -- By notification id: `sent` or `failed`.
  outcomes jsonb not null default '{}',
  -- The fields of oncall's answer that the escalation depends on.
  answer jsonb,
  reach text not null default 'pending' check (reach in ('pending', 'reached', 'no_one')),
  told_at timestamptz
);
create index page_groups_of on page_groups (incident_id);

alter table escalations
  -- The first turn since the last restart.
  add column first_turn integer not null default 1,
  -- Consecutive cycles that reached no one.
  add column futile integer not null default 0;
