-- A notice of how it went, to an address that was notified before; null for every page.
alter table notifications
  add column outcome text,
  add constraint notifications_outcome_check check (outcome = any (cast('{acknowledged, resolved}' as text[])));

-- The earlier e-mails about an incident to one mailbox, which later ones are threaded with.
create index notifications_threads on notifications (incident_id, recipient, created_at) where channel = 'email';
