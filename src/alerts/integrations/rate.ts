import type { Clock } from '../../kernel/clock';
import { Problem } from '../../kernel/ports/problem';

const WINDOW_MS = 60_000;
const MAX_TRACKED = 10_000;

/** Requests in the present and in the previous minute. */
interface Window {
  began: number;
  now: number;
  before: number;
}

/** Counts the requests of integrations in a sliding minute, in this process. */
export interface RateLimit {
  /** @throws Problem `too-many`, with Retry-After, if the integration has sent more than `perMinute` requests in a minute */
  take(id: string, perMinute: number | null): void;
}

/**
 * The previous minute counts by the part of it that lies within the last 60 s. So an integration needs one counter, and its
 * limit is exact to a few requests.
 */
export function rateLimit(clock: Clock): RateLimit {
  const windows = new Map<string, Window>();

  function windowOf(id: string, now: number): Window {
    const known = windows.get(id);
    const age = known === undefined ? Number.POSITIVE_INFINITY : now - known.began;
    if (known !== undefined && age >= 0 && age < WINDOW_MS) return known;
    const before = known !== undefined && age < 2 * WINDOW_MS ? known.now : 0;
    if (windows.size >= MAX_TRACKED) windows.clear();
    const fresh = { began: before > 0 ? (known as Window).began + WINDOW_MS : now, now: 0, before };
    windows.set(id, fresh);
    return fresh;
  }

  return {
    take(id, perMinute) {
      if (perMinute === null) return;
      const now = clock.now().getTime();
      const window = windowOf(id, now);
      const age = now - window.began;
      const used = window.now + (window.before * (WINDOW_MS - age)) / WINDOW_MS;
      if (used + 1 > perMinute) throw tooMany(perMinute, retryAfter(window, perMinute, age));
      window.now += 1;
    },
  };
}

/** Seconds until one more request fits. */
function retryAfter({ now, before }: Window, perMinute: number, age: number): number {
  const room = perMinute - 1;
  const fits = now <= room && before > 0;
  const ms = fits ? WINDOW_MS * (1 - (room - now) / before) - age : WINDOW_MS * (2 - room / now) - age;
  return Math.max(1, Math.ceil(ms / 1_000));
}

const tooMany = (perMinute: number, seconds: number): Problem =>
  new Problem(
    'too-many',
    `This integration takes ${perMinute} requests in a minute. Nothing of this request is stored.`,
    {
      retry_after_seconds: seconds,
    },
  );
