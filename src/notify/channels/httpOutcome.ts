import type { Answer, OutgoingFailure } from '../../kernel/http/outgoing';
import type { Outcome } from '../domain';
import { shortened } from './channel';

const WORDS_LENGTH = 200;
const LONGEST_RETRY_AFTER_MS = 86_400_000;

/**
 * The outcome of a delivery by its HTTP answer. At a URL that a user named, 2xx is success, and only temporary failures
 * are tried again. At a URL that the operator `configured`, a refusal of the URL is a fault that the operator must repair:
 * the delivery is tried again slowly, and the channel is failing.
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

/** A status about the URL or its credentials, not about the message. Redirects count, because they are not followed. */
const refusesAddress = (status: number): boolean =>
  status < 400 || [401, 402, 403, 404, 405, 407, 410].includes(status);

function judged(answer: Answer | { failure: OutgoingFailure }, now: Date): Outcome {
  if ('failure' in answer) {
    const permanent = answer.failure === 'address_refused' || answer.failure === 'invalid_url';
    return { outcome: 'failed', reason: answer.failure, permanent };
  }
  const { status } = answer;
  if (status >= 200 && status < 300) return { outcome: 'sent', receipt: receiptOf(answer) };
  const reason = reasonOf(answer);
  const permanent = status < 500 && status !== 408 && status !== 425 && status !== 429;
  return { outcome: 'failed', reason, permanent, ...(!permanent && askedPause(answer, now)) };
}

/** The status and the words of a refusal, on one line. */
export function reasonOf({ status, body }: Answer): string {
  const words = shortened(body.replace(/\s+/g, ' ').trim(), WORDS_LENGTH);
  return words === '' || words.startsWith('<') ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
}

/** The pause that the answer asks for by `Retry-After`, as part of an outcome. */
export function askedPause({ header }: Answer, now: Date): { retryAfterMs?: number } {
  const retryAfterMs = retryAfter(header('retry-after'), now);
  return retryAfterMs === null ? {} : { retryAfterMs };
}

function receiptOf({ status, header }: Answer): string {
  const id = header('x-request-id') ?? header('x-slack-req-id');
  return id === undefined ? `HTTP ${status}` : `HTTP ${status}, ${shortened(id, WORDS_LENGTH)}`;
}

/** Retry-After as seconds or as an HTTP date, in milliseconds from now; null if it is absent or no valid time. */
function retryAfter(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : null;
}
