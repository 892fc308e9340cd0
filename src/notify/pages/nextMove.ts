import type { Status } from '../store/notifications';

/** What a page does next. Pure: the rules and the notifications are read again each time. */

export interface PageProgress {
  /** When the rules began to run. */
  startedAt: Date;
  /** When the last rule started. */
  ruleAt: Date;
  /** The minutes of the next rule after the start; null if no rule is left. */
  nextMinutes: number | null;
  /** When the bundle is made that a message of the page waits for; null if none waits. */
  gatheredUntil?: Date | null;
  /** The notifications of the page. */
  statuses: readonly Status[];
}

/** `start`: the next rule starts now. `wait`: look again at this time. `unreached`: no rule is left, and no address accepted. */
export type Move =
  | { kind: 'start' }
  | { kind: 'wait'; at: Date }
  | { kind: 'unreached'; why: 'failed' | 'not_accepted' }
  | { kind: 'done' };

const MINUTE_MS = 60_000;
const ACCEPTED: readonly string[] = ['sent', 'delivered'];
const isWaiting = (status: Status): boolean => status === 'queued';

/**
 * The next rule starts at its time; at once if all messages failed; and as soon as no address accepted within `withinMs`
 * after the rule before, even while tries go on. A message that waits for a bundle gets this time after its bundle is made.
 */
export function nextMove(
  { startedAt, ruleAt, nextMinutes, gatheredUntil = null, statuses }: PageProgress,
  now: Date,
  withinMs: number,
): Move {
  const accepted = statuses.some((status) => ACCEPTED.includes(status));
  const patience = Math.max(ruleAt.getTime(), gatheredUntil?.getTime() ?? 0) + withinMs;
  const failed = !statuses.some(isWaiting);
  if (nextMinutes === null) {
    if (accepted) return { kind: 'done' };
    if (failed) return { kind: 'unreached', why: 'failed' };
    return patience <= now.getTime()
      ? { kind: 'unreached', why: 'not_accepted' }
      : { kind: 'wait', at: new Date(patience) };
  }
  const planned = startedAt.getTime() + nextMinutes * MINUTE_MS;
  const at = accepted ? planned : failed ? now.getTime() : Math.min(planned, patience);
  return at <= now.getTime() ? { kind: 'start' } : { kind: 'wait', at: new Date(at) };
}
