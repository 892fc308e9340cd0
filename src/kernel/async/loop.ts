/** Polls when it is woken or when its timer fires. Polls never overlap, and a poll that fails is repeated. */
export interface Loop {
  /** Polls now, or once more after the poll that is running. */
  wake(): void;
  start(): void;
  /** Starts no further poll; resolves when the running one has ended. */
  stop(): Promise<void>;
}

interface LoopOptions {
  /** Resolves with the milliseconds until the next poll. */
  poll: () => Promise<number>;
  /** The longest time between two polls. */
  maxWaitMs: number;
  /** The longest pause after a failed poll; 5 s if absent. */
  maxPauseMs?: number;
  /** Called for each failed poll; `inARow` is 1 for the first one, so that an outage can be logged once. */
  onFailure: (error: unknown, inARow: number) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** A poll loop; after failures it waits twice as long each time, from 100 ms to `maxPauseMs`. */
export function pollLoop({ poll, maxWaitMs, maxPauseMs = LONGEST_PAUSE_MS, onFailure }: LoopOptions): Loop {
  let running = false;
  let woken = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let polling: Promise<void> | undefined;

  const pause = (): number =>
    Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10), maxPauseMs) * (0.75 + Math.random() / 4);

  const setTimer = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(wake, Math.max(1, Math.min(Math.ceil(ms), maxWaitMs)));
  };

  async function once(): Promise<number> {
    try {
      const waitMs = await poll();
      failures = 0;
      return waitMs;
    } catch (error) {
      failures += 1;
      woken = false;
      onFailure(error, failures);
      return pause();
    }
  }

  async function round(): Promise<void> {
    let waitMs: number;
    do {
      woken = false;
      clearTimeout(timer);
      waitMs = await once();
    } while (running && (woken || waitMs <= 0));
    polling = undefined;
    if (running) setTimer(waitMs);
  }

  function wake(): void {
    if (!running) return;
    woken = true;
    polling ??= round();
  }

  return {
    wake,
    start() {
      running = true;
      wake();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      await polling;
    },
  };
}
