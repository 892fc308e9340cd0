import { isSystemEvent, type RecordedEvent } from '../../kernel/events/events';
import type { Source } from '../contract';

/** The audit log keeps events that a person or a key caused. It leaves out reports of machines and their consequences. */

/** Events with the name of the caller that started a chain of events, which that caller did not cause itself. */
const NOT_AUDITED: Record<Source, readonly string[]> = {
  alerts: [
    ...['alerts_received', 'alerts_ended', 'alerts_acknowledged', 'alerts_attached', 'alerts_released'],
    ...['alerts_incidents_changed', 'heartbeat_changed', 'change_recorded'],
  ],
  incidents: [
    'alerts_correlated',
    'alerts_resolved',
    'alerts_revised',
    'incident_alerts_hidden',
    'incident_page_failed',
    'incident_flapping_began',
    'incident_flapping_ended',
    'incident_upstream_began',
    'incident_upstream_ended',
  ],
  oncall: [],
  notify: [
    'notification_sent',
    'notification_failed',
    'notification_delayed',
    'notifications_cancelled',
    'channel_restored',
    ...['notification_delivered', 'notification_undelivered', 'page_unreached', 'update_polled'],
    ...['contact_method_failing', 'contact_method_disabled'],
  ],
  gateway: ['audit.written', 'self_watch.failed', 'self_watch.recovered'],
};

type EventToJudge = Pick<RecordedEvent, 'kind' | 'actor' | 'actor_kind' | 'data'>;

/** Whether an event belongs into the audit log. */
export function isAuditable(source: Source, event: EventToJudge): boolean {
  const { kind, data } = event;
  if (isSystemEvent(event) || NOT_AUDITED[source].includes(kind)) return false;
  // Not if an alert opened the incident.
  if (kind === 'incident_created') return data['origin'] !== 'alert';
  // Not if a higher severity of an alert raised that of its incident.
  if (kind === 'incident_severity_changed') return data['alert_id'] === undefined;
  // Not if an incident sent the notifications.
  if (kind === 'notifications_accepted') return data['direct'] === true;
  return true;
}
