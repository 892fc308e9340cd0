-- Whether an incident reached a person, kept in the transaction of each change so that lists can sort by it.
alter table incidents add column reach text not null default 'not_paged'
  check (reach = any (cast('{reached, pending, no_one, not_paged}' as text[])));

-- A new incident has a first page on its way.
alter table incidents alter column reach set default 'pending';

-- Reach is the pager's progress, not a change of the incident: `updated_at` stays.
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

-- The banner counts these with every page of the dashboard.
create index incidents_reached_no_one on incidents (severity, created_at desc) where reach = 'no_one' and status <> 'resolved';

-- The pages of one step or one assignment, by the key under which notify sent them, and what became of each
-- notification. A row may begin with an outcome that arrived before the step was written down.
create table page_groups (
  key text primary key,
  incident_id uuid not null references incidents (id) on delete cascade,
  -- A step has a turn, an assignment has an assignee; a row that began with an outcome has neither yet.
  turn integer,
  round integer,
  cycle integer,
  assigned_to varchar(255),
  -- Notifications whose acceptance counts; null until the step or the assignment is written down.
  counting jsonb,
  -- By notification id: `sent` or `failed`.
  outcomes jsonb not null default '{}',
  -- What the step answered, as far as the clock goes by it.
  answer jsonb,
  reach text not null default 'pending' check (reach in ('pending', 'reached', 'no_one')),
  told_at timestamptz
);
create index page_groups_of on page_groups (incident_id);

alter table escalations
  -- The first turn of the escalation that runs now.
  add column first_turn integer not null default 1,
  -- Cycles in a row that reached no one.
  add column futile integer not null default 0;
