-- Settings of channels that an administrator made in the dashboard, or that the product generated. The environment wins
-- over them. `value` is sealed by SECRET_KEY, also if the setting is no secret.
create table channel_settings (
  channel text not null,
  name text not null,
  value text not null,
  updated_at timestamptz not null,
  updated_by text not null,
  primary key (channel, name)
);
