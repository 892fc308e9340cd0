import type { NOTIFICATION_STATUSES, RECEIPT_STATES } from '../contract';

type Status = (typeof NOTIFICATION_STATUSES)[number];

/** The status that stays after `sent`; a late answer of the channel does not change it. */
export const ACCEPTED: readonly Status[] = ['sent', 'delivered', 'undelivered'];

/** A report of a provider about one attempt, and the number of the latest attempt. */
export interface ReceiptOf {
  state: (typeof RECEIPT_STATES)[number];
  attempt: number;
  latest: number;
}

/**
 * The status of a notification after a receipt; null if it changes nothing. Receipts come late, twice and in any order,
 * and even before the answer to the attempt: a status only moves forward, and `delivered` wins. A report that a message did
 * not arrive counts only for the latest attempt, because a later one can still arrive. A message that was cancelled while it
 * was being sent can still arrive.
 */
export function afterReceipt(status: Status, { state, attempt, latest }: ReceiptOf): ReceiptOf['state'] | null {
  if (status === 'recorded' || status === 'delivered' || status === state) return null;
  if (state === 'delivered') return 'delivered';
  if (state === 'sent') return ACCEPTED.includes(status) ? null : 'sent';
  return attempt === latest && (status === 'queued' || status === 'sent') ? 'undelivered' : null;
}
