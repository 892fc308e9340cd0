import type { Caller } from '../kernel/contract';
import type { Db } from '../kernel/db';
import { enqueue } from '../kernel/jobs';
import type { Entry } from './domain/opening';
import type { Transition } from './domain/states';
import type { IncidentMetrics } from './metrics';
import { type IncidentJob, originOf } from './promises';
import { endLinksOf, writeTransition } from './store/changes';
import { stopClocks } from './store/escalation';
import { addTotals } from './store/totals';

/** What every transition does, whoever caused it: a person, or the end of the last alert. */

export interface Changed {
  incidentId: string;
  change: Transition;
}

/**
 * Writes transitions of locked incidents: their state, clocks, links, totals and the job that cancels what is queued.
 * Answers the entries to record.
 */
export async function enter(
  trx: Db,
  changes: readonly Changed[],
  { now, caller, because = {} }: { now: Date; caller: Caller; because?: Record<string, unknown> },
): Promise<Entry[]> {
  const ids = changes.map(({ incidentId }) => incidentId);
  const over = changes.filter(({ change }) => change.to === 'resolved').map(({ incidentId }) => incidentId);
  for (const { incidentId, change } of changes) await writeTransition(trx, incidentId, change, now);
  if (over.length > 0) await endLinksOf(trx, over, now);
  await stopClocks(trx, ids);
  await addTotals(
    trx,
    changes.map(({ incidentId, change: { to, mttaMs, mttrMs } }) => ({
      incidentId,
      resolved: to === 'resolved' ? 1 : 0,
      mttaMs,
      mttrMs,
    })),
  );
  await enqueue(
    trx,
    now,
    changes.map((changed) => cancelOf(changed, caller)),
  );
  return changes.map(({ incidentId, change: { from, to } }) => ({
    incidentId,
    eventType: to,
    actor: caller.actor,
    detail: { from, to, ...because },
    at: now,
  }));
}

const cancelOf = ({ incidentId, change }: Changed, caller: Caller): IncidentJob => ({
  kind: 'cancel',
  payload: { ...originOf(caller), incident_id: incidentId, reason: change.to },
});

/** After the commit, once: what the transitions mean for the mean times. */
export function observeTransitions(metrics: IncidentMetrics, changes: readonly Changed[]): void {
  for (const { change } of changes) {
    if (change.mttaMs !== null) metrics.acknowledged(change.mttaMs);
    if (change.mttrMs !== null) metrics.resolved(change.mttrMs);
  }
}
