-- What the API of a vendor keeps of an alert in addition to it, for tools that read their alerts back.
create table vendor_records (
  alert_id uuid primary key,
  integration_id uuid not null,
  fingerprint varchar(64) not null,
  -- A short number that never changes.
  number bigint generated always as identity,
  -- The vendor's own name for the condition.
  key text not null,
  fields jsonb not null,
  created_at timestamptz not null,
  changed_at timestamptz not null
);
create unique index vendor_records_by_number on vendor_records (integration_id, number desc);
create index vendor_records_by_fingerprint on vendor_records (fingerprint, number desc);
create index vendor_records_oldest_first on vendor_records (changed_at);

-- The last 200 entries of each record. `kind` is `note` for texts of people, `log` for all others.
create table vendor_log (
  id bigint generated always as identity primary key,
  alert_id uuid not null,
  kind text not null,
  at timestamptz not null,
  author text not null,
  text text not null
);
create index vendor_log_of on vendor_log (alert_id, id);

-- Results of requests that the vendor's API processes later; tools ask for them by id. Kept for 30 days.
create table vendor_requests (
  integration_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  alert_id uuid,
  result jsonb not null,
  primary key (integration_id, id)
);
create index vendor_requests_oldest_first on vendor_requests (at);
