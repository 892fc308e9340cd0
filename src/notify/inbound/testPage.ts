import { type Db, withRetry } from '../../kernel/db/pool';
import type { AnswerResult } from '../contract';
import { cancelPages } from '../pages/store';
import { cancelWaiting } from '../store/notifications';
import type { Resolved } from './resolve';

const WORDS = 'Your test page is answered. No incident is behind it.';

/** An answer to a test page: the rules that would follow do not run. Repeated, it says the same. */
export async function answerTestPage(
  db: Db,
  { action, incidentId, person }: Pick<AnswerResult, 'action'> & Pick<Resolved, 'person'> & { incidentId: string },
  now: Date,
): Promise<AnswerResult> {
  await withRetry(db, async (trx) => {
    await cancelPages(trx, incidentId, { reason: 'acknowledged', before: undefined });
    const all = { createdBefore: undefined, person: undefined, outcome: undefined };
    await cancelWaiting(trx, incidentId, { reason: 'acknowledged', ...all });
  });
  const by = person?.name ?? null;
  return { action, incidentId, result: 'done', title: 'Test page', by, at: now.toISOString(), words: WORDS };
}
