-- Postgres parses a check with every statement that writes. An array parses much faster than a list of casts and allows
-- the same values.
alter table incident_timeline
  drop constraint incident_timeline_event_type_check,
  add constraint incident_timeline_event_type_check check (event_type = any (cast('{
    created, acknowledged, in_progress, resolved, reopened, assigned, escalated, note_added, alert_correlated,
    alert_resolved, paged, page_failed, nobody_reached, escalation_exhausted, snoozed, snooze_ended, severity_changed,
    ack_timed_out, page_deferred}' as text[])));

alter table incidents
  drop constraint incidents_severity_check,
  add constraint incidents_severity_check check (severity = any (cast('{critical, high, medium, low}' as text[]))),
  drop constraint incidents_status_check,
  add constraint incidents_status_check check (status = any (cast('{open, acknowledged, in_progress, resolved}' as text[])));
