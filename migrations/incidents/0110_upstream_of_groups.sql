-- An incident of a rule's group can hold alerts of several services. It spares the dependents of its service only while an
-- alert of that service fires, or while none of its alerts fires and it is unresolved.
create or replace function counts_as_upstream(i incidents) returns boolean language sql stable as $$
  select i.status <> 'resolved' and i.severity in ('high', 'critical')
     and (i.reach = 'reached' or i.upstream and i.reach = 'pending'
          or i.status <> 'open' and i.acknowledged_at is not null
             and exists (select from escalations e where e.incident_id = i.id and e.state = 'stopped'))
     and not exists (select from escalations e where e.incident_id = i.id and e.snoozed_until is not null)
     and (i.routing is null or i.routing ->> 'by_severity' = 'true' or i.firing_count = 0
          or exists (select from alert_links l
                      where l.incident_id = i.id and l.firing and l.snapshot ->> 'service' = i.service))
$$;

-- After the statement, which changes the links too. Groups of one service and severity need no look.
create function write_upstream_of_group() returns trigger language plpgsql as $$
begin
  update incidents i set upstream = not i.upstream
   where i.id = new.id and counts_as_upstream(i) is distinct from i.upstream;
  return null;
end
$$;
create trigger incidents_upstream_of_group after update of firing_count on incidents for each row
  when (new.firing_count <> old.firing_count and new.status <> 'resolved' and new.routing ->> 'by_severity' = 'false')
  execute function write_upstream_of_group();

update incidents i set upstream = not i.upstream
 where i.status <> 'resolved' and counts_as_upstream(i) is distinct from i.upstream;
