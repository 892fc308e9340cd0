import type { JobOf } from '../../kernel/jobs/jobs';
import type { AlertRow } from '../store/alerts';
import type { AlertJobs } from '../store/jobKinds';

/** The job that looks at held alerts again: those of a counter that is reached, or all after a change of rules. */
export const releaseHeldJob = (payload: { key?: string }): JobOf<AlertJobs> => ({
  kind: 'release-held',
  key: `release-held ${payload.key ?? 'all'}`,
  payload,
  reschedule: true,
});

/** The job that looks at held alerts when the hours of a rule end. */
export const ruleHoursJob = (runAt?: Date): JobOf<AlertJobs> => ({
  kind: 'rule-hours',
  key: 'rule-hours',
  payload: {},
  ...(runAt !== undefined && { runAt }),
  reschedule: true,
});

/** The timers of delays: one job for all alerts that are due at the same time. */
export function delayTimers(delayed: readonly Pick<AlertRow, 'id' | 'muted_until'>[]): JobOf<AlertJobs>[] {
  const due = new Map<number, string[]>();
  for (const { id, muted_until } of delayed) {
    if (muted_until === null) continue;
    const alerts = due.get(muted_until.getTime());
    if (alerts === undefined) due.set(muted_until.getTime(), [id]);
    else alerts.push(id);
  }
  return [...due].map(([at, alerts]) => ({ kind: 'release-held', payload: { alerts }, runAt: new Date(at) }));
}
