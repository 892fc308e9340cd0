-- The person that a round-robin step of a policy paged last, and their place among its people then.
create table policy_turns (
  policy text not null,
  step integer not null,
  email text not null,
  place integer not null check (place >= 0),
  primary key (policy, step)
);
