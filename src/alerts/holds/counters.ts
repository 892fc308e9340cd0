import type { Db } from '../../kernel/db/pool';
import { type Counter, type ReportHold, seenBy, type ThresholdPlan } from '../domain/holds';
import { addEvents } from '../domain/slidingWindow';
import { awaited, lockCounters, saveCounters } from '../store/holds';
import { releaseHeldJob } from './jobs';

/** Reports that a threshold counts. */
export interface Counted {
  hold: Pick<ReportHold, 'plan' | 'key'>;
  reports: number;
}

/** Counters after the reports of a transaction, which holds their locks. */
export interface Counters {
  of: ReadonlyMap<string, Counter>;
  /** Keys whose count is reached. */
  reached: readonly string[];
}

type KeyedHold = Counted['hold'];

/** Locks the counters of these holds, and reads them. Call it before the alerts are locked. */
export const lockCountersOf = (trx: Db, holds: readonly KeyedHold[], now: Date): Promise<Map<string, Counter>> =>
  lockCounters(
    trx,
    holds.flatMap(({ key, plan }) => (key === null || plan.threshold === null ? [] : [key])),
    now,
  );

/** Counts reports. @param counters the locked ones, see `lockCountersOf`; they are changed */
export async function countReports(
  trx: Db,
  counters: Map<string, Counter>,
  counted: readonly Counted[],
  now: Date,
): Promise<Counters> {
  const sums = new Map<string, { plan: ThresholdPlan; reports: number }>();
  for (const { hold, reports } of counted) {
    const { key, plan } = hold;
    if (key === null || plan.threshold === null) continue;
    sums.set(key, { plan: plan.threshold, reports: reports + (sums.get(key)?.reports ?? 0) });
  }
  const reached: string[] = [];
  const changed = new Map<string, Counter>();
  for (const [key, { plan, reports }] of sums) {
    const before = counters.get(key) ?? { events: [], reachedAt: null };
    const after = countedAt(before, plan, reports, now);
    if (after.reachedAt !== before.reachedAt) reached.push(key);
    counters.set(key, after);
    if (reports > 0 || after.reachedAt !== before.reachedAt) changed.set(key, after);
  }
  await saveCounters(trx, changed, now);
  return { of: counters, reached };
}

/** Pure: a counter after some reports. The time of reaching is never before a report that it counts. */
function countedAt(before: Counter, plan: ThresholdPlan, reports: number, now: Date): Counter {
  const events = reports === 0 ? before.events : addEvents(before.events, now.getTime(), reports, plan.count);
  if (seenBy(plan, { ...before, events }, now) < plan.count) return { ...before, events };
  return { events, reachedAt: new Date(Math.max(now.getTime(), events.at(-1)?.[0] ?? 0)) };
}

/** The jobs that release the alerts that wait for counters that are reached now. */
export async function releasesOf(trx: Db, { reached }: Counters) {
  return (await awaited(trx, reached)).map((key) => releaseHeldJob({ key }));
}
