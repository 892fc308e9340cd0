-- The contract holds the types of timeline events: a new type needs no migration.
alter table incident_timeline drop constraint if exists incident_timeline_event_type_check;
