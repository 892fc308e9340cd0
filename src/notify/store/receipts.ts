import type { Db } from '../../kernel/db/pool';
import type { RECEIPT_STATES } from '../contract';
import type { Notification } from './notifications';

type State = (typeof RECEIPT_STATES)[number];

export interface StoredReceipt {
  notification_id: string;
  attempt: number;
  state: State;
  reason: string | null;
  at: Date;
}

const SHOWN_AT_MOST = 600;

/** Locks a notification until the transaction ends; undefined if it was deleted. */
export const lockNotification = (trx: Db, id: string): Promise<Notification | undefined> =>
  trx('notifications').where({ id }).forUpdate().first();

/** Stores a receipt; false if the same one is stored already. */
export async function addReceipt(trx: Db, receipt: StoredReceipt): Promise<boolean> {
  const { rowCount } = await trx.raw(
    `insert into receipts (notification_id, attempt, state, reason, at)
     values (:notification_id, :attempt, :state, :reason, :at) on conflict do nothing`,
    { ...receipt },
  );
  return rowCount === 1;
}

/** Saves the status by a receipt, of a notification that the transaction holds locked. */
export async function setByReceipt(
  trx: Db,
  { id, sent_at }: Notification,
  state: State,
  at: Date,
  reason: string | null,
) {
  await trx('notifications')
    .where({ id })
    .update({
      status: state,
      reason: state === 'undelivered' ? reason : null,
      sent_at: sent_at ?? at,
      next_attempt_at: null,
      ...(state === 'delivered' && { delivered_at: at }),
    });
}

/** The receipts of notifications, in order. */
export const receiptsOf = (db: Db, ids: readonly string[]): Promise<StoredReceipt[]> =>
  db('receipts')
    .whereIn('notification_id', ids as string[])
    .orderBy(['at', 'attempt', 'state'])
    .limit(SHOWN_AT_MOST);
