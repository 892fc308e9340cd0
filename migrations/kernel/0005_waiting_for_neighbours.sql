-- The neighbour that did not answer when the job ran last. As soon as it answers a probe, the job falls due.
alter table jobs add column waits_for text;
create index jobs_waiting_for_neighbours on jobs (waits_for) where waits_for is not null;
