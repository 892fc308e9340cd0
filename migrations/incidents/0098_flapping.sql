-- Identities of alerts that change too often, each with its incident, which stays open meanwhile.
create table flapping_identities (
  fingerprint varchar(64) primary key,
  incident_id uuid not null references incidents (id) on delete cascade,
  since timestamptz not null
);
create index flapping_identities_of on flapping_identities (incident_id);

-- How many of them an incident has. The transaction that holds the lock of the incident updates it.
alter table incidents add column flapping_count integer not null default 0 check (flapping_count >= 0);
