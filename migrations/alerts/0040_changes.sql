-- Changes of systems that tools report, such as deployments. They notify no one and are kept for 90 days.
create table changes (
  id uuid primary key,
  integration_id uuid not null,
  service varchar(255) not null,
  summary text not null,
  source varchar(255) not null,
  -- By the clock of the source, never later than received_at.
  at timestamptz not null check (at <= received_at),
  received_at timestamptz not null,
  links jsonb not null,
  details jsonb not null,
  reported_by text not null
);
create index changes_newest_first on changes (at desc, id desc);
create index changes_of_service on changes (service, at desc, id desc);
create index changes_oldest_first on changes (received_at);
