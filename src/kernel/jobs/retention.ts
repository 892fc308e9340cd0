import { type Clock, days } from '../clock';
import { deleteExpiredKeys } from '../db/idempotency';
import type { Db } from '../db/pool';
import { deleteExpiredEvents } from '../events/events';
import { enqueue } from './jobs';

export interface RetentionDeps {
  db: Db;
  clock: Clock;
  /** Days for which events that people and keys caused are kept. */
  auditDays: number;
}

/** Days for which events of background jobs are kept. */
const SYSTEM_EVENT_DAYS = 7;
const DAY_MS = days(1);

/**
 * The daily job of a module that deletes rows older than their retention. Every module deletes its events and its
 * Idempotency-Keys; `forget` deletes the rest. The job enqueues its next run.
 * @param forget gets `ago(n)`, the instant n days before now (UTC); may return after how many milliseconds to run
 *   again, if its bound for one run left rows over
 */
export function dailyRetention(
  { db, clock, auditDays }: RetentionDeps,
  forget: (ago: (n: number) => Date) => Promise<number | undefined>,
): () => Promise<void> {
  return async () => {
    const now = clock.now();
    const ago = (n: number): Date => new Date(now.getTime() - days(n));
    const againMs = await forget(ago);
    await deleteExpiredEvents(db, { people: ago(auditDays), system: ago(SYSTEM_EVENT_DAYS) });
    await deleteExpiredKeys(db, now);
    await enqueueRetention(db, now, againMs ?? DAY_MS);
  };
}

/**
 * Enqueues the next run, `inMs` milliseconds after `now`. The job has one key, so that it runs once for any number of
 * processes; if a run is already enqueued, nothing changes.
 */
export const enqueueRetention = (db: Db, now: Date, inMs = DAY_MS): Promise<void> =>
  enqueue(db, now, [{ kind: 'retention', key: 'retention', payload: {}, runAt: new Date(now.getTime() + inMs) }]);
