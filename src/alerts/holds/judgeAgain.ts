import type { Db } from '../../kernel/db/pool';
import type { JobOf } from '../../kernel/jobs/jobs';
import type { HoldEntry } from '../contract/holds';
import { DELAY, type Hold, judgeHold, type ReportHold, uncounted } from '../domain/holds';
import type { Configuration, Verdict } from '../rules/decide';
import { reportHold } from '../rules/ruleHolds';
import type { AlertRow } from '../store/alerts';
import { delayedSince } from '../store/flapping';
import { holdConfiguration, lockHoldStates, saveCounted } from '../store/holds';
import type { AlertJobs } from '../store/jobKinds';
import { type Counters, countReports, lockCountersOf, releasesOf } from './counters';
import { delayTimers } from './jobs';

/** An alert without an incident, and the verdict about it now. */
interface Decided {
  row: AlertRow;
  verdict: Verdict;
}

/** The result of the stage of holds. */
export interface Judged {
  hold: Hold | null;
  entries: HoldEntry[];
}

/**
 * Locks the configuration if one of these verdicts asks for a hold.
 * @returns false if it has changed since
 */
export async function holdConfigurationOf(
  trx: Db,
  decided: readonly Decided[],
  { version = 0 }: Configuration,
): Promise<boolean> {
  if (decided.every(({ verdict }) => verdict.hold === undefined)) return true;
  return holdConfiguration(trx, version);
}

/** Judges the holds of alerts that were muted or held until now. */
export async function judgeAgain(
  trx: Db,
  decided: readonly Decided[],
  now: Date,
): Promise<{ of: Map<string, Judged>; jobs(stored: ReadonlySet<string>): JobOf<AlertJobs>[] }> {
  const asked = decided.flatMap(({ row, verdict }) => {
    const hold = reportHold(verdict, row.fingerprint, 0);
    return hold === null ? [] : [{ row, hold }];
  });
  if (asked.length === 0) return { of: new Map(), jobs: () => [] };
  const counters = await countAgain(trx, decided, asked, now);
  const releases = await releasesOf(trx, counters);
  const delays = asked.filter(({ hold }) => hold.plan.delay !== null);
  const flapping = await delayedSince(
    trx,
    delays.map(({ row }) => row.fingerprint),
    now,
  );
  const of = new Map<string, Judged>();
  for (const { row, hold } of asked) {
    const began = { fired: row.created_at, delayed: flapping.get(row.fingerprint) ?? row.created_at };
    of.set(row.id, judgeHold(hold, counters.of.get(hold.key ?? ''), began, now));
  }
  const delayed = asked.map(({ row }) => row).filter((row) => isNewDelay(row, of.get(row.id)?.hold));
  const timer = ({ id }: AlertRow) => ({ id, muted_until: of.get(id)?.hold?.until ?? null });
  const jobs = (stored: ReadonlySet<string>) => [
    ...releases,
    ...delayTimers(delayed.filter(({ id }) => stored.has(id)).map(timer)),
  ];
  return { of, jobs };
}

/** Counts the reports that the counters lack, such as those during a silence. It locks all alerts of the decision at once. */
async function countAgain(
  trx: Db,
  decided: readonly Decided[],
  asked: readonly { row: AlertRow; hold: ReportHold }[],
  now: Date,
): Promise<Counters> {
  const locked = await lockCountersOf(
    trx,
    asked.map(({ hold }) => hold),
    now,
  );
  const states = await lockHoldStates(
    trx,
    decided.map(({ row }) => row.fingerprint),
  );
  const counted = asked.map(({ row: { id, fingerprint }, hold }) => {
    const state = states.get(fingerprint);
    const counts = hold.key !== null && state?.id === id;
    const saved = counts ? [{ id, key: hold.key as string, reports: state.count }] : [];
    return { hold, saved, reports: counts ? uncounted(hold.key as string, state) : 0 };
  });
  await saveCounted(
    trx,
    counted.flatMap(({ saved }) => saved),
  );
  return countReports(trx, locked, counted, now);
}

const isNewDelay = ({ hold_key, muted_until }: AlertRow, hold: Hold | null | undefined): boolean =>
  hold?.key === DELAY && (hold_key !== DELAY || muted_until?.getTime() !== hold.until?.getTime());

/** A hold as an alert stores it. */
export const heldFields = ({ hold }: Judged) =>
  hold === null ? {} : { muted_by: hold.id, muted_until: hold.until, hold_key: hold.key };
