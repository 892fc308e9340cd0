-- Whether alerts of services that depend on the incident's service need not page: a person knows of it. Alerts follows
-- this by events, so every path that changes what decides about it must write one; a trigger cannot be forgotten.
alter table incidents
  add column upstream boolean not null default false,
  -- Counts the changes. The order of events is that of transactions, not that of changes of one incident.
  add column upstream_version integer not null default 0;

-- Unresolved, of high urgency, not snoozed, and a page was accepted or a person acknowledged it. While the policy runs
-- again (`pending`), an incident that reached a person before still counts. A machine's acknowledgement has no time, and
-- an acknowledgement that timed out has an escalation that is not stopped.
create function counts_as_upstream(i incidents) returns boolean language sql stable as $$
  select i.status <> 'resolved' and i.severity in ('high', 'critical')
     and (i.reach = 'reached' or i.upstream and i.reach = 'pending'
          or i.status <> 'open' and i.acknowledged_at is not null
             and exists (select from escalations e where e.incident_id = i.id and e.state = 'stopped'))
     and not exists (select from escalations e where e.incident_id = i.id and e.snoozed_until is not null)
$$;

create function write_upstream() returns trigger language plpgsql as $$
begin
  new.upstream := old.upstream;
  new.upstream := counts_as_upstream(new);
  if new.upstream is distinct from old.upstream then
    new.upstream_version := old.upstream_version + 1;
    insert into events (kind, subject, actor, actor_kind, data, at)
    values (case when new.upstream then 'incident_upstream_began' else 'incident_upstream_ended' end,
            cast(new.id as text), 'system', 'system',
            jsonb_build_object('service', new.service, 'title', new.title, 'version', new.upstream_version),
            clock_timestamp());
    perform pg_notify('events', '');
  end if;
  return new;
end
$$;
create trigger incidents_upstream before update of status, severity, reach, acknowledged_at, upstream on incidents
  for each row execute function write_upstream();

-- Whether it is snoozed or stopped is in the row of the escalation.
create function write_upstream_of_escalation() returns trigger language plpgsql as $$
begin
  update incidents i set upstream = not i.upstream
   where i.id = new.incident_id and counts_as_upstream(i) is distinct from i.upstream;
  return null;
end
$$;
create trigger escalations_upstream after update of snoozed_until, state on escalations for each row
  when (new.snoozed_until is distinct from old.snoozed_until or (new.state = 'stopped') <> (old.state = 'stopped'))
  execute function write_upstream_of_escalation();

-- As before, except that a change of `upstream` alone is no change of the incident.
drop trigger incidents_updated_at on incidents;
create trigger incidents_updated_at before update on incidents for each row
  when (new.updated_at is not distinct from old.updated_at and new.firing_count is not distinct from old.firing_count
        and new.reach is not distinct from old.reach and new.upstream_version is not distinct from old.upstream_version)
  execute function fill_updated_at();

update incidents i set upstream = true where i.status <> 'resolved' and counts_as_upstream(i);
