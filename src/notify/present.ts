import { shownRecipient } from './shownRecipient';
import type { StoredAttempt } from './store/attempts';
import type { NewNotification, Notification, Tally } from './store/notifications';
import type { StoredReceipt } from './store/receipts';

/** Rows in the form of the contract. */

/** The message that carried a page with others; null if it went by itself. */
export const bundleOf = (row: Pick<Notification, 'id'> & Partial<Pick<Notification, 'bundle_id'>>): string | null =>
  row.bundle_id === undefined || row.bundle_id === row.id ? null : row.bundle_id;

export const answerOf = (row: Notification | NewNotification) => ({
  id: row.id,
  incident_id: row.incident_id,
  channel: row.channel,
  recipient: shownRecipient(row),
  message: row.message,
  severity: row.severity,
  status: row.status,
  reason: row.reason,
  created_at: row.created_at.toISOString(),
  outcome: row.outcome,
});

export const attemptAnswerOf = ({ attempt, outcome, reason, receipt, started_at, duration_ms }: StoredAttempt) => ({
  attempt,
  outcome: outcome ?? ('unknown' as const),
  reason,
  receipt,
  started_at: started_at.toISOString(),
  duration_ms: duration_ms ?? 0,
});

export const receiptAnswerOf = ({ attempt, state, reason, at }: StoredReceipt) => ({
  ...{ attempt, state, reason },
  at: at.toISOString(),
});

/** A notification as an incident shows it: its person and its attempts. */
export const deliveryAnswerOf = (
  row: Notification,
  attempts: readonly StoredAttempt[],
  receipts: readonly StoredReceipt[],
) => ({
  ...answerOf(row),
  metadata: row.metadata,
  sent_at: row.sent_at?.toISOString() ?? null,
  delivered_at: row.delivered_at?.toISOString() ?? null,
  bundle_id: bundleOf(row),
  person: row.person_name === null ? null : { name: row.person_name, email: row.person_email },
  attempts: attempts.map(attemptAnswerOf),
  receipts: receipts.map(receiptAnswerOf),
});

export const notifiedTargets = (rows: readonly (Notification | NewNotification)[]) =>
  rows.map(({ id, channel, recipient, reachable, told_to }) => ({
    to: told_to ?? 0,
    notification_id: id,
    channel,
    recipient: shownRecipient({ channel, recipient }),
    reachable,
  }));

export function statsOf(rows: readonly Tally[]) {
  const byStatus = { sent: 0, failed: 0, queued: 0, cancelled: 0, recorded: 0, delivered: 0, undelivered: 0 };
  const byChannel = new Map<string, number>();
  const bySeverity = new Map<string, number>();
  let total = 0;
  for (const { channel, severity, status, n } of rows) {
    total += n;
    byStatus[status] += n;
    byChannel.set(channel, (byChannel.get(channel) ?? 0) + n);
    bySeverity.set(severity, (bySeverity.get(severity) ?? 0) + n);
  }
  return {
    total,
    ...byStatus,
    by_channel: Object.fromEntries(byChannel),
    by_severity: Object.fromEntries([...bySeverity].filter(([, n]) => n !== 0)),
  };
}
