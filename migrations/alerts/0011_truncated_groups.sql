-- Groups of which a source holds back alerts (`truncatedAlerts`). A row stays for a day after the group is complete again.
create sequence truncated_groups_version;
create table truncated_groups (
  integration_id uuid not null,
  -- SHA-256 of the group's key.
  group_key varchar(64) not null,
  hidden integer not null check (hidden >= 0),
  -- Increases with each delivery. Incidents ignores a delivery older than the last one it received.
  version bigint not null,
  at timestamptz not null,
  primary key (integration_id, group_key)
);
