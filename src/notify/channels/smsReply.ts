import type { AnswerAction, AnswerTarget } from './inbound';

/** What a person wants by an SMS to our number. */
export type SmsReply =
  | { kind: 'answers'; action: AnswerAction; targets: AnswerTarget[] }
  | { kind: 'consent'; given: boolean }
  | { kind: 'help' }
  | { kind: 'unknown' };

/** The keywords of providers, which count as the whole message. https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out */
const STOP = new Set(['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit', 'optout', 'opt out', 'revoke']);
const START = new Set(['start', 'unstop', 'yes']);
const HELP = new Set(['help', 'info', '?']);

const ACTIONS: Record<AnswerAction, readonly string[]> = {
  acknowledge: ['a', 'ack', 'acked', 'acknowledge', 'acknowledged', 'take', 'ok'],
  resolve: ['r', 'res', 'resolve', 'resolved', 'c', 'close', 'closed', 'done', 'fixed'],
  escalate: ['e', 'esc', 'escalate', 'escalated'],
};

/** More codes than a person types. */
const MOST_CODES = 10;
const LONGEST = 160;

/**
 * Reads a reply: `4`, `ack 4`, `4 ack`, `resolve 4, 5`, `all`, `resolve all`, `ack` (the newest page), `STOP`, `START`, `HELP`.
 * Upper case, punctuation and quotes around it do not matter, because phones add them.
 */
export function readReply(body: string): SmsReply {
  const text = body.normalize('NFKC').toLowerCase().trim();
  if (text.length > LONGEST) return { kind: 'unknown' };
  if (HELP.has(text)) return { kind: 'help' };
  const words = text.replace(/(\d)([a-z])|([a-z])#?(\d)/g, '$1$3 $2$4').match(/[\p{L}\p{M}]+|\d+/gu) ?? [];
  const phrase = words.join(' ');
  if (STOP.has(phrase)) return { kind: 'consent', given: false };
  if (START.has(phrase)) return { kind: 'consent', given: true };
  if (HELP.has(phrase)) return { kind: 'help' };
  return answersIn(words);
}

function answersIn(words: readonly string[]): SmsReply {
  const codes = words.filter((word) => /^\d{1,6}$/.test(word));
  const names = words.filter((word) => !/^\d/.test(word));
  const isAll = names.includes('all');
  const verbs = names.filter((word) => word !== 'all');
  const actions = new Set(verbs.map(actionOf));
  const [action = 'acknowledge'] = actions;
  const odd = words.length === 0 || actions.size > 1 || action === null || codes.length > MOST_CODES;
  const unread = words.length !== codes.length + names.length || (isAll && codes.length > 0);
  if (odd || unread) return { kind: 'unknown' };
  if (isAll) return { kind: 'answers', action, targets: [{ all: true }] };
  const targets = [...new Set(codes)].map((code) => ({ code }));
  return { kind: 'answers', action, targets: targets.length > 0 ? targets : [{ code: null }] };
}

function actionOf(word: string): AnswerAction | null {
  const found = Object.entries(ACTIONS).find(([, names]) => names.includes(word));
  return (found?.[0] as AnswerAction | undefined) ?? null;
}
