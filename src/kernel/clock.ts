/** The one source of "now". Injected everywhere, so that tests own time. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

export interface FakeClock extends Clock {
  /** Moves the clock forward; nothing runs by itself, the test drains what fell due. */
  advance(ms: number): void;
  set(at: string): void;
}

/** A clock for tests: it stands still until told to move. */
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

export const seconds = (n: number): number => n * 1_000;
export const minutes = (n: number): number => n * 60_000;
export const hours = (n: number): number => n * 3_600_000;
export const days = (n: number): number => n * 86_400_000;
