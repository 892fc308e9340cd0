import type { Receipt } from './inbound';
import { errorWords, faultOf } from './twilioErrors';

const RECEIPTS = 'receipts/';

/** Our signed id of the attempt that a status callback is about; null for another path. */
export const attemptOf = (path: string): string | null =>
  path.startsWith(RECEIPTS) && path.length > RECEIPTS.length ? path.slice(RECEIPTS.length) : null;

const STATES: Record<string, Receipt['state']> = {
  accepted: 'sent',
  scheduled: 'sent',
  queued: 'sent',
  sending: 'sent',
  sent: 'sent',
  delivered: 'delivered',
  read: 'delivered',
  undelivered: 'undelivered',
  failed: 'undelivered',
  canceled: 'undelivered',
};

/** The receipt in a status callback of a message; null for a status that we do not know. */
export function messageReceipt(attempt: string, fields: URLSearchParams): Receipt | null {
  const status = fields.get('MessageStatus') ?? fields.get('SmsStatus') ?? '';
  const state = STATES[status];
  if (state === undefined) return null;
  if (state !== 'undelivered') return { attempt, state, reason: null, permanent: false };
  const code = codeOf(fields);
  const reason = code === null ? status : errorWords(code, fields.get('ErrorMessage') ?? '');
  return { attempt, state, reason, permanent: faultOf(code) === 'number' };
}

/** The error code of a callback; null without one. */
export function codeOf(fields: URLSearchParams): number | null {
  const code = fields.get('ErrorCode') ?? '';
  return /^[1-9]\d{3,5}$/.test(code) ? Number(code) : null;
}
