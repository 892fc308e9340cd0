import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import type { Source } from '../contract';
import type { Judged, OpenWalk, Outage } from './judge';

/** The row of the self-watch. Who changes walks or outages locks it first. */
export interface WatchState {
  looked_at: Date | null;
  next_at: Date | null;
  last_started_at: Date | null;
  last_passed_at: Date | null;
  last_duration_ms: number | null;
  pinged_at: Date | null;
  ping_failure: string | null;
}

export const readWatch = (db: Db): Promise<WatchState> => db('self_watch').first();
export const lockWatch = (trx: Db): Promise<WatchState> => trx('self_watch').forUpdate().first();
export const changeWatch = (db: Db, change: Partial<WatchState>): Promise<unknown> => db('self_watch').update(change);

/** Walks that can still arrive and count, oldest first. */
export const openWalks = (db: Db): Promise<OpenWalk[]> =>
  db('walks')
    .whereNull('arrived_at')
    .whereRaw("(verdict is null or verdict = 'late')")
    .orderBy('started_at')
    .select('id', 'started_at', 'verdict');

export const saveJudged = (trx: Db, id: string, judged: Judged): Promise<unknown> =>
  trx('walks').where({ id }).update(judged);

const OUTAGE = ['id', 'began_at', 'ended_at', 'stuck_at'] as const;

export const openOutage = (db: Db): Promise<Outage | undefined> =>
  db('self_watch_outages')
    .whereNull('ended_at')
    .first(...OUTAGE);

export async function beginOutage(trx: Db, began_at: Date, stuck_at: Source | null): Promise<Outage> {
  const outage = { id: randomUUID(), began_at, ended_at: null, stuck_at };
  await trx('self_watch_outages').insert(outage);
  return outage;
}

export const endOutage = (trx: Db, ended_at: Date): Promise<unknown> =>
  trx('self_watch_outages').whereNull('ended_at').update({ ended_at });

/** Outages whose beginning or end the fallback does not know yet, and that did not end before `since`. */
export const unnoticed = (db: Db, since: Date): Promise<Outage[]> =>
  db('self_watch_outages')
    .whereRaw('(ended_at is null and began_notice_at is null) or (ended_at > ? and ended_notice_at is null)', [since])
    .orderBy('began_at')
    .limit(10)
    .select(...OUTAGE);

/** Notes that the fallback was notified of the state that the outage had. */
export const noteNotice = (db: Db, { id, ended_at }: Outage, at: Date): Promise<unknown> =>
  db('self_watch_outages')
    .where({ id })
    .update(ended_at === null ? { began_notice_at: at } : { ended_notice_at: at });

/** Ends what an earlier configuration began, without a notice. */
export async function switchOff(db: Db, now: Date): Promise<void> {
  await db('self_watch_outages').whereNull('ended_at').update({ ended_at: now, ended_notice_at: now });
  await db('self_watch').update({ looked_at: null, next_at: null });
  await db('walks').delete();
}

export const forgetOutages = (db: Db, before: Date): Promise<unknown> =>
  db('self_watch_outages').where('ended_at', '<', before).delete();
