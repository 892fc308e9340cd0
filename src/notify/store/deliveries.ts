import type { Db } from '../../kernel/db';

export interface Deliveries {
  delivered: number;
  failed: number;
  median_seconds: number | null;
}

/** The mock channel delivers to nobody, so that it would only flatter the figures. */
const TOLD_NOBODY = 'mock';
const MEASURED_AT_MOST = 10_000;

/** What became of the notifications since an instant. The counts are read in an index, the median off the newest rows. */
export async function deliveriesSince(db: Db, since: Date): Promise<Deliveries> {
  const { rows } = await db.raw(
    `select (select count(*) from notifications
              where status = 'sent' and created_at >= :since and channel <> :mock)::int as delivered,
            (select count(*) from notifications
              where status = 'failed' and created_at >= :since and channel <> :mock)::int as failed,
            (select percentile_cont(0.5) within group (order by extract(epoch from sent_at - created_at))
               from (select sent_at, created_at from notifications
                      where status = 'sent' and created_at >= :since and channel <> :mock
                      order by created_at desc, id desc limit ${MEASURED_AT_MOST}) newest) as median_seconds`,
    { since, mock: TOLD_NOBODY },
  );
  const [{ median_seconds, ...counts }] = rows;
  return { ...counts, median_seconds: median_seconds === null ? null : Math.round(median_seconds * 1_000) / 1_000 };
}
