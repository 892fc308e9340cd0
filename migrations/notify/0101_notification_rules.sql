-- When and how a person is paged. Null rules: the defaults.
create table notification_rules (
  person_email text primary key,
  high jsonb,
  low jsonb,
  quiet_hours jsonb,
  updated_at timestamptz not null,
  updated_by text not null
);
