import type { Db } from '../../kernel/db/pool';

export interface RejectedRow {
  at: Date;
  reason: string;
  body: string;
}

const KEPT = 50;

/** Keeps a rejected payload, deletes all but the last 50 of its integration, and increments the counter. */
export async function writeRejected(
  db: Db,
  { integrationId, at, reason, body }: RejectedRow & { integrationId: string },
): Promise<void> {
  await db.transaction(async (trx) => {
    // The update locks the integration's row, so that two rejections at the same time do not keep more than 50.
    await trx('integrations')
      .where({ id: integrationId })
      .update({ rejections: trx.raw('rejections + 1'), last_rejected_at: at, last_rejection: reason });
    await trx('rejected_payloads').insert({ integration_id: integrationId, at, reason, body });
    await trx.raw(
      `delete from rejected_payloads where integration_id = ? and id <= (
         select id from rejected_payloads where integration_id = ? order by id desc offset ${KEPT} limit 1)`,
      [integrationId, integrationId],
    );
  });
}

/** Payloads rejected after `since`, newest first; undefined if there is no such integration. */
export async function rejectedOf(db: Db, integrationId: string, since: Date): Promise<RejectedRow[] | undefined> {
  const known = await db('integrations').where({ id: integrationId }).first('id');
  if (known === undefined) return undefined;
  return db('rejected_payloads')
    .where({ integration_id: integrationId })
    .where('at', '>', since)
    .orderBy('id', 'desc')
    .limit(KEPT)
    .select('at', 'reason', 'body');
}

/** Deletes payloads that were rejected before `before`. */
export const forgetRejected = (db: Db, before: Date): Promise<number> =>
  db('rejected_payloads').where('at', '<', before).delete();
