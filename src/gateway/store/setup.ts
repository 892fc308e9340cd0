import type { Db } from '../../kernel/db/pool';

const FIRST_RUN = 7_245_003;

/** One process at a time prepares the first run; freed at the end of the transaction. */
export const lockFirstRun = (trx: Db): Promise<unknown> => trx.raw('select pg_advisory_xact_lock(?)', [FIRST_RUN]);

/** Only the newest link works. */
export async function replaceToken(trx: Db, tokenHash: Buffer, now: Date, expiresAt: Date): Promise<void> {
  await trx('setup_tokens').whereNull('used_at').delete();
  await trx('setup_tokens').insert({ token_hash: tokenHash, created_at: now, expires_at: expiresAt });
}

/** Whether a link can still be used. */
export async function isTokenGood(db: Db, tokenHash: Buffer, now: Date): Promise<boolean> {
  const row = await db('setup_tokens')
    .where({ token_hash: tokenHash })
    .whereNull('used_at')
    .where('expires_at', '>', now)
    .first('expires_at');
  return row !== undefined;
}

/** Whether this use was the first, of a link that had not expired. */
export async function useToken(trx: Db, tokenHash: Buffer, now: Date): Promise<boolean> {
  const used = await trx('setup_tokens')
    .where({ token_hash: tokenHash })
    .whereNull('used_at')
    .where('expires_at', '>', now)
    .update({ used_at: now });
  return used > 0;
}

export const forgetTokens = (db: Db, before: Date): Promise<number> =>
  db('setup_tokens').where('expires_at', '<', before).delete();
