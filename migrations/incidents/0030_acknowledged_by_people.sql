-- An incident that its source resolved and no person acknowledged has no acknowledgement. A reopened incident is open and
-- keeps its first acknowledgement.
alter table incidents
  drop constraint incidents_are_acknowledged_unless_open,
  add constraint incidents_in_hand_are_acknowledged
    check (status = any (cast('{open, resolved}' as text[])) or acknowledged_at is not null);

-- Until now such a resolution counted as an acknowledgement. This corrects incidents whose timeline has the resolution by
-- the source and no acknowledgement, and subtracts their times from the totals. `updated_at` stays, because the incidents
-- did not change.
alter table incidents disable trigger incidents_updated_at;
with never as (
  update incidents i set acknowledged_at = null, mtta_seconds = null
    from incidents was
   where was.id = i.id and i.status = 'resolved' and i.acknowledged_at = i.resolved_at
     and exists (select 1 from incident_timeline t
                  where t.incident_id = i.id and t.event_type = 'resolved' and t.detail ->> 'reason' = 'all_alerts_ended')
     and not exists (select 1 from incident_timeline t
                      where t.incident_id = i.id and t.event_type = any (cast('{acknowledged, in_progress}' as text[])))
  returning i.id, was.mtta_seconds),
shares as (
  select cast(cast('x' || left(cast(id as text), 1) as bit(4)) as integer) as shard, count(*) as incidents,
         sum(cast(round(mtta_seconds * 1000) as bigint)) as ms
    from never where mtta_seconds is not null group by 1)
update incident_totals t set mtta_count = t.mtta_count - shares.incidents, mtta_ms = t.mtta_ms - shares.ms
  from shares where t.shard = shares.shard;
alter table incidents enable trigger incidents_updated_at;
