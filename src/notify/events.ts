import { type NewEvent, SYSTEM_ACTOR } from '../kernel/events/events';
import type { NotifyEvent } from './contract';
import { shownRecipient } from './shownRecipient';
import type { Notification } from './store/notifications';

/** Events of this module for the modules above: the notifications and their results. Never includes the message. */

type Ended = Pick<
  Notification,
  | 'id'
  | 'incident_id'
  | 'channel'
  | 'recipient'
  | 'reason'
  | 'person_name'
  | 'person_email'
  | 'told_key'
  | 'outcome'
  | 'page_id'
>;

const data = ({
  id,
  incident_id,
  channel,
  recipient,
  person_name,
  person_email,
  told_key,
  outcome,
  page_id,
}: Ended) => ({
  incident_id,
  notification_id: id,
  // The command it belongs to; null for a message by hand.
  key: told_key,
  channel,
  recipient: shownRecipient({ channel, recipient }),
  person: person_name === null ? null : { name: person_name, email: person_email },
  // Present only if it was a notice and no page.
  ...(outcome !== null && { outcome }),
  // Present only if a page is planned by the rules of the person.
  ...(page_id !== null && { page_id }),
});

export const sentEvent = (row: Ended, actor: string, at: Date): NewEvent<NotifyEvent> => ({
  kind: 'notification_sent',
  subject: row.incident_id,
  actor,
  data: data(row),
  at,
});

export const failedEvent = (row: Ended, actor: string, at: Date): NewEvent<NotifyEvent> => ({
  kind: 'notification_failed',
  subject: row.incident_id,
  actor,
  data: { ...data(row), reason: row.reason },
  at,
});

/** The provider or the device reported that the message arrived, or that it did not. */
export const receiptEvent = (
  row: Ended,
  state: 'delivered' | 'undelivered',
  actor: string,
  at: Date,
): NewEvent<NotifyEvent> => ({
  kind: state === 'delivered' ? 'notification_delivered' : 'notification_undelivered',
  subject: row.incident_id,
  actor,
  data: { ...data(row), reason: row.reason },
  at,
});

/** An attempt failed, and another follows. */
export const delayedEvent = (row: Ended, until: Date, actor: string, at: Date): NewEvent<NotifyEvent> => ({
  kind: 'notification_delayed',
  subject: row.incident_id,
  actor,
  data: { ...data(row), reason: row.reason, next_attempt_at: until.toISOString() },
  at,
});

/** A channel works again after an outage, or was configured since the last start. */
export const restoredEvent = (channel: string, at: Date): NewEvent<NotifyEvent> => ({
  kind: 'channel_restored',
  subject: channel,
  actor: SYSTEM_ACTOR,
  data: { channel },
  at,
});

/** One event per command, for all of its notifications. */
export const acceptedEvent = (
  incidentId: string,
  rows: readonly (Ended & Pick<Notification, 'status' | 'audience'>)[],
  actor: string,
  at: Date,
): NewEvent<NotifyEvent> => ({
  kind: 'notifications_accepted',
  subject: incidentId,
  actor,
  data: {
    incident_id: incidentId,
    // A user sent it.
    direct: rows.every(({ audience }) => audience === 'direct'),
    notifications: rows.map((row) => ({
      id: row.id,
      channel: row.channel,
      recipient: shownRecipient(row),
      status: row.status,
    })),
  },
  at,
});

export const cancelledEvent = (
  incidentId: string,
  ids: string[],
  reason: string,
  actor: string,
  at: Date,
): NewEvent<NotifyEvent> => ({
  kind: 'notifications_cancelled',
  subject: incidentId,
  actor,
  data: { incident_id: incidentId, notification_ids: ids, reason },
  at,
});

/** Settings of a channel were stored or deleted. Holds their names and never a value. */
export const settingsChangedEvent = (
  channel: string,
  data: { set: string[]; cleared: string[] },
  actor: string,
  at: Date,
): NewEvent<NotifyEvent> => ({ kind: 'channel_settings_changed', subject: channel, actor, data, at });
