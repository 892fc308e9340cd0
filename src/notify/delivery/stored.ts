import { type AttributedEvent, attributed, type By } from '../../kernel/events/events';
import { deliverKind, laneOf } from '../domain/lanes';
import { acceptedEvent, failedEvent } from '../events';
import type { NotifyMetrics } from '../metrics';
import type { NewNotification } from '../store/notifications';

/** One event for the command, and one for each notification that failed at once. */
export function acceptanceEvents(rows: readonly NewNotification[], by: By): AttributedEvent[] {
  const [first] = rows;
  if (first === undefined) return [];
  const { incident_id, created_at } = first;
  const failed = rows.filter(({ status }) => status === 'failed');
  const accepted = acceptedEvent(incident_id, rows, by.actor, created_at);
  return attributed([accepted, ...failed.map((row) => failedEvent(row, by.actor, created_at))], by);
}

/** Counts stored notifications that have ended; queued ones are counted when their delivery ends. */
export function countStored(metrics: NotifyMetrics, rows: readonly NewNotification[]): void {
  for (const { channel, status } of rows) {
    if (status !== 'queued') metrics.ended(channel, status);
    if (status !== 'sent') continue;
    metrics.attempted(channel, 'sent');
    metrics.delivered(channel, 0);
  }
}

/** The job of the first attempt at a notification. */
export const firstDelivery = (
  row: Pick<NewNotification, 'id' | 'channel' | 'severity' | 'outcome' | 'audience'> &
    Partial<Pick<NewNotification, 'kind'>>,
) => ({
  kind: deliverKind(row.channel, laneOf(row, 0)),
  payload: { notification_id: row.id },
});
