import type { Db } from '../../kernel/db/pool';

const FIRST_RUN = 7_245_003;

/** Lets one process at a time prepare the first run, until the end of the transaction. */
export const lockFirstRun = (trx: Db): Promise<unknown> => trx.raw('select pg_advisory_xact_lock(?)', [FIRST_RUN]);

/** Stores a new set-up token. It replaces the unused ones, so only the newest link works. */
export async function replaceToken(trx: Db, tokenHash: Buffer, now: Date, expiresAt: Date): Promise<void> {
  await trx('setup_tokens').whereNull('used_at').delete();
  await trx('setup_tokens').insert({ token_hash: tokenHash, created_at: now, expires_at: expiresAt });
}

/** Whether a token exists, is unused and has not expired. */
export async function isTokenGood(db: Db, tokenHash: Buffer, now: Date): Promise<boolean> {
  const row = await db('setup_tokens')
    .where({ token_hash: tokenHash })
    .whereNull('used_at')
    .where('expires_at', '>', now)
    .first('expires_at');
  return row !== undefined;
}

/** Marks a token as used; false if it was used before or has expired. */
export async function useToken(trx: Db, tokenHash: Buffer, now: Date): Promise<boolean> {
  const used = await trx('setup_tokens')
    .where({ token_hash: tokenHash })
    .whereNull('used_at')
    .where('expires_at', '>', now)
    .update({ used_at: now });
  return used > 0;
}

/** Deletes tokens that expired before `before`; returns how many. */
export const forgetTokens = (db: Db, before: Date): Promise<number> =>
  db('setup_tokens').where('expires_at', '<', before).delete();
