import type { Db } from '../../kernel/db/pool';

/** The time at which this module ran last, from which an outage of its own is recognized. */

/**
 * Notes that this module runs now, if it ran at `recent` or later.
 * @returns false if it was not noted, because the last note is older
 */
export const noteAlive = async (db: Db, now: Date, recent: Date): Promise<boolean> =>
  (await db('heartbeat_clock')
    .where({ id: 1 })
    .where('seen_at', '>=', recent)
    .update({ seen_at: db.raw('greatest(seen_at, ?)', [now]) })) > 0;

/**
 * Notes that this module runs now, whatever the last note is.
 * @returns the last note; null for the first time
 */
export async function noteReturn(trx: Db, now: Date): Promise<Date | null> {
  const before = await trx('heartbeat_clock').where({ id: 1 }).forUpdate().first('seen_at');
  await trx('heartbeat_clock')
    .where({ id: 1 })
    .update({ seen_at: trx.raw('greatest(seen_at, ?)', [now]) });
  return before?.seen_at ?? null;
}
