import { type PutOff, putOff } from '../kernel/claims';
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
  /** Leaves a job to the workers, because incidents did not answer; otherwise it would wait for the end of its lease. */
  handBack(job: PutOff): void;
  /** Resolves when what was handed over before is written down, or has failed and is the workers' to do again. */
  caughtUp(): Promise<void>;
}

/** Far less than the lease of the jobs that are settled; and who wants to read does not wait for it. */
const TOGETHER_MS = 25;

export function settling(db: Db): Settling {
  let waiting: Answered[] = [];
  let handedBack: PutOff[] = [];
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
    while (waiting.length > 0 || handedBack.length > 0 || readers.length > 0) {
      const batch = waiting;
      const jobs = handedBack;
      const woken = readers;
      waiting = [];
      handedBack = [];
      readers = [];
      if (batch.length > 0) await write(batch);
      if (jobs.length > 0) await putOff(db, jobs).catch(() => undefined);
      for (const wake of woken) wake();
    }
    writing = false;
  }

  const soon = (): void => {
    if (!writing) alarm ??= setTimeout(() => void writeAll(), TOGETHER_MS);
  };

  return {
    later(answered) {
      waiting.push(answered);
      soon();
    },
    handBack(job) {
      handedBack.push(job);
      soon();
    },
    caughtUp() {
      if (!writing && waiting.length === 0 && handedBack.length === 0) return Promise.resolve();
      const caughtUp = new Promise<void>((wake) => readers.push(wake));
      if (!writing) void writeAll();
      return caughtUp;
    },
  };
}
