-- A client's Idempotency-Key and the resource that its command created, kept for 24 hours. Written in the same transaction.
create table idempotency_keys (
  actor text not null,
  operation text not null,
  key text not null,
  request_hash text not null,
  resource_id text not null,
  created_at timestamptz not null,
  primary key (actor, operation, key)
);
create index idempotency_keys_created_at on idempotency_keys (created_at);
