import { randomUUID } from 'node:crypto';
import type { IncidentsContract } from '../incidents/contract';
import { type Clock, days } from '../kernel/clock';
import type { Port } from '../kernel/contract';
import { type Db, withRetry } from '../kernel/db';
import { forgetEvents } from '../kernel/events';
import { forgetKeys } from '../kernel/idempotency';
import { enqueue, type HandlersOf, RetryIn } from '../kernel/jobs';
import { Problem } from '../kernel/problem';
import { type Attaching, callerOf } from './attaching';
import { again, patienceMs } from './domain';
import { type AlertJobs, byId, settle, unattached } from './store/alerts';
import { forgetAlerts } from './store/upkeep';
import { newLinks, someEnded, succeed } from './succession';

export interface JobDeps {
  db: Db;
  clock: Clock;
  incidents: Port<IncidentsContract>;
  attaching: Attaching;
  retentionDays: number;
  auditDays: number;
}

const CLOCKWORK_EVENT_DAYS = 7;

export function alertJobs({ db, clock, incidents, attaching, retentionDays, auditDays }: JobDeps) {
  const later = (since: string, reason: string) =>
    new RetryIn(patienceMs(new Date(since), clock.now(), Math.random()), reason);

  /** Incidents being away is no fault of the job's: it is asked again soon, and not ever more slowly. */
  async function whileAway<T>(since: string, answer: () => Promise<T>): Promise<T> {
    try {
      return await answer();
    } catch (error) {
      if (error instanceof Problem && error.kind === 'unavailable') throw later(since, error.detail);
      throw error;
    }
  }

  const attach: HandlersOf<AlertJobs>['attach'] = async (payload, job) => {
    const { by, since } = payload;
    const reports = new Map(payload.alerts.map(({ id, reports: n }) => [id, n]));
    const alerts = await byId(db, [...reports.keys()]);
    if (alerts.length === 0) return;
    const answers = await whileAway(since, () => attaching.ask(alerts, by));
    const count = (id: string): number => reports.get(id) ?? 1;
    await withRetry(db, async (trx) => {
      if (!someEnded(answers)) return settle(trx, newLinks(alerts, answers), [job]);
      await succeed(trx, {
        now: clock.now(),
        alerts,
        answers,
        claim: job,
        by,
        whose: 'anyones',
        reportsOf: ({ id }) => count(id),
        successor: (alert) => again(alert, randomUUID(), count(alert.id)),
      });
    });
  };

  /** An alert must be attached before it can end there: whose own job is still on the way is waited for. */
  const reportEnded: HandlersOf<AlertJobs>['report-ended'] = async ({ alerts, by, since }) => {
    const { results } = await whileAway(since, () => incidents.alertsEnded({ alerts }, callerOf(by)));
    const unknown = results.flatMap(({ alert_id, incident_id }) => (incident_id === null ? [alert_id] : []));
    if (unknown.length > 0 && (await unattached(db, unknown)).length > 0) {
      throw later(since, 'An alert is not attached yet.');
    }
  };

  const retention: HandlersOf<AlertJobs>['retention'] = async () => {
    const now = clock.now();
    const ago = (n: number): Date => new Date(now.getTime() - days(n));
    await forgetAlerts(db, ago(retentionDays));
    await forgetEvents(db, { people: ago(auditDays), clockwork: ago(CLOCKWORK_EVENT_DAYS) });
    await forgetKeys(db, now);
    await db.transaction((trx) => promiseRetention(trx, now, new Date(now.getTime() + days(1))));
  };

  return { attach, 'report-ended': reportEnded, retention } satisfies HandlersOf<AlertJobs>;
}

/** The daily clearing; promised under one name, so that however many processes start, it happens once a day. */
export const promiseRetention = (trx: Db, now: Date, runAt: Date): Promise<void> =>
  enqueue(trx, now, [{ kind: 'retention', payload: {}, key: 'retention', runAt }]);
