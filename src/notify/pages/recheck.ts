import type { Db } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import { dueJob } from './build';
import { openPagesOf } from './store';

/** Looks at the open pages of a person again, because their contact methods or rules changed. */
export async function recheckPages(trx: Db, person: string, now: Date): Promise<void> {
  const ids = await openPagesOf(trx, person);
  await enqueue(
    trx,
    now,
    ids.map((id) => dueJob(id)),
  );
}
