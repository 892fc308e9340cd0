import type { Db } from '../kernel/db';
import type { Claim } from '../kernel/jobs';
import { settle } from './store/links';

/** What incidents answered to a group of alerts, and the job that promised to ask. */
export interface Answered {
  links: { id: string; incident_id: string }[];
  claim: Claim;
}

/** Writes answers down behind the clients' backs, everything that came within a moment in one go. */
export interface Settling {
  later(answered: Answered): void;
  /** Resolves when what was handed over before is written down, or has failed and is the workers' to do again. */
  caughtUp(): Promise<void>;
}

/** Far less than the lease of the jobs that are settled; and who wants to read does not wait for it. */
const TOGETHER_MS = 25;

export function settling(db: Db): Settling {
  let waiting: Answered[] = [];
  let readers: (() => void)[] = [];
  let writing = false;
  let alarm: NodeJS.Timeout | undefined;

  /** What could not be written is not lost: the job's lease lapses and a worker asks incidents again. */
  const write = (batch: Answered[]): Promise<void> =>
    settle(
      db,
      batch.flatMap(({ links }) => links),
      batch.map(({ claim }) => claim),
    ).catch(() => undefined);

  async function writeAll(): Promise<void> {
    writing = true;
    clearTimeout(alarm);
    alarm = undefined;
    while (waiting.length > 0 || readers.length > 0) {
      const batch = waiting;
      const woken = readers;
      waiting = [];
      readers = [];
      if (batch.length > 0) await write(batch);
      for (const wake of woken) wake();
    }
    writing = false;
  }

  return {
    later(answered) {
      waiting.push(answered);
      if (!writing) alarm ??= setTimeout(() => void writeAll(), TOGETHER_MS);
    },
    caughtUp() {
      if (!writing && waiting.length === 0) return Promise.resolve();
      const caughtUp = new Promise<void>((wake) => readers.push(wake));
      if (!writing) void writeAll();
      return caughtUp;
    },
  };
}
