-- The list of escalations leaves out steps that only waited for support hours. The indexes have the same condition, so
-- that a page and the total are read from them alone.
create index escalations_listed on escalations (seq)
  where (step > 1 or round > 0) and answer ->> 'why' <> 'outside_support_hours';
create index escalations_listed_of_team on escalations (team, seq)
  where (step > 1 or round > 0) and answer ->> 'why' <> 'outside_support_hours';
drop index escalations_in_order;
drop index escalations_of_team;
