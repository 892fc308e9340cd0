-- More types of entries. Existing rows fit the longer list, so `not valid` spares a scan of the table.
alter table incident_timeline drop constraint incident_timeline_event_type_check;
alter table incident_timeline add constraint incident_timeline_event_type_check check (event_type in (
  'created', 'acknowledged', 'in_progress', 'resolved', 'reopened', 'assigned', 'escalated', 'note_added',
  'alert_correlated', 'alert_resolved', 'paged', 'page_failed', 'nobody_reached', 'escalation_exhausted',
  'snoozed', 'snooze_ended', 'severity_changed', 'ack_timed_out', 'page_deferred')) not valid;

alter table escalations
  -- A snoozed escalation is stopped until this time, unless a caller ends the snooze earlier.
  add column snoozed_until timestamptz,
  -- The last activity of a person, while the acknowledgement of the incident can time out.
  add column heard_at timestamptz;
