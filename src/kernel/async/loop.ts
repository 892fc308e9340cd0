/** A loop that looks when it is woken or when its alarm rings, never twice at once, and survives what it looks at. */
export interface Loop {
  wake(): void;
  start(): void;
  /** No further look begins; waits for the one in hand. */
  stop(): Promise<void>;
}

interface LoopOptions {
  /** Answers after how many milliseconds it wants to look again. */
  poll: () => Promise<number>;
  maxWaitMs: number;
  /** The longest pause after looks that failed; 5 s if absent. */
  maxPauseMs?: number;
  /** Told of each look that failed; `inARow` is 1 for the first, so that an outage can be logged once. */
  onFailure: (error: unknown, inARow: number) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export function pollLoop({ poll, maxWaitMs, maxPauseMs = LONGEST_PAUSE_MS, onFailure }: LoopOptions): Loop {
  let awake = false;
  let woken = false;
  let failures = 0;
  let alarm: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  const pause = (): number =>
    Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10), maxPauseMs) * (0.75 + Math.random() / 4);

  const setAlarm = (ms: number): void => {
    clearTimeout(alarm);
    alarm = setTimeout(wake, Math.max(1, Math.min(Math.ceil(ms), maxWaitMs)));
  };

  async function once(): Promise<number> {
    try {
      const nap = await poll();
      failures = 0;
      return nap;
    } catch (error) {
      failures += 1;
      woken = false;
      onFailure(error, failures);
      return pause();
    }
  }

  async function round(): Promise<void> {
    let nap: number;
    do {
      woken = false;
      clearTimeout(alarm);
      nap = await once();
    } while (awake && (woken || nap <= 0));
    looking = undefined;
    if (awake) setAlarm(nap);
  }

  function wake(): void {
    if (!awake) return;
    woken = true;
    looking ??= round();
  }

  return {
    wake,
    start() {
      awake = true;
      wake();
    },
    async stop() {
      awake = false;
      clearTimeout(alarm);
      await looking;
    },
  };
}
