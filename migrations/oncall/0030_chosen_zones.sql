-- Whether somebody chose the zone of a person. UTC is what a person has before that: then the zone of a schedule says more.
alter table people add column zone_chosen boolean not null default false;
update people set zone_chosen = true where time_zone <> 'UTC';
