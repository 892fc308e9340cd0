import type { Db } from '../../kernel/db/pool';

/**
 * Deletes alerts that ended before the cutoff, and firing alerts that were last reported before it and are attached to an
 * incident, which has its own copy. Works in small statements, oldest first; after `batches` the next call goes on.
 * @returns how many alerts were deleted
 */
export async function forgetAlerts(
  db: Db,
  before: Date,
  { batch = 1_000, batches = 200 }: { batch?: number; batches?: number } = {},
): Promise<number> {
  let forgotten = 0;
  for (let round = 0; round < batches; round++) {
    const { rows } = await db.raw(
      `with gone as (
         delete from alerts where id in (
           select id from alerts
            where created_at < ?
              and (ended_at < ? or (status = 'firing' and last_seen_at < ? and incident_id is not null))
            order by created_at limit ?)
         returning id),
       history as (delete from alert_reports where alert_id in (select id from gone)),
       texts as (delete from alert_texts where alert_id in (select id from gone)),
       events as (delete from alert_events where alert_id in (select id from gone))
       select count(*)::int as count from gone`,
      [before, before, before, batch],
    );
    const { count } = rows[0] as { count: number };
    forgotten += count;
    if (count < batch) break;
  }
  return forgotten;
}
