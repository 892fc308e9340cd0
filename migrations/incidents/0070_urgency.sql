-- The order of `sort=urgency`: unresolved incidents by severity, then by reach, then newest; resolved ones below them.
-- It must equal the expression that lists sort by, or Postgres does not use the index.
create index incidents_urgency on incidents ((
  case when status = 'resolved' then -1
       else 4 * (case severity when 'low' then 0 when 'medium' then 1 when 'high' then 2 when 'critical' then 3 end)
            + (case reach when 'reached' then 0 when 'not_paged' then 1 when 'pending' then 2 when 'no_one' then 3 end)
  end) desc, created_at desc, id desc);
