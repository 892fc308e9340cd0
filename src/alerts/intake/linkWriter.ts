import { batchWriter } from '../../kernel/async/batchWriter';
import type { Db } from '../../kernel/db/pool';
import type { Claim } from '../../kernel/jobs/jobs';
import { type Retry, saveRetries } from '../../kernel/jobs/queries';
import { settle } from '../store/links';

/** What incidents answered to a group of alerts, and the job that was enqueued to ask. */
export interface Answered {
  links: { id: string; incident_id: string }[];
  claim: Claim;
}

/** Writes the answers of incidents after the client has its own, in batches. */
export interface LinkWriter {
  later(answered: Answered): void;
  /** Leaves a job to the workers, because incidents did not answer; otherwise it would wait for the end of its lease. */
  handBack(job: Retry): void;
  /** Resolves if every answer that was given before is written, or has failed and is left to the workers. */
  caughtUp(): Promise<void>;
}

/** Far less than the lease of the jobs that are completed; a reader does not wait for it. */
const COLLECT_MS = 25;

/** An answer that cannot be written is not lost: the job's lease lapses, and a worker asks incidents again. */
export function linkWriter(db: Db): LinkWriter {
  const writer = batchWriter<Answered | Retry>({
    collectMs: COLLECT_MS,
    async write(batch) {
      const answered = batch.filter((each): each is Answered => 'links' in each);
      const jobs = batch.filter((each): each is Retry => !('links' in each));
      const links = answered.flatMap((each) => each.links);
      const claims = answered.map(({ claim }) => claim);
      if (answered.length > 0) await settle(db, links, claims).catch(() => undefined);
      if (jobs.length > 0) await saveRetries(db, jobs).catch(() => undefined);
      return [];
    },
  });
  return {
    later: (answered) => void writer.add(answered),
    handBack: (job) => void writer.add(job),
    caughtUp: writer.flush,
  };
}
