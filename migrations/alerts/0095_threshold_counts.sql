-- Which reports of an alert a threshold has counted, so that the end of a silence counts the others only.
alter table alerts
  -- The counter that counted last; null if none did.
  add column counted_key text,
  -- How many of the alert's reports it has counted.
  add column counted_reports int;

-- Thresholds count alerts of all severities together now, under new keys. Alerts that wait are counted again.
insert into jobs (kind, key, payload, run_at, created_at)
select 'release-held', 'release-held all', '{}', now(), now()
 where exists (select 1 from alerts where hold_key is not null and status = 'firing')
on conflict do nothing;
