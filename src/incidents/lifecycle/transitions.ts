import type { Db } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import type { Counted } from '../domain/acknowledgements';
import { flappingEnded } from '../domain/flappingEntries';
import type { Transition } from '../domain/states';
import type { Entry } from '../domain/timeline';
import { outcomeOf, outcomesOf } from '../escalation/outcome';
import { type IncidentJob, originOf } from '../jobKinds';
import type { IncidentMetrics } from '../metrics';
import { endLinksOf, writeTransition } from '../store/changes';
import { lockEscalation } from '../store/escalation';
import { clearFlapping } from '../store/flapping';
import { stopEscalations } from '../store/pause';
import { addTotals } from '../store/totals';
import { countOf, leavesRunning } from './acknowledgements';

/** The effects of a transition, by a person or by the end of the last alert. */

/** The reason of a resolution after the source ended the last alert. */
export const ALL_ALERTS_ENDED = 'all_alerts_ended';

/** A transition of one incident. */
export interface Changed {
  incidentId: string;
  change: Transition;
}

/**
 * Saves transitions of locked incidents: their status, escalations, links and totals, and the job that cancels queued
 * pages. Returns the entries to record. `count`: the acknowledgement of one incident whose policy asks for several people.
 * While more must acknowledge, the escalation continues; then, and while it is unknown how many must, only the queued pages
 * to the caller are cancelled.
 */
export async function applyTransitions(
  trx: Db,
  changes: readonly Changed[],
  {
    now,
    caller,
    because = {},
    count = null,
  }: { now: Date; caller: Caller; because?: Record<string, unknown>; count?: Counted | null },
): Promise<Entry[]> {
  const ids = changes.map(({ incidentId }) => incidentId);
  const pagesOn = leavesRunning(count);
  const bySource = because['reason'] === ALL_ALERTS_ENDED;
  const over = changes.filter(({ change }) => change.to === 'resolved').map(({ incidentId }) => incidentId);
  for (const { incidentId, change } of changes) await writeTransition(trx, incidentId, change, now);
  if (over.length > 0) await endLinksOf(trx, over, now);
  const flapped = over.length > 0 ? await clearFlapping(trx, over, now) : [];
  const acknowledged = changes.filter(({ change }) => change.to === 'acknowledged').map(({ incidentId }) => incidentId);
  const snoozed = pagesOn ? [] : await stopEscalations(trx, ids, { acknowledged, now });
  await addTotals(
    trx,
    changes.map(({ incidentId, change: { to, mttaMs, mttrMs } }) => ({
      incidentId,
      resolved: to === 'resolved' ? 1 : 0,
      mttaMs,
      mttrMs,
    })),
  );
  const jobs = pagesOn
    ? ids.map((id) => cancelOf(id, 'acknowledged', { now, caller, person: caller.email }))
    : [
        ...changes.map(({ incidentId, change }) => cancelOf(incidentId, change.to, { now, ...whose(count, caller) })),
        ...acknowledged.map(watchOf),
        ...changes.flatMap(({ incidentId, change }) => outcomesOf(incidentId, change, { now, caller, bySource })),
      ];
  await enqueue(trx, now, jobs);
  return changes.flatMap(({ incidentId, change: { from, to } }) => [
    ...(flapped.includes(incidentId) ? [flappingEnded(incidentId, 'resolved', { now, actor: caller.actor })] : []),
    ...(snoozed.includes(incidentId) ? [snoozeEnded(incidentId, to, caller.actor, now)] : []),
    { incidentId, eventType: to, actor: caller.actor, detail: { from, to, ...because }, at: now },
  ]);
}

/**
 * Acknowledges an incident that is acknowledged already. This changes something only after a timeout of the
 * acknowledgement or during a snooze, if it stops the paging again, or if more people must acknowledge. The caller holds the
 * incident.
 */
export async function acknowledgeAgain(
  trx: Db,
  incidentId: string,
  { count, now, caller }: { count: Counted | null; now: Date; caller: Caller },
): Promise<Entry[]> {
  const clock = await lockEscalation(trx, incidentId);
  if (clock === null || (clock.state === 'stopped' && !clock.snoozed && count?.unsure !== true)) return [];
  const detail = { from: 'acknowledged', to: 'acknowledged', ...countOf(count) };
  const entry: Entry = { incidentId, eventType: 'acknowledged', actor: caller.actor, detail, at: now };
  if (count !== null && (!count.complete || clock.acks.unsure)) {
    if (!count.fresh) return [];
    await enqueue(trx, now, [cancelOf(incidentId, 'acknowledged', { now, caller, person: caller.email })]);
    return [entry];
  }
  await stopEscalations(trx, [incidentId], { acknowledged: [incidentId], now });
  await enqueue(trx, now, [
    cancelOf(incidentId, 'acknowledged', { now, ...whose(count, caller) }),
    watchOf(incidentId),
    outcomeOf(incidentId, 'acknowledged', { now, caller }),
  ]);
  return clock.snoozed ? [snoozeEnded(incidentId, 'acknowledged', caller.actor, now), entry] : [entry];
}

/** While it is unknown how many people must acknowledge, the pages of others stay. */
const whose = (count: Counted | null, caller: Caller) => ({
  caller,
  ...(count?.unsure === true && { person: caller.email }),
});

/** Cancels pages that were queued before `now`, of one person if one is named. The job can run late, and must not cancel later pages. */
export const cancelOf = (
  incidentId: string,
  reason: string,
  { now, caller, person }: { now: Date; caller: Caller; person?: string | null },
): IncidentJob => ({
  kind: 'cancel',
  payload: {
    ...originOf(caller),
    incident_id: incidentId,
    reason,
    told_before: now.toISOString(),
    ...(person !== undefined && { person }),
  },
});

/** Starts the check for the timeout of an acknowledgement. The job asks oncall whether the policy has one. */
export const watchOf = (incidentId: string): IncidentJob => ({
  kind: 'ack_timeout',
  key: `ack:${incidentId}`,
  payload: { incident_id: incidentId },
});

/** The entry of a snooze that ended. */
export const snoozeEnded = (incidentId: string, reason: string, actor: string, at: Date): Entry => ({
  incidentId,
  eventType: 'snooze_ended',
  actor,
  detail: { reason },
  at,
});

/** Counts transitions in the metrics; called once, after the commit. */
export function observeTransitions(metrics: IncidentMetrics, changes: readonly Changed[]): void {
  for (const { change } of changes) {
    if (change.mttaMs !== null) metrics.acknowledged(change.mttaMs);
    if (change.mttrMs !== null) metrics.resolved(change.mttrMs);
  }
}
