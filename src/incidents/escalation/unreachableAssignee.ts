import type { Db } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import type { Entry } from '../domain/timeline';
import { lockEscalation } from '../store/escalation';
import { restart } from '../store/pause';
import { restartJob } from './snooze';

/** Why the policy of an incident restarts if its assignee cannot be paged. */
export const ASSIGNEE_NOT_REACHED = 'The assignee could not be reached';

/**
 * Restarts the policy of a locked incident whose assignee is unknown on call, so that another person is paged. A policy
 * that runs, waits for its next try or is snoozed goes on by itself. Returns the entries to record.
 */
export async function restartWithoutAssignee(
  trx: Db,
  { id, name }: { id: string; name: string },
  { now, caller }: { now: Date; caller: Caller },
): Promise<Entry[]> {
  const escalation = await lockEscalation(trx, id);
  if (escalation === null || escalation.snoozed || escalation.state === 'running' || escalation.armed !== null)
    return [];
  const turn = await restart(trx, id, now);
  if (turn === null) return [];
  await enqueue(trx, now, [restartJob(id, turn, ASSIGNEE_NOT_REACHED, caller)]);
  return [notReachedEntry(id, name, now)];
}

/** The entry of an assignee who could not be paged, or whose page failed. */
export const notReachedEntry = (incidentId: string, name: string | null, at: Date): Entry => ({
  incidentId,
  eventType: 'nobody_reached',
  actor: 'system',
  detail: { why: 'assignee_not_reached', name },
  at,
});
