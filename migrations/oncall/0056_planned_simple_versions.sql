-- Whether the schedule has layers (true) or a rotation type and members (false) from this version on. Only read for
-- planned versions, and all of those that are stored so far have layers.
alter table schedule_versions add column layered boolean not null default true;
