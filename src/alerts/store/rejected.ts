import type { Db } from '../../kernel/db/pool';

export interface RejectedRow {
  at: Date;
  reason: string;
  body: string;
}

const KEPT = 50;

/** Keeps it among the latest of its integration, and counts it. */
export async function writeRejected(
  db: Db,
  { integrationId, at, reason, body }: RejectedRow & { integrationId: string },
): Promise<void> {
  await db.transaction(async (trx) => {
    // The integration's row is held, so that two rejections at once leave no more than are kept.
    await trx('integrations').where({ id: integrationId }).increment('rejections', 1);
    await trx('rejected_payloads').insert({ integration_id: integrationId, at, reason, body });
    await trx.raw(
      `delete from rejected_payloads where integration_id = ? and id <= (
         select id from rejected_payloads where integration_id = ? order by id desc offset ${KEPT} limit 1)`,
      [integrationId, integrationId],
    );
  });
}

/** The latest first; undefined where there is no such integration. */
export async function rejectedOf(db: Db, integrationId: string): Promise<RejectedRow[] | undefined> {
  const known = await db('integrations').where({ id: integrationId }).first('id');
  if (known === undefined) return undefined;
  return db('rejected_payloads')
    .where({ integration_id: integrationId })
    .orderBy('id', 'desc')
    .limit(KEPT)
    .select('at', 'reason', 'body');
}
