import type { IncidentsContract } from '../incidents/contract';
import { type Clock, days } from '../kernel/clock';
import { type Db, withRetry } from '../kernel/db/pool';
import { orderedId } from '../kernel/ids';
import { type Claim, complete, type HandlersOf, RetryIn } from '../kernel/jobs/jobs';
import { dailyRetention } from '../kernel/jobs/retention';
import type { Port } from '../kernel/ports/contract';
import { Problem } from '../kernel/ports/problem';
import { again, retryDelayMs } from './domain';
import { type Correlation, callerOf } from './intake/correlation';
import { newLinks, reopenAlerts, reportedSince } from './intake/reopen';
import { type AlertJobs, type AlertRow, anySince, byId, type Reported, type Stored } from './store/alerts';
import { forgetGroups } from './store/groups';
import { correlate } from './store/links';
import { forgetResolutions } from './store/resolutions';
import { forgetAlerts } from './store/retention';

export interface JobDeps {
  db: Db;
  clock: Clock;
  incidents: Port<IncidentsContract>;
  attaching: Correlation;
  retentionDays: number;
  auditDays: number;
}

/** A successor's incident may be resolved in turn; after this many the next lease lets it rest. */
const ROUNDS = 3;

export function alertJobs({ db, clock, incidents, attaching, retentionDays, auditDays }: JobDeps) {
  const later = (since: string, reason: string, waitsFor?: string) =>
    new RetryIn(retryDelayMs(new Date(since), clock.now(), Math.random()), reason, waitsFor);

  /** Incidents being away is no fault of the job's: it is asked again soon, at the latest when it is back. */
  async function whileAway<T>(since: string, answer: () => Promise<T>): Promise<T> {
    try {
      return await answer();
    } catch (error) {
      if (error instanceof Problem && error.kind === 'unavailable') throw later(since, error.detail, 'incidents');
      throw error;
    }
  }

  /** Asks about one group; answers the group that takes the place of what ended meanwhile, if any did. */
  async function attachGroup(
    { made = [], alerts: others, by, since }: AlertJobs['attach'],
    claim: Claim,
  ): Promise<Stored | null> {
    const reported: Reported[] = [...made.map((id) => ({ id, reports: 1, made: true })), ...others];
    const reports = new Map(reported.map((each) => [each.id, each]));
    const alerts = await byId(db, [...reports.keys()]);
    if (alerts.length === 0) return null;
    const rises = new Map(reported.flatMap(({ id, raised }) => (raised ? [[id, raised] as const] : [])));
    const answers = await whileAway(since, () => attaching.ask(alerts, by, rises));
    const repeated = ({ id }: AlertRow): boolean => reports.get(id)?.made !== true;
    if (reportedSince(alerts, answers, repeated).length === 0) {
      // Not in haste, as behind a client's back: the worker ends this job once more, and would end it for good where a
      // crash of the database had just taken back what the answer was.
      await db.transaction(async (trx) => {
        await correlate(trx, newLinks(alerts, answers));
        await complete(trx, [claim]);
      });
      return null;
    }
    const reportsOf = ({ id }: { id: string }): number => reports.get(id)?.reports ?? 1;
    return withRetry(db, (trx) =>
      reopenAlerts(trx, {
        now: clock.now(),
        alerts,
        answers,
        claim,
        by,
        reportsOf,
        repeated,
        successor: (alert) => again(alert, orderedId(clock.now()), reportsOf(alert)),
      }),
    );
  }

  const attach: HandlersOf<AlertJobs>['attach'] = async (payload, job) => {
    let next = await attachGroup(payload, job);
    for (let round = 1; next?.claim && round < ROUNDS; round++) {
      const alerts = next.alerts.map(({ id, count }) => ({ id, reports: count }));
      next = await attachGroup({ ...payload, made: [], alerts }, next.claim);
    }
  };

  /**
   * An alert must be attached before it can end there: its own job is on the way, and waited for, unless incidents is as
   * old as to have forgotten it.
   */
  const reportEnded: HandlersOf<AlertJobs>['report-ended'] = async ({ alerts, by, since, group }) => {
    const ended = { alerts, ...(group && { group }) };
    const { results } = await whileAway(since, () => incidents.alertsEnded(ended, callerOf(by)));
    const unknown = results.filter(({ incident_id }) => incident_id === null).map(({ alert_id }) => alert_id);
    if (unknown.length > 0 && (await anySince(db, unknown, ago(retentionDays)))) {
      throw later(since, 'An alert is not attached yet.');
    }
  };

  const reportGroup: HandlersOf<AlertJobs>['report-group'] = async ({ group, alerts, by, since }) => {
    const { unknown } = await whileAway(since, () => incidents.reportGroup({ ...group, alerts }, callerOf(by)));
    if (unknown.length > 0 && (await anySince(db, unknown, ago(retentionDays)))) {
      throw later(since, 'An alert is not attached yet.');
    }
  };

  const ago = (n: number): Date => new Date(clock.now().getTime() - days(n));

  const retention = dailyRetention({ db, clock, auditDays }, async (before) => {
    await forgetAlerts(db, before(retentionDays));
    await forgetGroups(db, before(1));
    await forgetResolutions(db, before(1));
  });

  return {
    attach,
    'report-ended': reportEnded,
    'report-group': reportGroup,
    retention,
  } satisfies HandlersOf<AlertJobs>;
}
