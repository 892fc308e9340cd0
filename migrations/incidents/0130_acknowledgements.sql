-- How many different people must acknowledge before the escalation stops: the most that a step of it asked for. And those who
-- have, as [{"name", "email"}]; a person without an address has only a name.
alter table escalations
  add column acks_wanted integer not null default 1 check (acks_wanted > 0),
  add column acks jsonb not null default '[]';
