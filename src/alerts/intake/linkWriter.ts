import { batchWriter } from '../../kernel/async/batchWriter';
import type { Db } from '../../kernel/db/pool';
import type { Claim } from '../../kernel/jobs/jobs';
import { type Retry, saveRetries } from '../../kernel/jobs/queries';
import { completeGroups, type Link } from '../store/links';

/** An attached group: links to save, and the job to complete. */
interface AttachedGroup {
  links: readonly Link[];
  claim: Claim;
}

/** Saves the answers of incidents in batches, after the client has its answer. */
export interface LinkWriter {
  save(links: readonly Link[], claim: Claim): void;
  /** Releases a job to the workers if incidents did not answer. Otherwise they would wait for the end of its lease. */
  release(job: Retry): void;
  /** Resolves when everything added before is saved, or has failed and is left to the workers. */
  flushed(): Promise<void>;
}

/** Milliseconds; far shorter than the lease of the jobs. */
const COLLECT_MS = 25;

/** A batch that cannot be saved is not lost: the lease of its jobs expires, and a worker asks incidents again. */
export function linkWriter(db: Db): LinkWriter {
  const writer = batchWriter<AttachedGroup | Retry>({
    collectMs: COLLECT_MS,
    async write(batch) {
      const groups = batch.filter((each): each is AttachedGroup => 'links' in each);
      const jobs = batch.filter((each): each is Retry => !('links' in each));
      const links = groups.flatMap((group) => group.links);
      const claims = groups.map(({ claim }) => claim);
      if (groups.length > 0) await completeGroups(db, links, claims).catch(() => undefined);
      if (jobs.length > 0) await saveRetries(db, jobs).catch(() => undefined);
      return [];
    },
  });
  return {
    save: (links, claim) => void writer.add({ links, claim }),
    release: (job) => void writer.add(job),
    flushed: writer.flush,
  };
}
