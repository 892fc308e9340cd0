/** A loop that looks when it is poked or when its alarm rings, never twice at once, and survives what it looks at. */
export interface Loop {
  poke(): void;
  start(): void;
  /** No further look begins; waits for the one in hand. */
  stop(): Promise<void>;
}

interface LoopOptions {
  /** Answers after how many milliseconds it wants to look again. */
  look: () => Promise<number>;
  longestNapMs: number;
  /** The longest pause after looks that failed; 5 s if absent. */
  longestPauseMs?: number;
  /** Told of each look that failed; `inARow` is 1 for the first, so that an outage can be logged once. */
  onFailure: (error: unknown, inARow: number) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export function wakefulLoop({ look, longestNapMs, longestPauseMs = LONGEST_PAUSE_MS, onFailure }: LoopOptions): Loop {
  let awake = false;
  let poked = false;
  let failures = 0;
  let alarm: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  const pause = (): number =>
    Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10), longestPauseMs) * (0.75 + Math.random() / 4);

  const setAlarm = (ms: number): void => {
    clearTimeout(alarm);
    alarm = setTimeout(poke, Math.max(1, Math.min(Math.ceil(ms), longestNapMs)));
  };

  async function once(): Promise<number> {
    try {
      const nap = await look();
      failures = 0;
      return nap;
    } catch (error) {
      failures += 1;
      poked = false;
      onFailure(error, failures);
      return pause();
    }
  }

  async function round(): Promise<void> {
    let nap: number;
    do {
      poked = false;
      clearTimeout(alarm);
      nap = await once();
    } while (awake && (poked || nap <= 0));
    looking = undefined;
    if (awake) setAlarm(nap);
  }

  function poke(): void {
    if (!awake) return;
    poked = true;
    looking ??= round();
  }

  return {
    poke,
    start() {
      awake = true;
      poke();
    },
    async stop() {
      awake = false;
      clearTimeout(alarm);
      await looking;
    },
  };
}
