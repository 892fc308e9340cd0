-- What the timeline can say besides. Every row that stands fits the wider list, so none is read again.
alter table incident_timeline drop constraint incident_timeline_event_type_check;
alter table incident_timeline add constraint incident_timeline_event_type_check check (event_type in (
  'created', 'acknowledged', 'in_progress', 'resolved', 'reopened', 'assigned', 'escalated', 'note_added',
  'alert_correlated', 'alert_resolved', 'paged', 'page_failed', 'nobody_reached', 'escalation_exhausted',
  'snoozed', 'snooze_ended', 'severity_changed', 'ack_timed_out', 'page_deferred')) not valid;

alter table escalations
  -- A snoozed clock is stopped until then, unless somebody ends that earlier.
  add column snoozed_until timestamptz,
  -- When a person was last heard of, while an acknowledged incident is watched for falling silent.
  add column heard_at timestamptz;
