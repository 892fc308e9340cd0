import { pause } from '../children';
import { API_KEY } from './deployments';

/** Sends requests as a client would, with a deadline, and counts the answers. */

const DEADLINE_MS = 8_000;
const INSISTS_FOR_MS = 120_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;

/** Statuses during an outage, and of a request that a frozen process could not read in time. */
const COME_AGAIN = new Set([408, 503]);

/** `T` is what the caller expects of the body; it is not checked. */
export interface Answer<T = unknown> {
  status: number;
  body: T;
}

export interface Insisting {
  headers?: Record<string, string>;
  /** Called before each try. */
  onTry?: () => void;
}

export interface Client {
  /** Null if there was no answer: then it is unknown whether the request was carried out. */
  ask<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T> | null>;
  /** Repeats the request until it gets a final answer; null after a timeout. */
  insist<T>(method: string, path: string, body?: unknown, options?: Insisting): Promise<Answer<T> | null>;
  /** Counts of answers by status; `none` is a request without an answer. */
  answers: Map<number | 'none', number>;
  /** Answers that an outage does not explain. */
  strange: string[];
}

export function openClient(url: string): Client {
  const answers: Client['answers'] = new Map();
  const strange: string[] = [];

  function note(status: number | 'none', what: string, text: string): void {
    answers.set(status, (answers.get(status) ?? 0) + 1);
    const explained = status === 'none' || status < 400 || status === 409 || COME_AGAIN.has(status);
    if (!explained && strange.length < 20) strange.push(`${what} → ${status} ${text.slice(0, 300)}`);
    if (status === 503 && !text.includes('"retry_after_seconds"') && strange.length < 20) {
      strange.push(`${what} → 503 that does not say when to come again: ${text.slice(0, 300)}`);
    }
  }

  const ask: Client['ask'] = async (method, path, body, headers = {}) => {
    try {
      const response = await fetch(url + path, {
        method,
        headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json', ...headers },
        signal: AbortSignal.timeout(DEADLINE_MS),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      note(response.status, `${method} ${path}`, text);
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    } catch {
      note('none', `${method} ${path}`, '');
      return null;
    }
  };

  const insist: Client['insist'] = async <T>(
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, onTry = () => {} }: Insisting = {},
  ) => {
    const until = Date.now() + INSISTS_FOR_MS;
    for (let waitMs = FIRST_PAUSE_MS; Date.now() < until; waitMs = Math.min(waitMs * 2, LONGEST_PAUSE_MS)) {
      onTry();
      const answer = await ask<T>(method, path, body, headers);
      if (answer !== null && answer.status < 500 && !COME_AGAIN.has(answer.status)) return answer;
      await pause(waitMs);
    }
    return null;
  };

  return { ask, insist, answers, strange };
}
