import { type Clock, minutes } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import { enqueue, type HandlersOf, type JobOf } from '../kernel/jobs/jobs';
import { dailyRetention } from '../kernel/jobs/retention';
import type { Deliver } from './delivery/deliver';
import type { OutcomeAsk, TellOutcome } from './delivery/outcomeJob';
import { bringWaitingForward, type Waiting } from './delivery/restoredChannel';
import { dropMonths, foldTallies, forgetNotifications, forgetStrayAttempts, makeMonths } from './store/retention';

export type NotifyKinds = {
  /** `asked`: the provider asked for the time of this attempt. */
  deliver: { notification_id: string; asked?: true };
  /** Makes attempts that wait for a restored channel due. */
  bring_forward: Waiting;
  /** One chunk of the addresses of a notice. */
  outcome: OutcomeAsk;
  retention: object;
  fold_tallies: object;
};
export type NotifyJob = JobOf<NotifyKinds>;

export interface JobDeps {
  db: Db;
  clock: Clock;
  deliver: Deliver;
  tellOutcome: TellOutcome;
  retentionDays: number;
  auditDays: number;
}

const FOLD_EVERY_MS = minutes(5);

/** Upkeep jobs, which enqueue themselves again at their end. Every start enqueues them; an existing one stays. */
export const UPKEEP: readonly NotifyJob[] = [
  { kind: 'retention', key: 'retention', payload: {} },
  { kind: 'fold_tallies', key: 'fold_tallies', payload: {} },
];

export function handlers({
  db,
  clock,
  deliver,
  tellOutcome,
  retentionDays,
  auditDays,
}: JobDeps): HandlersOf<NotifyKinds> {
  const again = (job: NotifyJob, afterMs: number) => {
    const now = clock.now();
    return enqueue(db, now, [{ ...job, runAt: new Date(now.getTime() + afterMs) }]);
  };

  return {
    deliver: ({ notification_id }, job) => deliver(notification_id, job),
    bring_forward: (waiting) => bringWaitingForward({ db, clock }, waiting),
    outcome: (ask, job) => tellOutcome(ask, job),
    async fold_tallies() {
      await foldTallies(db);
      await again({ kind: 'fold_tallies', key: 'fold_tallies', payload: {} }, FOLD_EVERY_MS);
    },
    retention: dailyRetention({ db, clock, auditDays }, async (ago) => {
      await makeMonths(db, clock.now());
      await forgetNotifications(db, ago(retentionDays));
      await dropMonths(db, ago(retentionDays));
      await forgetStrayAttempts(db, ago(retentionDays));
    }),
  };
}
