-- Escalations that wait and can run earlier: exhausted ones, those that wait for support hours (the next step is the
-- last one again), and those that a person who reopened their incident works on (step 1 of the next cycle).
drop index escalations_exhausted;
create index escalations_waiting on escalations (incident_id)
  where next_step is not null and turn > 0
    and (state = 'exhausted' or next_cycle > cycle or (next_step = step and next_round = round and next_cycle = cycle));

-- The person who reopened the incident, and the last cycle in which no step pages them, because they are assumed to work on it.
alter table escalations
  add column at_work varchar(255),
  add column at_work_cycle integer;
