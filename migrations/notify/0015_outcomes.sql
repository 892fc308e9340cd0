-- Set on a notice of an acknowledgement or a resolution; null on a page.
alter table notifications
  add column outcome text,
  add constraint notifications_outcome_check check (outcome = any (cast('{acknowledged, resolved}' as text[])));

-- Finds the earlier e-mails about an incident to one mailbox, which begin the thread of later ones.
create index notifications_threads on notifications (incident_id, recipient, created_at) where channel = 'email';
