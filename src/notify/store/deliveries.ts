import type { Db } from '../../kernel/db/pool';

export interface Deliveries {
  delivered: number;
  failed: number;
  median_seconds: number | null;
}

const MEASURED_AT_MOST = 10_000;

/**
 * Results of the notifications since an instant, without those by channels that reach no one. The counts are read in an
 * index, the median from the newest rows.
 */
export async function deliveriesSince(db: Db, since: Date, recorders: readonly string[]): Promise<Deliveries> {
  const { rows } = await db.raw(
    `select (select count(*) from notifications
              where status in ('sent', 'delivered') and created_at >= :since and channel <> all(:recorders))::int as delivered,
            (select count(*) from notifications
              where status in ('failed', 'undelivered') and created_at >= :since and channel <> all(:recorders))::int as failed,
            (select percentile_cont(0.5) within group (order by extract(epoch from sent_at - created_at))
               from (select sent_at, created_at from notifications
                      where status in ('sent', 'delivered') and created_at >= :since and channel <> all(:recorders)
                      order by created_at desc, id desc limit ${MEASURED_AT_MOST}) newest) as median_seconds`,
    { since, recorders: [...recorders] },
  );
  const [{ median_seconds, ...counts }] = rows;
  return { ...counts, median_seconds: median_seconds === null ? null : Math.round(median_seconds * 1_000) / 1_000 };
}
