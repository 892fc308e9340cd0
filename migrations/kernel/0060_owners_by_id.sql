-- A name is given again after a user is deleted or a key is revoked, and a new owner of a name must not repeat the commands of
-- the old one. Rows by name, of earlier versions and of callers without an id, are still found by name for their 24 hours.
comment on column idempotency_keys.actor is
  'kind and id of the caller (`key-id 5f0c…`); kind and name if it has no id (`integration grafana`)';
