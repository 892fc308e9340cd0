-- What only the mock channel wrote down reached no one: a page or a notice by it is recorded, not sent. A message by
-- hand (`direct`) keeps the status that clients of the original expect.
alter table notifications
  drop constraint notifications_status_check,
  add constraint notifications_status_check
    check (status = any (cast('{queued, sent, failed, cancelled, recorded}' as text[])));

update notifications set status = 'recorded', sent_at = null
 where channel = 'mock' and audience <> 'direct' and status = 'sent';
