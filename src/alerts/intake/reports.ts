import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import type { Claim } from '../../kernel/jobs/jobs';
import type { Retry } from '../../kernel/jobs/queries';
import type { Log } from '../../kernel/observe/observe';
import type { Report, SavedCaller } from '../domain';
import { fold } from '../domain/fold';
import {
  asDuplicate,
  droppedOutcome,
  mutedOutcome,
  type Outcome,
  pendingOutcome,
  retryDelayMs,
} from '../domain/outcome';
import { storeWithHolds } from '../holds/storeHeld';
import type { Decider } from '../rules/decider';
import type { AlertRow } from '../store/alerts';
import { lockConfiguration } from '../store/mutes';
import { MuteChanged, type StoredReport } from '../store/reports';
import { type AttachMode, attachGroup } from './attach';
import { type Answers, ATTACH_DEADLINE_MS, type Attached, type Correlation } from './correlation';
import type { Group, Member } from './group';
import type { LinkWriter } from './linkWriter';

export interface ReportDeps {
  db: Db;
  clock: Clock;
  log: Log;
  correlation: Correlation;
  links: LinkWriter;
  decider: Decider;
}

/** Stores reports in one statement and attaches their alerts. @returns an outcome for each report, in their order */
export async function takeReports(deps: ReportDeps, reports: readonly Report[], by: SavedCaller): Promise<Outcome[]> {
  const stored = await whileMutesChange(deps, (db) => decideAndStore(deps, db, reports, by));
  return attachReports(deps, stored, reports);
}

/** Reports after rules and mutes. */
export interface DecidedAndStored {
  /** The alerts to attach, with their job; null if there are none. */
  group: Group | null;
  /** Alerts that are muted or held. */
  muted: readonly StoredReport[];
  /** Reports that a rule dropped, with the id of the rule. */
  dropped: ReadonlyMap<Report, string>;
}

/**
 * Runs rules and mutes on reports, folds them and stores them.
 * @param db a transaction, if the reports are to be stored together with other rows
 * @returns what to pass to `attachReports` after the commit
 * @throws MuteChanged; see `whileMutesChange`
 */
export async function decideAndStore(
  { clock, correlation, decider }: Pick<ReportDeps, 'clock' | 'correlation' | 'decider'>,
  db: Db,
  reports: readonly Report[],
  by: SavedCaller,
): Promise<DecidedAndStored> {
  const { kept, dropped } = await decider.decide(reports, db);
  const folded = fold(kept).map((report) => ({
    ...report,
    incident_id: report.muted_by === null ? correlation.expected(report) : null,
  }));
  const { group, muted } = await storeWithHolds(db, clock.now(), folded, by);
  return { group: group && { ...group, by }, muted, dropped };
}

/** How often `work` runs without a lock. */
const FREE_TRIES = 3;
const PAUSE_MS = 5;

/**
 * Runs `work` again with the new configuration if a mute was changed at the same time. After some tries it locks the
 * configuration first: changes wait then, so that a burst of them refuses no report.
 * @param work runs in the given database, or in the transaction that holds the lock
 */
export async function whileMutesChange<T>(
  { db, decider }: Pick<ReportDeps, 'db' | 'decider'>,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  for (let tries = 1; tries <= FREE_TRIES; tries++) {
    try {
      return await work(db);
    } catch (error) {
      if (!(error instanceof MuteChanged)) throw error;
      await sleep(Math.random() * PAUSE_MS * tries);
      await decider.refresh();
    }
  }
  return withRetry(db, async (trx) => {
    await lockConfiguration(trx);
    await decider.refresh(trx);
    return work(trx);
  });
}

/** Attaches a stored group. @returns an outcome for each report, in their order */
export async function attachReports(
  deps: ReportDeps,
  { group, muted, dropped }: DecidedAndStored,
  reports: readonly Report[],
): Promise<Outcome[]> {
  const outcomes = new Map<string, Outcome>();
  for (const { alert, created } of muted) outcomes.set(alert.fingerprint, mutedOutcome(alert, !created));
  if (group !== null) await attachGroup(deps, group, requestMode(deps, outcomes));
  const answered = new Set<string>();
  return reports.map((report) => {
    const rule = dropped.get(report);
    if (rule !== undefined) return droppedOutcome(rule);
    const { fingerprint } = report;
    const outcome = outcomes.get(fingerprint) as Outcome;
    if (answered.has(fingerprint)) return asDuplicate(outcome);
    answered.add(fingerprint);
    return outcome;
  });
}

/**
 * Incidents of alerts that were stored by an earlier request, by alert id. Incidents is asked, because the incident in a
 * row can be an expectation only. Empty if incidents does not answer.
 */
export async function incidentsOf(
  deps: Pick<ReportDeps, 'log' | 'correlation'>,
  alerts: readonly AlertRow[],
  by: SavedCaller,
): Promise<Map<string, string>> {
  const answers = await askNow(
    deps,
    alerts.map((alert) => ({ alert })),
    by,
  );
  return new Map([...(answers ?? [])].map(([id, { incident_id }]) => [id, incident_id]));
}

/** How a request attaches its alerts: it writes the results for the client into `outcomes`, by fingerprint. */
const requestMode = (deps: ReportDeps, outcomes: Map<string, Outcome>): AttachMode => ({
  async ask({ members, claim, by }) {
    for (const { alert, created } of members) {
      outcomes.set(alert.fingerprint, pendingOutcome(alert.id, !created));
    }
    const answers = await askNow(deps, members, by);
    if (answers === null) {
      deps.links.release(unansweredJob(claim, deps.clock.now(), Math.random()));
      return null;
    }
    for (const member of members) {
      const answer = answers.get(member.alert.id);
      if (answer) outcomes.set(member.alert.fingerprint, outcomeOf(member, answer, deps.clock.now()));
    }
    return answers;
  },
  save: deps.links.save,
  reopenFailed: (error) => deps.log.debug({ err: error }, 'ended alerts not reopened; their job will reopen them'),
});

/** The answers of incidents; null if it is silent or fails. */
async function askNow(
  { correlation, log }: Pick<ReportDeps, 'log' | 'correlation'>,
  alerts: Parameters<Correlation['ask']>[0],
  by: SavedCaller,
): Promise<Answers | null> {
  if (alerts.length === 0 || correlation.silent()) return null;
  try {
    return await correlation.ask(alerts, by);
  } catch (error) {
    log.debug({ err: error }, 'alerts stored but not attached; their job will attach them');
    return null;
  }
}

/**
 * If two requests report a condition at the same time, one creates the alert and either of them opens the incident. So a
 * report that did not create its alert can still be the one that opened the incident, while the alert is young.
 */
function outcomeOf({ alert, created }: Member, { incident_id, result }: Attached, now: Date): Outcome {
  const young = now.getTime() - alert.created_at.getTime() < ATTACH_DEADLINE_MS;
  const opened = result === 'new_incident' && (created || young);
  return {
    alertId: alert.id,
    incidentId: incident_id,
    action: opened ? 'new_incident' : 'existing_incident',
    repeated: !created,
  };
}

const unansweredJob = (claim: Claim, now: Date, random: number): Retry => ({
  ...claim,
  runAt: new Date(now.getTime() + retryDelayMs(now, now, random)),
  failures: 0,
  error: 'Incidents did not answer.',
  gaveUpAt: null,
  waitsFor: 'incidents',
});
