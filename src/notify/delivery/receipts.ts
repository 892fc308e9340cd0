import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, record, SYSTEM_ACTOR } from '../../kernel/events/events';
import { readAttempt } from '../answers/tokens';
import { lockMembers } from '../bundles/store';
import type { Receipt } from '../channels/inbound';
import type { NotifyEvent } from '../contract';
import { ACCEPTED, afterReceipt } from '../domain/receipt';
import { receiptEvent, sentEvent } from '../events';
import type { NotifyMetrics } from '../metrics';
import type { Notification } from '../store/notifications';
import { addReceipt, lockNotification, setByReceipt } from '../store/receipts';

/** What providers and devices report about sent messages. */

export interface ReceiptDeps {
  db: Db;
  clock: Clock;
  secretKey: string;
  metrics: NotifyMetrics;
  /** Runs in the transaction of a receipt that changed a notification. */
  onReceipt?: OnReceipt;
}

/** `permanent`: no other message can reach this address. */
export type OnReceipt = (
  trx: Db,
  row: Notification,
  receipt: Pick<Receipt, 'state' | 'reason' | 'permanent'>,
  at: Date,
) => Promise<void>;

export type ApplyReceipts = (receipts: readonly Receipt[]) => Promise<void>;

const REASON_LENGTH = 500;

/** Applies receipts; a repeated one, or one whose signature is wrong, changes nothing. */
export function receipts(deps: ReceiptDeps): ApplyReceipts {
  return async (received) => {
    for (const receipt of received) {
      const row = await deps.db.transaction((trx) => apply(deps, trx, receipt));
      if (row === null) continue;
      deps.metrics.receipt(row.channel, receipt.state);
      if (!ACCEPTED.includes(row.status) && receipt.state !== 'undelivered') deps.metrics.ended(row.channel, 'sent');
    }
  };
}

/** The notification as it was before the receipt; null if the receipt changed nothing. */
async function apply(deps: ReceiptDeps, trx: Db, receipt: Receipt): Promise<Notification | null> {
  const of = readAttempt(deps.secretKey, receipt.attempt);
  const row = of && (await lockNotification(trx, of.notificationId));
  if (!of || !row) return null;
  const at = deps.clock.now();
  const { state } = receipt;
  const reason = receipt.reason?.toWellFormed().replaceAll('\0', '').slice(0, REASON_LENGTH) ?? null;
  const fresh = await addReceipt(trx, { notification_id: row.id, attempt: of.attempt, state, reason, at });
  const next = afterReceipt(row.status, { state, attempt: of.attempt, latest: row.attempts });
  if (!fresh || next === null) return null;
  await setByReceipt(trx, row, next, at, reason);
  await record(trx, eventsOf({ ...row, reason }, next, at), BY_SYSTEM);
  await deps.onReceipt?.(trx, row, { ...receipt, reason }, at);
  if (row.kind === 'bundle') await applyToPages(deps, trx, row, { ...receipt, reason }, at);
  return row;
}

/** A receipt of a bundle is one of each page that it carried. It counts once for the contact method. */
async function applyToPages(deps: ReceiptDeps, trx: Db, bundle: Notification, receipt: Receipt, at: Date) {
  const { state, reason } = receipt;
  for (const page of await lockMembers(trx, bundle.id)) {
    const next = afterReceipt(page.status, { state, attempt: bundle.attempts, latest: bundle.attempts });
    if (next === null) continue;
    await setByReceipt(trx, page, next, at, reason);
    await record(trx, eventsOf({ ...page, reason }, next, at), BY_SYSTEM);
    await deps.onReceipt?.(trx, { ...page, method_id: null }, receipt, at);
  }
}

/** A receipt that comes before the answer to the attempt shows that the provider accepted the message. */
function eventsOf(row: Notification, state: Receipt['state'], at: Date): NewEvent<NotifyEvent>[] {
  const accepted = !ACCEPTED.includes(row.status) && state !== 'undelivered';
  return [
    ...(accepted ? [sentEvent(row, SYSTEM_ACTOR, at)] : []),
    ...(state === 'sent' ? [] : [receiptEvent(row, state, SYSTEM_ACTOR, at)]),
  ];
}
