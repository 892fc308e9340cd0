-- Identities whose alert ended lately, with their latest changes between firing and not firing. One that changes too often
-- flaps.
create table identity_changes (
  fingerprint varchar(64) primary key,
  -- Times in milliseconds, oldest first; as many as make an identity flap.
  changes jsonb not null default '[]',
  -- If the identity fires before this time, it flaps.
  armed_until timestamptz,
  -- Null unless it flaps.
  flapping_since timestamptz,
  -- The first of the changes that made it flap, or that make it flap with one more. Delays of its alerts count from there.
  first_change timestamptz,
  changed_at timestamptz not null
);
create index identity_changes_oldest_first on identity_changes (changed_at);
