import { isSystemEvent, type RecordedEvent } from '../../kernel/events/events';
import type { Source } from '../contract';

/** A **deed** is a fact that a person or a key caused by acting. What machines report and what follows of itself is none. */

/** Facts that bear the name of whoever stands at the beginning, and are no deeds of theirs. */
const NO_DEEDS: Record<Source, readonly string[]> = {
  alerts: ['alerts_received', 'alerts_ended', 'alerts_incidents_changed'],
  incidents: [
    'alerts_correlated',
    'alerts_resolved',
    'alerts_revised',
    'incident_alerts_hidden',
    'incident_page_failed',
  ],
  oncall: [],
  notify: [
    'notification_sent',
    'notification_failed',
    'notification_delayed',
    'notifications_cancelled',
    'channel_restored',
  ],
  gateway: ['audit.written'],
};

type Happened = Pick<RecordedEvent, 'kind' | 'actor' | 'actor_kind' | 'data'>;

export function isDeed(source: Source, event: Happened): boolean {
  const { kind, data } = event;
  if (isSystemEvent(event) || NO_DEEDS[source].includes(kind)) return false;
  // An alert opened this incident, or an incident told these people.
  if (kind === 'incident_created') return data['origin'] !== 'alert';
  // An alert rose, and raised its incident.
  if (kind === 'incident_severity_changed') return data['alert_id'] === undefined;
  if (kind === 'notifications_accepted') return data['direct'] === true;
  return true;
}
