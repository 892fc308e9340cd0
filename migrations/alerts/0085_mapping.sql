-- How an integration reads payloads of any JSON: expressions of JSONata by field. Null: by the usual names of fields.
alter table integrations add column mapping jsonb;

-- The latest payload of an integration whose format has mappings, shortened and with secrets masked.
create table integration_samples (
  integration_id uuid primary key references integrations (id) on delete cascade,
  at timestamptz not null,
  payload text not null check (length(payload) <= 65536)
);
create index integration_samples_at on integration_samples (at);
