import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { finish, type PutOff, putOff } from './claims';
import type { Db } from './db';
import type { Claim } from './jobs';

export type Outcome = { claim: Claim; putOff?: PutOff };

/** Writes down what became of jobs, everything that ended within a tick in one go. */
export interface Settler {
  /** Resolves once it is written down, or once the settler was abandoned. */
  settle(outcome: Outcome): Promise<void>;
  /** Gives up on what cannot be written: those jobs merely run again. */
  abandon(): void;
}

interface Waiting extends Outcome {
  settled: () => void;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;

/** `onAgain` is told when a completed job stands again, because its key was promised while it ran. */
export function settler(db: Db, onAgain: () => void): Settler {
  const abandoned = new AbortController();
  let waiting: Waiting[] = [];
  let flushing = false;

  /** One round; a completion that is lost makes a job run twice, so what could not be written is kept. */
  async function round(batch: Waiting[]): Promise<Waiting[]> {
    try {
      const { busy, again } = await finish(
        db,
        batch.filter(({ putOff: later }) => !later).map(({ claim }) => claim),
      );
      await putOff(
        db,
        batch.flatMap(({ putOff: later }) => later ?? []),
      );
      if (again) onAgain();
      return batch.filter(({ claim }) => busy.has(claim.id));
    } catch {
      return batch;
    }
  }

  async function flush(): Promise<void> {
    flushing = true;
    await setImmediate();
    for (let pauses = 0; waiting.length > 0 && !abandoned.signal.aborted; ) {
      const batch = waiting;
      waiting = [];
      const left = new Set(await round(batch));
      for (const outcome of batch) if (!left.has(outcome)) outcome.settled();
      waiting.unshift(...left);
      pauses = left.size > 0 ? pauses + 1 : 0;
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(pauses, 10), LONGEST_PAUSE_MS);
      if (pauses > 0) await sleep(pauseMs, undefined, { signal: abandoned.signal }).catch(() => undefined);
    }
    flushing = false;
    if (abandoned.signal.aborted) release();
  }

  function release(): void {
    for (const { settled } of waiting.splice(0)) settled();
  }

  return {
    settle: (outcome) =>
      new Promise((settled) => {
        waiting.push({ ...outcome, settled });
        if (!flushing) void flush();
      }),
    abandon() {
      abandoned.abort();
      release();
    },
  };
}
