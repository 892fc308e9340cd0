-- The list of escalations also leaves out the steps that only waited for support hours. The indexes say so too, so that
-- a page and the count of all pages are read from them alone.
create index escalations_listed on escalations (seq)
  where (step > 1 or round > 0) and answer ->> 'why' <> 'outside_support_hours';
create index escalations_listed_of_team on escalations (team, seq)
  where (step > 1 or round > 0) and answer ->> 'why' <> 'outside_support_hours';
drop index escalations_in_order;
drop index escalations_of_team;
