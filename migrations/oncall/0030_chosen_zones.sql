-- Whether the zone of a person was chosen. Before that it is UTC, and the zone of the schedule is the better guess.
alter table people add column zone_chosen boolean not null default false;
update people set zone_chosen = true where time_zone <> 'UTC';
