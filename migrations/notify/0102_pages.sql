-- A page: one person, one incident, one step, assignment or manual escalation, planned by the rules of the person. Pages to the
-- address of a schedule entry alone need no plan and have no row.
create table pages (
  id uuid primary key,
  -- The command and the index of its target.
  told_key text not null,
  told_to integer not null,
  incident_id varchar(255) not null,
  person_name text not null,
  person_email text not null,
  -- The zone of the schedule, for quiet hours without one.
  time_zone text,
  urgency text not null check (urgency = any (cast('{high, low}' as text[]))),
  severity varchar(20),
  message text not null,
  metadata jsonb not null default '{}',
  -- `held`: quiet hours. `unreached`: the rules are used up, and no address accepted in time; a later acceptance is shown.
  state text not null check (state = any (cast('{active, held, done, unreached, cancelled}' as text[]))),
  reason text,
  -- The rule that started last, from 0, and when; -1 before the first.
  rule_no integer not null,
  rule_at timestamptz not null,
  -- The start of the rules: the creation, or the end of the quiet hours.
  started_at timestamptz not null,
  held_until timestamptz,
  created_at timestamptz not null,
  unique (told_key, told_to)
);
create index pages_of_incident on pages (incident_id, created_at desc);
create index pages_of_person on pages (person_email, created_at desc);
create index pages_open on pages (person_email) where state = any (cast('{active, held}' as text[]));
