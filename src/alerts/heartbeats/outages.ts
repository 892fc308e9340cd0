import { type Loop, pollLoop } from '../../kernel/async/loop';
import { type Clock, seconds } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import type { Log } from '../../kernel/observe/observe';
import { type Outage, spare } from '../domain/heartbeats';
import { noteAlive, noteReturn } from '../store/heartbeatClock';
import { enqueueLook, lockDue, savePulses, withDeadline } from '../store/heartbeats';

/** How often a process notes that this module runs. */
const NOTE_EVERY_MS = seconds(5);
/** A longer gap between two notes of all processes together is an outage. */
const OUTAGE_AFTER_MS = seconds(30);

/**
 * Recognizes outages of this module. Each of its processes notes the time in one row; a gap means that none ran, or that
 * none reached the database. Pings of that time may be lost, so the heartbeats that were due get their grace again.
 */
export interface OutageWatch extends Pick<Loop, 'start' | 'stop'> {
  /** Notes that this module runs now. Call it before a deadline is judged. */
  note(): Promise<void>;
}

export function outageWatch({ db, clock, log }: { db: Db; clock: Clock; log: Log }): OutageWatch {
  async function note(): Promise<void> {
    const now = clock.now();
    if (await noteAlive(db, now, new Date(now.getTime() - OUTAGE_AFTER_MS))) return;
    const outage = await withRetry(db, (trx) => noteGap(trx, now));
    if (outage !== null)
      log.warn({ from: outage.from, until: outage.until }, 'heartbeats were not watched; grace again');
  }
  const loop = pollLoop({
    poll: async () => {
      await note();
      return NOTE_EVERY_MS;
    },
    maxWaitMs: NOTE_EVERY_MS,
    onFailure: (error, inARow) => inARow === 1 && log.warn({ err: error }, 'the time cannot be noted; retrying'),
  });
  return { note, start: loop.start, stop: loop.stop };
}

/** Ends an outage: heartbeats that were due get their grace again. Of several processes that return, one ends it. */
async function noteGap(trx: Db, now: Date): Promise<Outage | null> {
  const seenAt = await noteReturn(trx, now);
  if (seenAt === null || now.getTime() - seenAt.getTime() <= OUTAGE_AFTER_MS) return null;
  const outage = { from: seenAt, until: now };
  const spared = (await lockDue(trx, outage)).map((row) => withDeadline({ ...row, pulse: spare(row, outage) }));
  await savePulses(trx, spared);
  await enqueueLook(
    trx,
    now,
    spared.flatMap(({ id, downAt }) => (downAt === null ? [] : [{ id, runAt: downAt }])),
  );
  return outage;
}
