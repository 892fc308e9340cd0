import type { Db } from '../../kernel/db/pool';
import { enqueue, type JobOf } from '../../kernel/jobs/jobs';
import type { WalkJobs } from '../../kernel/jobs/walks';
import type { Target } from '../../notify/contract';
import { onCallAt, type Version } from '../domain/onCall';

/** The jobs of this module. */
export type OncallJobs = WalkJobs & {
  /** Records a hand-off of a schedule at its instant. */
  handoff: { schedule_id: string; at: string };
  /** Records that an override ran out. */
  override_over: { override_id: string };
  /** Looks for hand-offs that are near. */
  notices: Record<string, never>;
  /** Looks for gaps that begin within a week. */
  gap_reminders: Record<string, never>;
  tell_notice: { key: string; team: string; message: string; to: Target };
  /** Deletes the contact methods and rules of a person who was deleted. */
  erase_person: { email: string };
  retention: Record<string, never>;
};
export type OncallJob = JobOf<OncallJobs>;

/** Enqueues the job that records the next hand-off. Returns its instant, or null if there is none. */
export async function enqueueHandoff(
  trx: Db,
  scheduleId: string,
  { versions, after, now }: { versions: readonly Version[]; after: Date; now: Date },
): Promise<Date | null> {
  const runAt = onCallAt(versions, [], after).until;
  if (runAt === null) return null;
  const payload = { schedule_id: scheduleId, at: runAt.toISOString() };
  const job: OncallJob = { kind: 'handoff', key: `handoff:${scheduleId}`, payload, runAt, reschedule: true };
  await enqueue(trx, now, [job]);
  return runAt;
}

/** Enqueues the job that records the end of an override. */
export const enqueueOverrideEnd = (trx: Db, overrideId: string, runAt: Date, now: Date): Promise<void> => {
  const job: OncallJob = {
    kind: 'override_over',
    key: `override:${overrideId}`,
    payload: { override_id: overrideId },
    runAt,
    reschedule: true,
  };
  return enqueue(trx, now, [job]);
};
