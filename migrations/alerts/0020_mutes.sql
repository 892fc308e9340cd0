-- Counts the changes of rules and mutes. Each process compares it with the version that it has compiled.
create table alert_configuration (
  version bigint not null
);
insert into alert_configuration (version) values (1);

-- Silences and maintenance windows.
create table mutes (
  id uuid primary key,
  cause text not null check (cause = any (cast('{silence, window}' as text[]))),
  -- Increases with each change and with each end. An alert is stored as muted only by the version that matched it, under a
  -- lock of this row, so that the job that follows a change finds every alert that is muted by an earlier version.
  version integer not null default 1,
  -- Comment of a silence, name of a window.
  name text not null,
  matchers jsonb not null,
  services jsonb not null default '[]',
  starts_at timestamptz not null,
  -- Null for a recurrence.
  ends_at timestamptz,
  recurrence jsonb,
  -- Occurrences that end by then are over, whatever the clock of a process shows.
  over_until timestamptz,
  -- Set when no occurrence follows.
  ended_at timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  updated_at timestamptz not null,
  updated_by text not null,
  check ((ends_at is null) = (recurrence is not null))
);
create index mutes_in_force on mutes (cause) where ended_at is null;
create index mutes_ended on mutes (cause, ended_at desc) where ended_at is not null;

alter table alerts
  -- The stages that changed or muted the alert, with their reasons; null if none did.
  add column decision jsonb,
  -- Service, severity, message and labels as the latest report has them; null if no rule changed them.
  add column reported jsonb,
  -- The mute because of which the alert has no incident. Kept when the alert ends, null when it is released.
  add column muted_by uuid,
  add column muted_until timestamptz,
  -- The report that released the alert from its mute.
  add column released_by uuid;
create index alerts_muted on alerts (muted_by, id) where muted_by is not null and status = 'firing';
