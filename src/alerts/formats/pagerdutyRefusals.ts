import type { FieldFault, Problem } from '../../kernel/ports/problem';
import type { Answer } from './format';

/** PagerDuty's documentation advises its clients to wait so long after a refusal for the rate. */
const RETRY_AFTER_SECONDS = 30;

interface Version {
  /** The status for a body that is not JSON; the two versions differ in one letter. */
  unreadable: string;
  /** The status on which the clients of this version send an event again. */
  throttled: number;
}

/** Each fault as the vendor words it: `event_action is invalid (…)`. */
const wordsOf = ({ path, message }: FieldFault): string =>
  path === '' ? message : `${path} ${message.slice(0, 1).toLowerCase()}${message.slice(1)}`;

/** An error of the Events API, in the vendor's words. Clients repeat an event after `throttled` and after nothing else. */
function refuse(problem: Problem, { unreadable, throttled }: Version): Answer {
  const { kind, detail, extra } = problem;
  const invalid = (status: number, errors: string[]): Answer => ({
    status,
    body: { status: 'invalid event', message: 'Event object is invalid', errors },
  });
  switch (kind) {
    case 'malformed': {
      const reason = /not valid JSON/.test(detail) ? 'JSON parse error' : detail;
      return {
        status: 400,
        body: { status: unreadable, message: 'Event object format is unrecognized', errors: [reason] },
      };
    }
    case 'invalid':
      return invalid(400, ((extra['errors'] ?? []) as FieldFault[]).map(wordsOf));
    case 'unauthenticated':
    case 'forbidden':
      return invalid(400, [`The key is invalid: ${detail}`]);
    case 'too-many':
    case 'unavailable': {
      const seconds = Number(extra['retry_after_seconds'] ?? RETRY_AFTER_SECONDS);
      const headers = { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) };
      return { status: throttled, headers, body: { status: 'throttled', message: detail, errors: [detail] } };
    }
    default:
      return { ...invalid(problem.status, [detail]), status: problem.status };
  }
}

/** Errors of version 2. Its clients repeat an event after a 429 only. */
export const refuseV2 = (problem: Problem): Answer =>
  refuse(problem, { unreadable: 'Unrecognized object', throttled: 429 });

/** Errors of version 1. Its clients repeat an event after a 403. */
export const refuseV1 = (problem: Problem): Answer =>
  refuse(problem, { unreadable: 'unrecognized object', throttled: 403 });
