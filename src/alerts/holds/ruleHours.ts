import { withRetry } from '../../kernel/db/pool';
import { enqueue, type HandlersOf } from '../../kernel/jobs/jobs';
import type { RuleDeps } from '../rules/deps';
import { nextEnd } from '../rules/ruleHours';
import type { AlertJobs } from '../store/jobKinds';
import { allRules } from '../store/rules';
import { releaseHeldJob, ruleHoursJob } from './jobs';

/**
 * Handler of `rule-hours`: looks again at all held alerts, because the hours of a rule that holds some are over, and
 * schedules the next end. A change of rules enqueues it too.
 */
export const ruleHours =
  ({ db, clock }: Pick<RuleDeps, 'db' | 'clock'>): HandlersOf<AlertJobs>['rule-hours'] =>
  () =>
    withRetry(db, async (trx) => {
      const now = clock.now();
      const ends = (await allRules(trx)).flatMap(({ enabled, during, actions }) => {
        const holds = actions.threshold !== undefined || actions.delay_minutes !== undefined;
        return enabled && holds && during !== null ? [nextEnd(during, now).getTime()] : [];
      });
      const next = ends.length === 0 ? [] : [ruleHoursJob(new Date(Math.min(...ends)))];
      await enqueue(trx, now, [releaseHeldJob({}), ...next]);
    });
