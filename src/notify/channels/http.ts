import type { Outgoing } from '../../kernel/http/outgoing';
import type { Post } from './channel';
import { outcomeOf } from './httpOutcome';

/**
 * Posts through the guard for outgoing requests, and returns the outcome by the answer.
 * @param guarded whether also a configured URL may only lead to a public address, because a user entered it
 */
export const poster =
  (outgoing: Outgoing, timeoutMs: number, guarded = false): Post =>
  async ({ url, headers, body, trusted, at, judge, longPoll }) => {
    const given = { 'content-type': 'application/json', ...headers };
    const request = { url, headers: given, body, timeoutMs, trusted: trusted && !guarded, ...longPoll };
    const answer = await outgoing.send(request);
    const judged = 'failure' in answer ? null : (judge?.(answer) ?? null);
    return judged ?? outcomeOf(answer, at, trusted);
  };
