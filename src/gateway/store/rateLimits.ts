import type { Db } from '../../kernel/db/pool';
import { bucketOf, elapsed, type Hits, type Window } from '../domain';

/**
 * Counts one request under `key` if it fits the limit. The check and the count are one statement, so all processes share one
 * limit. Returns null if it does not fit; then nothing is counted. If another process has begun the next bucket already
 * (this clock is behind, or the request waited), the request counts in that bucket.
 */
export async function hit(db: Db, key: string, { limit, windowMs }: Window, now: Date): Promise<Hits | null> {
  const bucket = bucketOf(now, windowMs);
  const { rows } = await db.raw(
    `insert into hits as h (key, bucket, hits, before, stale_at) values (:key, :bucket, 1, 0, :stale)
     on conflict (key) do update set
       hits = 1 + case when h.bucket - excluded.bucket in (0, 1) then h.hits else 0 end,
       before = case h.bucket - excluded.bucket when 0 then h.before when 1 then h.before when -1 then h.hits else 0 end,
       bucket = case h.bucket - excluded.bucket when 1 then h.bucket else excluded.bucket end,
       stale_at = case h.bucket - excluded.bucket when 1 then h.stale_at else excluded.stale_at end
     where case h.bucket - excluded.bucket
             when 1 then h.hits + h.before
             when 0 then h.hits + h.before * cast(:left as float8)
             when -1 then h.hits * cast(:left as float8)
             else 0 end <= :room
     returning h.bucket, h.hits, h.before`,
    {
      key,
      bucket,
      left: 1 - elapsed(now, windowMs),
      room: limit - 1,
      stale: new Date((bucket + 2) * windowMs),
    },
  );
  return rows[0] ?? null;
}

/** The counts under a key; undefined if there are none. */
export const hitsOf = (db: Db, key: string): Promise<Hits | undefined> =>
  db('hits').where({ key }).first('bucket', 'hits', 'before');

/** Deletes the counts under a key. */
export const forgive = (db: Db, key: string): Promise<number> => db('hits').where({ key }).delete();

/** Subtracts one request. */
export const giveBack = (db: Db, key: string): Promise<number> =>
  db('hits').where({ key }).where('hits', '>', 0).decrement('hits', 1);

/** Deletes counts whose window is over; returns how many. */
export const forgetHits = (db: Db, now: Date): Promise<number> => db('hits').where('stale_at', '<', now).delete();
