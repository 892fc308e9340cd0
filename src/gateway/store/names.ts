import type { Db } from '../../kernel/db/pool';

const NAMES = 7_245_004;

/** The name of a user or an active key. */
export interface TakenName {
  kind: 'user' | 'key';
  name: string;
}

/** Names of users and active keys. Until the transaction ends, no other transaction can read them here and add one. */
export async function lockNames(trx: Db): Promise<TakenName[]> {
  await trx.raw('select pg_advisory_xact_lock(?)', [NAMES]);
  const { rows } = await trx.raw(
    `select 'user' as kind, username as name from users
      union all select 'key', name from api_keys where revoked_at is null`,
  );
  return rows;
}
