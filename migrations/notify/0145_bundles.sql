-- Many pages to one address within a minute are gathered and sent as one bundle, which is a notification of its own.
-- `gathered_until` is the time of the bundle that a page waits for; `bundle_id` is the notification that carried it, the page
-- itself if it was the only one.
alter table notifications
  add column gathered_until timestamptz,
  add column bundle_id uuid;
create index notifications_gathered on notifications (channel, created_at)
  where gathered_until is not null and bundle_id is null and status = 'queued';
create index notifications_of_bundle on notifications (bundle_id) where bundle_id is not null;

-- The pages to one address within the last minute. The transaction that stores a page locks the row, so that two processes
-- count alike.
create table page_paces (
  channel text not null,
  -- A hash of the address in its one spelling, because the address of a device is long.
  address_key text not null,
  -- [{"at": …, "severity": …}]
  recent jsonb not null,
  -- When the last bundle was made.
  bundled_at timestamptz,
  updated_at timestamptz not null,
  primary key (channel, address_key)
);
create index page_paces_oldest on page_paces (updated_at);
