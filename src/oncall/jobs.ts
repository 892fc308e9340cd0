import { type Db, withRetry } from '../kernel/db/pool';
import { BY_SYSTEM, SYSTEM_ACTOR } from '../kernel/events/events';
import type { HandlersOf } from '../kernel/jobs/jobs';
import { dailyRetention } from '../kernel/jobs/retention';
import { walkHandlers } from '../kernel/jobs/walks';
import { systemCaller } from '../kernel/ports/contract';
import { windowAt } from './domain/feedEvents';
import { nearestPlan } from './domain/simpleSchedule';
import type { ServiceDeps } from './service/deps';
import { enqueueHandoff, type OncallJobs } from './service/jobKinds';
import { type NoticeDeps, noticeJobs } from './service/notices';
import { overrideExpired } from './service/overrides';
import { rotationChange } from './service/writeSchedule';
import { forgetEndedFeeds } from './store/feeds';
import { recordHistory } from './store/history';
import { forgetNotices } from './store/notices';
import { expireOverride } from './store/overrides';
import { forgetPublished } from './store/publications';
import { forgetOld } from './store/retention';
import { changeSchedule, lockScheduleById, versionsFrom } from './store/schedules';

export type JobDeps = NoticeDeps & Pick<ServiceDeps, 'metrics'> & { retentionDays: number; auditDays: number };

const JUST_BEFORE_MS = 1;
/** How long lists show a calendar feed whose API key was revoked. */
const ENDED_FEED_DAYS = 30;

/** The jobs of this module. */
export function oncallJobs(deps: JobDeps): HandlersOf<OncallJobs> {
  const { db, clock, metrics, notify, retentionDays, auditDays } = deps;
  return {
    ...noticeJobs(deps),

    async handoff({ schedule_id, at }) {
      const team = await withRetry(db, (trx) => handOver(trx, schedule_id, new Date(at), clock.now()));
      if (team !== null) metrics.rotationChanges.inc({ team });
    },

    async override_over({ override_id }) {
      await withRetry(db, async (trx) => {
        const over = await expireOverride(trx, override_id, clock.now());
        if (over !== undefined) await recordHistory(trx, [overrideExpired(over)], BY_SYSTEM);
      });
    },

    ...walkHandlers(deps, (walk) => notify.walk(walk, systemCaller('self-watch'))),

    async erase_person({ email }) {
      await notify.erasePerson({ person: email }, systemCaller('erase-person'));
    },

    retention: dailyRetention({ db, clock, auditDays }, async (ago) => {
      await forgetOld(db, ago(retentionDays));
      await forgetNotices(db, ago(retentionDays));
      await forgetPublished(db, windowAt(clock.now()).from);
      await forgetEndedFeeds(db, ago(ENDED_FEED_DAYS));
    }),
  };
}

/**
 * Records a hand-off and enqueues the next one. The first call changes `handoff_at`; a repeat, or the job of a hand-off
 * that an edit has moved, finds another instant there and does nothing. Returns the team if its primary changed, else
 * null.
 */
async function handOver(trx: Db, scheduleId: string, due: Date, now: Date): Promise<string | null> {
  const schedule = await lockScheduleById(trx, scheduleId);
  if (schedule?.handoff_at?.getTime() !== due.getTime()) return null;
  const was = new Date(due.getTime() - JUST_BEFORE_MS);
  const versions = await versionsFrom(trx, scheduleId, was);
  const handoff_at = await enqueueHandoff(trx, scheduleId, { versions, after: due, now });
  const begins = versions.findLast(({ effective_from }) => effective_from.getTime() === due.getTime());
  const plan = begins === undefined ? {} : { ...nearestPlan(begins.layers), layered: begins.layered };
  await changeSchedule(trx, scheduleId, { ...plan, handoff_at });
  const rotation = rotationChange(versions, versions, { team: schedule.team, actor: SYSTEM_ACTOR, at: due, was });
  await recordHistory(trx, rotation, BY_SYSTEM);
  return rotation.length > 0 ? schedule.team : null;
}
