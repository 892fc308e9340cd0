import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod';
import type { AnswerAction, Receipt } from './inbound';
import { errorWords, faultOf } from './twilioErrors';
import { codeOf } from './twilioReceipts';

/**
 * The conversation of one call, without effects. Only a key press acts: silence, voice mail and a hung-up call acknowledge
 * nothing.
 *
 * ```
 *   asking ── 4, 6 ──► answering ── done ──► ended
 *     ▲ │                  └─ failed ──┐
 *     └─┴── 0, another key ◄───────────┘          asking ── silence ──► ended
 * ```
 */
export interface CallState {
  /** What happened, as it is spoken. */
  text: string;
  /** The code of the page at this number. */
  code: string;
  /** How often the person was asked before. */
  round: number;
}

/** What happens next in the call. */
export type CallStep =
  /** Speaks, and waits for a key. `next` is the state when the key comes. */
  | { kind: 'ask'; say: string[]; next: CallState; otherwise: string[] }
  /** The person answers the page. Its result is spoken next. */
  | { kind: 'answer'; action: AnswerAction }
  | { kind: 'end'; say: string[] };

/** A person who presses other keys again and again ends the call. */
const MOST_ROUNDS = 6;

const KEYS = 'Press 4 to acknowledge. Press 6 to resolve. Press 0 to hear this again.';
const NO_KEY = 'No key was pressed. The incident is not acknowledged. Goodbye.';
const GREETING = 'This is Tocsin.';

/** The beginning of a call: the message, twice. */
export function callBegins(state: CallState): CallStep {
  return asking(state, [GREETING, state.text, KEYS, 'Again.', state.text, KEYS]);
}

/** A call that asks for nothing, such as a test or a verification code. */
export const announcement = (text: string): CallStep => ({
  kind: 'end',
  say: [GREETING, text, 'Again.', text, 'Goodbye.'],
});

/** The step after a key. `isMachine`: voice mail took the call, whose sounds are no keys of a person. */
export function keyPressed(state: CallState, key: string, isMachine = false): CallStep {
  if (isMachine) return { kind: 'end', say: [] };
  if (key === '4') return { kind: 'answer', action: 'acknowledge' };
  if (key === '6') return { kind: 'answer', action: 'resolve' };
  if (state.round >= MOST_ROUNDS) return { kind: 'end', say: [NO_KEY] };
  if (key === '0') return asking(state, [state.text, KEYS, 'Again.', state.text, KEYS]);
  return asking(state, ['This key has no meaning.', KEYS]);
}

/** The step after the answer, which speaks its result. If the answer failed, the person can try again. */
export function answerGiven(state: CallState, words: string[], failed: boolean): CallStep {
  if (!failed || state.round >= MOST_ROUNDS) return { kind: 'end', say: [...words, 'Goodbye.'] };
  return asking(state, [...words, KEYS]);
}

const asking = (state: CallState, say: string[]): CallStep => ({
  kind: 'ask',
  say,
  next: { ...state, round: state.round + 1 },
  otherwise: [NO_KEY],
});

const SENT = new Set(['queued', 'initiated', 'ringing', 'answered', 'in-progress', 'completed']);
const UNANSWERED = new Set(['busy', 'no-answer', 'failed', 'canceled']);
/** SIP: not found, gone, incomplete address, exists nowhere. */
const UNKNOWN_NUMBER = new Set(['404', '410', '484', '604']);

/** Whether voice mail or a fax took the call, by the provider's own detection. */
export const isMachine = (fields: URLSearchParams): boolean => /^(machine|fax)/.test(fields.get('AnsweredBy') ?? '');

/**
 * The receipt in a status callback of a call; null for a status that we do not know. A call that was answered and ended
 * proves nothing: only a key is a receipt that the person got it.
 */
export function callReceipt(attempt: string, fields: URLSearchParams): Receipt | null {
  const status = fields.get('CallStatus') ?? '';
  if (UNANSWERED.has(status)) {
    const [code, sip] = [codeOf(fields), fields.get('SipResponseCode') ?? ''];
    const reason = code === null ? status.replace('-', ' ') : errorWords(code, status);
    const unknown = status === 'failed' && UNKNOWN_NUMBER.has(sip);
    return { attempt, state: 'undelivered', reason, permanent: unknown || faultOf(code) === 'number' };
  }
  if (!SENT.has(status)) return null;
  if (isMachine(fields)) return { attempt, state: 'undelivered', reason: 'voice mail took the call', permanent: false };
  return { attempt, state: 'sent', reason: null, permanent: false };
}

const State = z.object({
  text: z.string().max(1_000),
  code: z.string().regex(/^\d{1,6}$/),
  round: z
    .int()
    .min(0)
    .max(MOST_ROUNDS + 1),
});
const LARGEST_STATE = 8_192;

/** The state as text of a URL. It is signed with the URL by the provider, and needs no storage. */
export const stateText = ({ text, code, round }: CallState): string =>
  deflateRawSync(JSON.stringify([text, code, round])).toString('base64url');

/** The state in a URL; null if it is none. */
export function stateIn(given: string): CallState | null {
  try {
    const json = inflateRawSync(Buffer.from(given, 'base64url'), { maxOutputLength: LARGEST_STATE }).toString('utf8');
    const [text, code, round] = JSON.parse(json) as unknown[];
    return State.safeParse({ text, code, round }).data ?? null;
  } catch {
    return null;
  }
}
