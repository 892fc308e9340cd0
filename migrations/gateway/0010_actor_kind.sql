-- Kind of the actor; null in entries of earlier versions.
alter table audit add column actor_kind text;
