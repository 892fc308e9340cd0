import { API_KEY } from './houses.mjs';

/** Asks the product as a client would, with a deadline, and counts what it was answered. */

const DEADLINE_MS = 8_000;
const INSISTS_FOR_MS = 120_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;

/** An outage, and a request that a frozen process could not read in time. */
const COME_AGAIN = new Set([408, 503]);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function openClient(url) {
  /** How often each status was answered; `none` is no answer at all. */
  const answers = new Map();
  /** Answers that no outage explains. */
  const strange = [];

  function note(status, what, text) {
    answers.set(status, (answers.get(status) ?? 0) + 1);
    const explained = status === 'none' || status < 400 || status === 409 || COME_AGAIN.has(status);
    if (!explained && strange.length < 20) strange.push(`${what} → ${status} ${text.slice(0, 300)}`);
    if (status === 503 && !text.includes('"retry_after_seconds"') && strange.length < 20) {
      strange.push(`${what} → 503 that does not say when to come again: ${text.slice(0, 300)}`);
    }
  }

  /** Null where there was no answer: then nobody knows what became of it. */
  async function ask(method, path, body, headers = {}) {
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
  }

  /** Asks until there is an answer that counts; null when patience is over. `onTry` is called before each try. */
  async function insist(method, path, body, { headers = {}, onTry = () => {} } = {}) {
    const until = Date.now() + INSISTS_FOR_MS;
    for (let waitMs = FIRST_PAUSE_MS; Date.now() < until; waitMs = Math.min(waitMs * 2, LONGEST_PAUSE_MS)) {
      onTry();
      const answer = await ask(method, path, body, headers);
      if (answer !== null && answer.status < 500 && !COME_AGAIN.has(answer.status)) return answer;
      await pause(waitMs);
    }
    return null;
  }

  return { ask, insist, answers, strange };
}
