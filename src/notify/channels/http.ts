import type { Outgoing } from '../../kernel/http/outgoing';
import type { Post } from './channel';
import { outcomeOf } from './httpOutcome';

/** Posts through the guard for outgoing requests, and returns the outcome by the answer. */
export const poster =
  (outgoing: Outgoing, timeoutMs: number): Post =>
  async ({ url, headers, body, trusted, at }) => {
    const sent = { url, headers: { 'content-type': 'application/json', ...headers }, body, timeoutMs, trusted };
    return outcomeOf(await outgoing.send(sent), at, trusted);
  };
