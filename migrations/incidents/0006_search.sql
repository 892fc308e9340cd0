-- The index of the search field: prefixes of words in the title, the service, the assignee and the team.
create index incidents_searchable on incidents using gin (to_tsvector('simple', translate(
  title || ' ' || service || ' ' || coalesce(assigned_to, '') || ' ' || coalesce(assignee_email, '') || ' ' || coalesce(team, ''),
  '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                ')));
create index incidents_of_assignee on incidents (assignee_email, created_at desc) where assignee_email is not null;
create index incidents_of_team on incidents (team, created_at desc) where team is not null;
