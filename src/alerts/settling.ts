import type { Db } from '../kernel/db';
import type { Claim } from '../kernel/jobs';
import { settle } from './store/alerts';

/** What incidents answered to a group of alerts, and the job that promised to ask. */
export interface Answered {
  links: { id: string; incident_id: string }[];
  claim: Claim;
}

/** Writes answers down behind the clients' backs, everything that came meanwhile in one go. */
export interface Settling {
  later(answered: Answered): void;
  /** Resolves when what was handed over before is written down, or has failed and is the workers' to do again. */
  caughtUp(): Promise<void>;
}

export function settling(db: Db): Settling {
  let waiting: Answered[] = [];
  let readers: (() => void)[] = [];
  let writing = false;

  /** What could not be written is not lost: the job's lease lapses and a worker asks incidents again. */
  const write = (batch: Answered[]): Promise<void> =>
    settle(
      db,
      batch.flatMap(({ links }) => links),
      batch.map(({ claim }) => claim),
    ).catch(() => undefined);

  async function writeAll(): Promise<void> {
    writing = true;
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
      if (!writing) void writeAll();
    },
    caughtUp: () => (writing ? new Promise((wake) => readers.push(wake)) : Promise.resolve()),
  };
}
