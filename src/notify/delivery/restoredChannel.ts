import type { Clock } from '../../kernel/clock';
import { type Db, notifyAfterCommit } from '../../kernel/db/pool';
import { BY_SYSTEM, record } from '../../kernel/events/events';
import { enqueue, JOBS_CHANNEL, type Job } from '../../kernel/jobs/jobs';
import type { ChannelName } from '../contract';
import { restoredEvent } from '../events';
import { bringForward } from '../store/waitingDeliveries';

/**
 * After an outage, what waits for its next attempt is delivered within seconds, instead of after the rest of its back-off.
 * Ten seconds after the recovery the module incidents pages again for incidents whose pages are still not delivered, and
 * a person would get both.
 */

/** Attempts that are brought forward in one statement. */
const AT_A_TIME = 500;
/** The attempts of one statement are spread over this time. */
const SPREAD_MS = 3_000;

/** The attempts that waited for this channel when it was restored. */
export type Waiting = { channel: ChannelName; restored_at: string };

const jobOf = (payload: Waiting): Job<'bring_forward', Waiting> => ({
  kind: 'bring_forward',
  key: `bring_forward:${payload.channel}:${payload.restored_at}`,
  payload,
});

/** Records in the transaction that these channels are restored, and enqueues the jobs that bring their attempts forward. */
export async function announceRestored(trx: Db, channels: readonly ChannelName[], now: Date): Promise<void> {
  const events = channels.map((channel) => restoredEvent(channel, now));
  await record(trx, events, BY_SYSTEM);
  const restored_at = now.toISOString();
  await enqueue(
    trx,
    now,
    channels.map((channel) => jobOf({ channel, restored_at })),
  );
}

/** Brings attempts forward at `runAt`, because the settings of the channel changed; the first success announces the recovery. */
export async function retryByNewSettings(trx: Db, channel: ChannelName, now: Date, runAt: Date): Promise<void> {
  await enqueue(trx, now, [{ ...jobOf({ channel, restored_at: now.toISOString() }), runAt }]);
}

/** Brings the first attempts forward, and the next ones when these have been made. */
export async function bringWaitingForward({ db, clock }: { db: Db; clock: Clock }, waiting: Waiting): Promise<void> {
  const now = clock.now();
  const { channel, restored_at } = waiting;
  const pace = { now, limit: AT_A_TIME, apartMs: SPREAD_MS / AT_A_TIME };
  const moved = await bringForward(db, { channel, restoredAt: new Date(restored_at), ...pace });
  if (moved > 0) notifyAfterCommit(db, JOBS_CHANNEL);
  if (moved < AT_A_TIME) return;
  await enqueue(db, now, [{ ...jobOf(waiting), runAt: new Date(now.getTime() + SPREAD_MS) }]);
}
