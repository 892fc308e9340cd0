-- The neighbour that did not answer at the last attempt. The job becomes due as soon as that neighbour answers a probe.
alter table jobs add column waits_for text;
create index jobs_waiting_for_neighbours on jobs (waits_for) where waits_for is not null;
