/** The only source of the current time. It is injected, so that tests can control time. */
export interface Clock {
  now(): Date;
}

/** The clock of the machine. */
export const systemClock: Clock = { now: () => new Date() };

export interface FakeClock extends Clock {
  /** Moves the clock forward by milliseconds. It runs no job: the test drains the jobs that are then due. */
  advance(ms: number): void;
  /** @param at an RFC 3339 instant */
  set(at: string): void;
}

/** A clock for tests. It moves only by `advance` and `set`. */
export function fakeClock(at = '2026-01-05T09:00:00.000Z'): FakeClock {
  let millis = Date.parse(at);
  return {
    now: () => new Date(millis),
    advance: (ms) => {
      millis += ms;
    },
    set: (next) => {
      millis = Date.parse(next);
    },
  };
}

/** Milliseconds of `n` seconds. */
export const seconds = (n: number): number => n * 1_000;
/** Milliseconds of `n` minutes. */
export const minutes = (n: number): number => n * 60_000;
/** Milliseconds of `n` hours. */
export const hours = (n: number): number => n * 3_600_000;
/** Milliseconds of `n` days of 24 hours. */
export const days = (n: number): number => n * 86_400_000;
