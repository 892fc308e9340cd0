import { minutes, seconds } from '../../kernel/clock';
import { withRetry } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import { systemCaller } from '../../kernel/ports/contract';
import type { Deps } from '../deps';
import type { IncidentJob, IncidentJobKinds } from '../jobKinds';
import { lockIncidents } from '../store/changes';
import { UNDO_WITHIN_MS } from '../store/undo';
import { bringForward, failedDeliveriesAfter } from '../store/waitingEscalations';
import { restartJob } from './snooze';

/**
 * Policies that wait run earlier if that may reach a responder now: another responder can be paged (`recheckWaiting`), or
 * a channel works again (`retryDeliveries`). Such an extra run of an exhausted policy does not lengthen the back-off, and
 * notifies the fallback only if it is still running at the time of the regular try and fails then.
 */

/** Escalations that are checked in one transaction. */
export const AT_A_TIME = 100;
/** Between an extra run because of a channel and the next one. */
const SPACING_MS = minutes(5);
/** A restored channel delivers the pages that still wait first, so that no one gets a page of the extra run as well. */
const DELIVERIES_FIRST_MS = seconds(10);
const CHANNEL_RESTORED = 'A channel works again';

/**
 * The jobs that try the policies again whose pages this channel did not deliver: soon, and once more for incidents whose
 * acknowledgement or resolution is undone meanwhile.
 */
export const retryDeliveriesJobs = (channel: string, now: Date): IncidentJob[] =>
  [DELIVERIES_FIRST_MS, DELIVERIES_FIRST_MS + UNDO_WITHIN_MS].map((delay) => ({
    kind: 'retry_exhausted',
    key: `retry_exhausted:${channel}:in ${delay}`,
    payload: { channel, restored_at: now.toISOString() },
    runAt: new Date(now.getTime() + delay),
    reschedule: true,
  }));

export type StepPayload = IncidentJobKinds['step'];

/** A step that runs earlier than planned. */
export interface ExtraRun {
  incidentId: string;
  turn: number;
  at: Date;
  job: { kind: 'step'; payload: StepPayload };
}

/** Runs policies whose last cycle failed because this channel delivered none of its pages. */
export async function retryDeliveries(
  deps: Deps,
  { channel, restored_at, after = null }: { channel?: string; restored_at?: string; after?: string | null },
): Promise<void> {
  const { db, clock } = deps;
  const now = clock.now();
  const rows = await failedDeliveriesAfter(db, {
    ...{ channel: channel ?? null, after, now, restoredAt: restored_at === undefined ? now : new Date(restored_at) },
    ...{ spacingMs: SPACING_MS, limit: AT_A_TIME },
  });
  const last = rows.length < AT_A_TIME ? undefined : rows.at(-1)?.incidentId;
  const next: IncidentJob[] =
    last === undefined
      ? []
      : [
          {
            kind: 'retry_exhausted',
            key: `retry_exhausted:${channel}:${last}`,
            payload: { ...(channel !== undefined && { channel }), ...(restored_at && { restored_at }), after: last },
          },
        ];
  const runs = rows.map(
    (row): ExtraRun => ({ ...row, job: { kind: 'step', payload: firstStep(row, CHANNEL_RESTORED) } }),
  );
  await bringRunsForward(deps, runs, next);
}

/** The first step of the next cycle of an exhausted policy. */
export const firstStep = (
  { incidentId, turn, atWork }: { incidentId: string; turn: number; atWork: string | null },
  reason: string,
  assignee: { name: string; email: string } | null = null,
): StepPayload => {
  const caller = systemCaller(`extra-run-${incidentId}`);
  return restartJob(incidentId, turn + 1, reason, caller, { assignee, spare: atWork ?? undefined }).payload;
};

/** Brings these runs forward and enqueues their steps, together with the job for the incidents that follow. */
export async function bringRunsForward(
  { db, clock, poke }: Deps,
  runs: readonly ExtraRun[],
  next: readonly IncidentJob[],
): Promise<void> {
  await withRetry(db, async (trx) => {
    const now = clock.now();
    await lockIncidents(
      trx,
      runs.map(({ incidentId }) => incidentId),
    );
    const jobs = [...next];
    for (const { incidentId, turn, at, job } of runs) {
      if (await bringForward(trx, { incidentId, turn, at })) jobs.push({ ...job, runAt: at });
    }
    await enqueue(trx, now, jobs);
  });
  poke();
}
