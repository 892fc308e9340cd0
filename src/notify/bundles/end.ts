import type { Db } from '../../kernel/db/pool';
import { type By, record } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { NextState } from '../domain';
import { failedEvent, sentEvent } from '../events';
import { dueJob } from '../pages/build';
import { reachPage } from '../pages/store';
import { endMembers } from './store';

/** The end of a bundle is the end of each of its pages: sent, or failed, and then the next rule of the page starts. */
export async function endPages(
  trx: Db,
  { id }: { id: string },
  next: Exclude<NextState, { status: 'queued' }>,
  { by, now }: { by: By; now: Date },
): Promise<void> {
  const isSent = next.status === 'sent';
  const ended = await endMembers(
    trx,
    id,
    isSent ? { status: 'sent', sent_at: now } : { status: 'failed', reason: next.reason },
  );
  const events = ended.map((row) => (isSent ? sentEvent(row, by.actor, now) : failedEvent(row, by.actor, now)));
  await record(trx, events, by);
  const pages = ended.flatMap(({ page_id }) => page_id ?? []);
  if (!isSent)
    return enqueue(
      trx,
      now,
      pages.map((page) => dueJob(page)),
    );
  for (const page of pages) await reachPage(trx, page);
}
