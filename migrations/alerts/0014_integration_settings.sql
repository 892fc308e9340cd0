-- Settings of integrations, a second key while keys are rotated, and counters.
alter table integrations
  -- The service of alerts whose payload names none.
  add column service varchar(255),
  -- Severities by the words of the source, in lower case.
  add column severity_map jsonb not null default '{}',
  -- Labels that name the service and the severity, in order.
  add column service_labels jsonb not null default '[]',
  add column severity_labels jsonb not null default '[]',
  -- False: incidents stay open when their last alert ends.
  add column auto_resolve boolean not null default true,
  -- Seconds without a report after which an alert expires; null: never.
  add column stale_after integer check (stale_after > 0),
  -- True: an expiry resolves incidents that no person acknowledged, too.
  add column resolve_expired boolean not null default false,
  -- Requests in a minute; null: any number.
  add column rate_per_minute integer check (rate_per_minute > 0),
  -- Increases with each change of the settings.
  add column version integer not null default 1,
  -- The key before the last rotation, which is valid until its end.
  add column old_key_hash text unique,
  add column old_key_prefix text,
  add column old_key_ends_at timestamptz,
  -- Reports that were taken, those of them that repeated a firing alert, and requests beyond the rate.
  add column accepted bigint not null default 0,
  add column deduplicated bigint not null default 0,
  add column rate_limited bigint not null default 0,
  add column last_rejected_at timestamptz,
  add column last_rejection text,
  add column first_alert_id uuid;
