-- After a message is sent, its provider or its device can report that it arrived (`delivered`) or did not (`undelivered`).
alter table notifications
  add column delivered_at timestamptz,
  drop constraint notifications_status_check,
  drop constraint notifications_check,
  add constraint notifications_status_check
    check (status = any (cast('{queued, sent, delivered, undelivered, failed, cancelled, recorded}' as text[]))),
  add constraint notifications_check
    check ((status = any (cast('{sent, delivered, undelivered}' as text[]))) = (sent_at is not null));

-- What providers reported about an attempt, each state once. A report can come before the attempt has ended.
create table receipts (
  notification_id uuid not null,
  attempt integer not null,
  state text not null check (state = any (cast('{sent, delivered, undelivered}' as text[]))),
  reason text,
  at timestamptz not null,
  primary key (notification_id, attempt, state)
);
create index receipts_oldest on receipts (at);
