import type { Db } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Report, SavedCaller } from '../domain';
import { type Counter, DELAY, judgeHold, uncounted } from '../domain/holds';
import { delayedSince } from '../store/flapping';
import { type HoldState, holdConfiguration, lockHoldStates, saveCounted } from '../store/holds';
import { lockMutes, MuteChanged, type StoredReport, type StoredReports, storeReports } from '../store/reports';
import { type Counted, countReports, lockCountersOf, releasesOf } from './counters';
import { delayTimers } from './jobs';

/** What a caller knows about its reports. */
interface Options {
  /** False if the reports were counted before, as those of another alert. */
  counts?: boolean;
}

/**
 * Stores reports as `storeReports` does, after it has judged their holds. Reports that no rule holds cost nothing more.
 * @throws MuteChanged, also if a rule was changed at the same time
 */
export async function storeWithHolds(
  db: Db,
  now: Date,
  reports: readonly Report[],
  by: SavedCaller,
  { counts = true }: Options = {},
): Promise<StoredReports> {
  if (reports.every(({ hold }) => hold === null)) return storeReports(db, now, reports, by);
  const work = (trx: Db): Promise<StoredReports> => storeHeld(trx, now, reports, by, counts);
  return db.isTransaction ? work(db) : db.transaction(work);
}

/** The order of locks: configuration, mutes, counters, alerts. */
async function storeHeld(
  trx: Db,
  now: Date,
  reports: readonly Report[],
  by: SavedCaller,
  counts: boolean,
): Promise<StoredReports> {
  const holds = reports.flatMap(({ hold }) => (hold === null ? [] : [hold]));
  for (const version of new Set(holds.map((hold) => hold.version))) {
    if (!(await holdConfiguration(trx, version))) throw new MuteChanged();
  }
  await lockMutes(trx, reports);
  const locked = await lockCountersOf(trx, holds, now);
  const before = await lockHoldStates(
    trx,
    reports.map(({ fingerprint }) => fingerprint),
  );
  const counters = await countReports(trx, locked, countedOf(reports, before, counts), now);
  const flapping = await delayedSince(trx, delayedOf(reports), now);
  const judged = reports.map((report) => {
    const known = before.get(report.fingerprint);
    return judge(report, counters.of, known, { now, delayed: flapping.get(report.fingerprint) });
  });
  const stored = await storeReports(trx, now, judged, by);
  await noteCounted(trx, stored.muted, reports);
  const delayed = stored.muted.map(({ alert }) => alert).filter((alert) => isNewDelay(alert, before));
  await enqueue(trx, now, [...delayTimers(delayed), ...(await releasesOf(trx, counters))]);
  return stored;
}

/** The reports to count: those that arrive, and those of a waiting alert that its counter lacks. */
const countedOf = (reports: readonly Report[], before: ReadonlyMap<string, HoldState>, counts: boolean): Counted[] =>
  reports.flatMap(({ hold, fingerprint, count }) => {
    if (hold === null) return [];
    const known = before.get(fingerprint);
    const earlier = known === undefined || known.muted_by === null ? 0 : uncounted(hold.key ?? '', known);
    return [{ hold, reports: earlier + (counts ? count : 0) }];
  });

/** Notes that all reports of the alerts that wait are counted. */
function noteCounted(trx: Db, waiting: readonly StoredReport[], reports: readonly Report[]): Promise<void> {
  const keys = new Map(reports.map(({ fingerprint, hold }) => [fingerprint, hold?.key ?? null]));
  return saveCounted(
    trx,
    waiting.flatMap(({ alert: { id, fingerprint, count } }) => {
      const key = keys.get(fingerprint) ?? null;
      return key === null ? [] : [{ id, key, reports: count }];
    }),
  );
}

/** The conditions of reports that are delayed. */
const delayedOf = (reports: readonly Report[]): string[] =>
  reports.flatMap(({ hold, fingerprint }) => (hold === null || hold.plan.delay === null ? [] : [fingerprint]));

function judge(
  report: Report,
  counters: ReadonlyMap<string, Counter>,
  before: HoldState | undefined,
  { now, delayed }: { now: Date; delayed: Date | undefined },
): Report {
  const asked = report.hold;
  if (asked === null) return report;
  // An alert that has an incident, or gets one, is not held any more.
  if (before !== undefined && before.muted_by === null) return { ...report, hold: null };
  const fired = before?.created_at ?? now;
  const began = { fired, delayed: delayed ?? fired };
  const { hold, entries } = judgeHold(asked, counters.get(asked.key ?? ''), began, now);
  const decision = [...(report.decision ?? []), ...entries];
  if (hold === null) return { ...report, hold: null, decision };
  const { id, key, until } = hold;
  return { ...report, hold: null, decision, muted_by: id, hold_key: key, muted_until: until, incident_id: null };
}

/** Whether no timer exists yet for the end of this delay. */
function isNewDelay(
  { hold_key, muted_until, fingerprint }: Pick<HoldState, 'hold_key' | 'muted_until' | 'fingerprint'>,
  before: ReadonlyMap<string, HoldState>,
): boolean {
  if (hold_key !== DELAY) return false;
  const known = before.get(fingerprint);
  return known?.hold_key !== DELAY || known.muted_until?.getTime() !== muted_until?.getTime();
}
