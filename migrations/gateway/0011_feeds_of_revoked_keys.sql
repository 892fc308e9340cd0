-- Earlier versions kept the calendar feeds of a revoked key, and a later key with its name owned them. End the feeds that were
-- created before the revocation.
insert into jobs (kind, payload, run_at, created_at)
select 'end_feeds',
       jsonb_build_object('username', name, 'kind', 'key', 'owner_id', cast(id as text), 'removed', true,
         'at', to_char(revoked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'by', 'system', 'by_kind', 'system'),
       clock_timestamp(), clock_timestamp()
  from api_keys where revoked_at is not null;
