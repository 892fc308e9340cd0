-- Pages and notices by the mock channel reached no one, so their status is `recorded` instead of `sent`. A message that a
-- user wrote (`direct`) keeps the status that clients expect.
alter table notifications
  drop constraint notifications_status_check,
  add constraint notifications_status_check
    check (status = any (cast('{queued, sent, failed, cancelled, recorded}' as text[])));

update notifications set status = 'recorded', sent_at = null
 where channel = 'mock' and audience <> 'direct' and status = 'sent';
