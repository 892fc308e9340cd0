import type { Answer, OutgoingFailure } from '../../kernel/http/outgoing';
import type { Outcome } from '../domain';
import { shortened } from './channel';

const WORDS_LENGTH = 200;
const LONGEST_RETRY_AFTER_MS = 86_400_000;

/**
 * What an HTTP answer means for a delivery. To an address that a user named: 2xx is success, and only what may pass by
 * itself is tried again. To an address that the operator `configured`, a refusal of the address is the operator's to
 * repair: it is tried again, slowly, and says that the channel fails.
 */
export function outcomeOf(answer: Answer | { failure: OutgoingFailure }, now: Date, configured: boolean): Outcome {
  const outcome = judged(answer, now);
  if (!configured) return outcome;
  if (outcome.outcome === 'sent') return { ...outcome, channel: 'working' };
  if (!outcome.permanent) return { ...outcome, channel: 'failing' };
  if ('failure' in answer || refusesAddress(answer.status)) {
    return { ...outcome, permanent: false, slowly: true, channel: 'failing' };
  }
  return { ...outcome, channel: 'working' };
}

/** A status that is about the URL or its credentials, whatever was posted; a redirect is not followed. */
const refusesAddress = (status: number): boolean =>
  status < 400 || [401, 402, 403, 404, 405, 407, 410].includes(status);

function judged(answer: Answer | { failure: OutgoingFailure }, now: Date): Outcome {
  if ('failure' in answer) {
    const permanent = answer.failure === 'address_refused' || answer.failure === 'invalid_url';
    return { outcome: 'failed', reason: answer.failure, permanent };
  }
  const { status, body } = answer;
  if (status >= 200 && status < 300) return { outcome: 'sent', receipt: receiptOf(answer) };
  const words = shortened(body.replace(/\s+/g, ' ').trim(), WORDS_LENGTH);
  const reason = words === '' || words.startsWith('<') ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
  const permanent = status < 500 && status !== 408 && status !== 425 && status !== 429;
  const retryAfterMs = permanent ? null : retryAfter(answer.header('retry-after'), now);
  return { outcome: 'failed', reason, permanent, ...(retryAfterMs !== null && { retryAfterMs }) };
}

function receiptOf({ status, header }: Answer): string {
  const id = header('x-request-id') ?? header('x-slack-req-id');
  return id === undefined ? `HTTP ${status}` : `HTTP ${status}, ${shortened(id, WORDS_LENGTH)}`;
}

/** Retry-After as seconds or as an HTTP date, in milliseconds from now; null where there is none to honour. */
function retryAfter(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : null;
}
