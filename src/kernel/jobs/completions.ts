import { type BatchWriter, batchWriter } from '../async/batchWriter';
import type { Db } from '../db/pool';
import type { Claim } from './jobs';
import { finish, type Retry, saveRetries } from './queries';

/** The end of an attempt: completed, or put off to a later time. */
export type Outcome = { claim: Claim; retry?: Retry };

/**
 * Batches job completions and retries: all jobs that end in the same turn of the event loop are saved in one statement.
 * A completion that is lost makes a job run twice, so what could not be saved is tried again. If the writer is
 * abandoned, those jobs run again after their lease.
 * @param onAgain called when a completed job runs again, because its key was enqueued while it ran
 */
export const completions = (db: Db, onAgain: () => void): BatchWriter<Outcome> =>
  batchWriter({
    async write(batch) {
      const completed = batch.filter(({ retry }) => !retry).map(({ claim }) => claim);
      const { busy, again } = await finish(db, completed);
      await saveRetries(
        db,
        batch.flatMap(({ retry }) => retry ?? []),
      );
      if (again) onAgain();
      return batch.filter(({ claim }) => busy.has(claim.id));
    },
  });
