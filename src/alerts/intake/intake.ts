import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { orderedId } from '../../kernel/ids';
import type { Claim } from '../../kernel/jobs/jobs';
import type { Retry } from '../../kernel/jobs/queries';
import type { Log } from '../../kernel/observe/observe';
import { asDuplicate, fold, type Outcome, pendingOutcome, type Report, retryDelayMs } from '../domain';
import { type AlertRow, report, type SavedCaller, type Stored } from '../store/alerts';
import { ATTACH_DEADLINE_MS, type Attached, type Correlation } from './correlation';
import type { LinkWriter } from './linkWriter';
import { newLinks, reopenAlerts, reportedSince } from './reopen';

export interface IntakeDeps {
  db: Db;
  clock: Clock;
  log: Log;
  attaching: Correlation;
  settling: LinkWriter;
}

export interface Intake {
  /** Stores reports in one statement, has their alerts attached and answers in the order of the reports. */
  take(reports: readonly Report[], by: SavedCaller): Promise<Outcome[]>;
  /** The first half, also inside a transaction. */
  store(db: Db, reports: readonly Report[], by: SavedCaller): Promise<Stored>;
  /**
   * The incidents of alerts that were stored before, as incidents says: what their rows say may be no more than an
   * expectation. Knows none of those whom incidents does not answer for.
   */
  incidentsOf(alerts: AlertRow[], by: SavedCaller): Promise<Map<string, string>>;
  /** The second half, after the commit. */
  attach(stored: Stored, reports: readonly Report[], by: SavedCaller): Promise<Outcome[]>;
}

const unansweredJob = (claim: Claim, now: Date, random: number): Retry => ({
  ...claim,
  runAt: new Date(now.getTime() + retryDelayMs(now, now, random)),
  failures: 0,
  error: 'Incidents did not answer.',
  gaveUpAt: null,
  waitsFor: 'incidents',
});

/** So often in a row an incident may be resolved under a report before the rest is left to the job. */
const ROUNDS = 3;

export function createIntake({ db, clock, log, attaching, settling }: IntakeDeps): Intake {
  const store: Intake['store'] = (on, reports, by) => {
    const expecting = fold(reports).map((each) => ({ ...each, incident_id: attaching.expected(each) }));
    return report(on, clock.now(), expecting, by);
  };

  async function ask(alerts: AlertRow[], by: SavedCaller): Promise<Map<string, Attached> | null> {
    if (alerts.length === 0 || attaching.silent()) return null;
    try {
      return await attaching.ask(alerts, by);
    } catch (error) {
      log.debug({ err: error }, 'alerts are stored and will be attached later');
      return null;
    }
  }

  /** Of two that report a condition side by side, the one that did not store it may be the one that opens the incident. */
  function outcomeOf(alert: AlertRow, repeated: boolean, { incident_id, result }: Attached): Outcome {
    const young = clock.now().getTime() - alert.created_at.getTime() < ATTACH_DEADLINE_MS;
    const opened = result === 'new_incident' && (!repeated || young);
    return {
      alertId: alert.id,
      incidentId: incident_id,
      action: opened ? 'new_incident' : 'existing_incident',
      repeated,
    };
  }

  /** One question to incidents; answers what is to be asked next, if alerts had to be replaced. */
  async function round(
    stored: Stored,
    folded: Map<string, Report>,
    by: SavedCaller,
    outcomes: Map<string, Outcome>,
  ): Promise<Stored | null> {
    const repeated = (alert: AlertRow) => folded.get(alert.fingerprint)?.id !== alert.id;
    for (const alert of stored.alerts) outcomes.set(alert.fingerprint, pendingOutcome(alert.id, repeated(alert)));
    const answers = await ask(stored.alerts, by);
    if (stored.claim === null) return null;
    if (answers === null) {
      settling.handBack(unansweredJob(stored.claim, clock.now(), Math.random()));
      return null;
    }
    for (const alert of stored.alerts) {
      const answer = answers.get(alert.id);
      if (answer) outcomes.set(alert.fingerprint, outcomeOf(alert, repeated(alert), answer));
    }
    if (reportedSince(stored.alerts, answers, repeated).length === 0) {
      settling.later({ links: newLinks(stored.alerts, answers), claim: stored.claim });
      return null;
    }
    return replace({ ...stored, claim: stored.claim }, folded, answers, by);
  }

  async function replace(
    { alerts, claim }: Stored & { claim: NonNullable<Stored['claim']> },
    folded: Map<string, Report>,
    answers: Map<string, Attached>,
    by: SavedCaller,
  ): Promise<Stored | null> {
    const of = (alert: AlertRow) => folded.get(alert.fingerprint) as Report;
    try {
      const next = await withRetry(db, (trx) =>
        reopenAlerts(trx, {
          now: clock.now(),
          alerts,
          answers,
          claim,
          by,
          reportsOf: (alert) => of(alert).count,
          repeated: (alert) => of(alert).id !== alert.id,
          successor: (alert) => ({ ...of(alert), id: orderedId(clock.now()) }),
        }),
      );
      for (const report of next.reports) folded.set(report.fingerprint, report);
      return next;
    } catch (error) {
      log.debug({ err: error }, 'the job will replace what ended');
      return null;
    }
  }

  async function attach(stored: Stored, reports: readonly Report[], by: SavedCaller): Promise<Outcome[]> {
    const folded = new Map(fold(reports).map((report) => [report.fingerprint, report]));
    const outcomes = new Map<string, Outcome>();
    let next: Stored | null = stored;
    for (let asked = 0; next !== null && asked < ROUNDS; asked++) next = await round(next, folded, by, outcomes);
    const told = new Set<string>();
    return reports.map(({ fingerprint }) => {
      const outcome = outcomes.get(fingerprint) as Outcome;
      if (told.has(fingerprint)) return asDuplicate(outcome);
      told.add(fingerprint);
      return outcome;
    });
  }

  return {
    store,
    attach,
    async incidentsOf(alerts, by) {
      const answers = await ask(alerts, by);
      return new Map([...(answers ?? [])].map(([id, { incident_id }]) => [id, incident_id]));
    },
    take: async (reports, by) => attach(await store(db, reports, by), reports, by),
  };
}
