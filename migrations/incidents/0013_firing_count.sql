-- How many alerts of an incident fire, counted by whoever holds its lock: an index over the links that fire would cost every
-- alert of a storm more than this number.
alter table incidents add column firing_count integer not null default 0;

-- Counting is no change that anybody would want to see.
drop trigger incidents_updated_at on incidents;
create trigger incidents_updated_at before update on incidents for each row
  when (new.updated_at is not distinct from old.updated_at and new.firing_count is not distinct from old.firing_count)
  execute function fill_updated_at();

update incidents i set firing_count = l.alerts
  from (select incident_id, count(*)::int as alerts from alert_links where firing group by incident_id) l
 where l.incident_id = i.id;
drop index alert_links_firing;
