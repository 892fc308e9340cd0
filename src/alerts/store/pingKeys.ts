import type { Db } from '../../kernel/db/pool';

/** A row of the table `ping_keys`, without the hashes. */
export interface PingKeyRow {
  id: string;
  name: string;
  /** If set, the key pings only heartbeats of this team. */
  team: string | null;
  key_prefix: string;
  old_key_ends_at: Date | null;
  created_at: Date;
  created_by: string;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

const COLUMNS = [
  'id',
  'name',
  'team',
  'key_prefix',
  'old_key_ends_at',
  'created_at',
  'created_by',
  'last_used_at',
  'revoked_at',
];
const MOST_LISTED = 1_000;

/** All ping keys, oldest first. */
export const allPingKeys = (db: Db): Promise<PingKeyRow[]> =>
  db('ping_keys').select(COLUMNS).orderBy(['created_at', 'id']).limit(MOST_LISTED);

/**
 * The key with this hash. After a rotation both keys are found.
 * @returns also until when the key is valid; null if it has no end
 */
export async function pingKeyByHash(
  db: Db,
  hash: string,
): Promise<{ key: PingKeyRow; endsAt: Date | null } | undefined> {
  const row = await db('ping_keys')
    .where({ key_hash: hash })
    .orWhere({ old_key_hash: hash })
    .first([...COLUMNS, 'key_hash']);
  if (row === undefined) return undefined;
  const { key_hash, ...key } = row;
  return { key, endsAt: key_hash === hash ? null : key.old_key_ends_at };
}

export const addPingKey = (
  trx: Db,
  row: Omit<PingKeyRow, 'last_used_at' | 'revoked_at' | 'old_key_ends_at'> & { key_hash: string },
) => trx('ping_keys').insert(row);

/** Replaces a key that is not revoked. @returns its row; undefined if there is no such key */
export async function replacePingKey(
  trx: Db,
  id: string,
  { hash, prefix, oldEndsAt, now }: { hash: string; prefix: string; oldEndsAt: Date; now: Date },
): Promise<PingKeyRow | undefined> {
  const [row] = await trx('ping_keys')
    .where({ id })
    .whereNull('revoked_at')
    .update({
      old_key_hash: trx.ref('key_hash'),
      old_key_prefix: trx.ref('key_prefix'),
      old_key_ends_at: oldEndsAt,
      key_hash: hash,
      key_prefix: prefix,
      rotated_at: now,
    })
    .returning(COLUMNS);
  return row;
}

/** Revokes a key. @returns its row, and whether this call changed it; undefined if there is no such key */
export async function revokePingKey(
  trx: Db,
  id: string,
  now: Date,
): Promise<{ key: PingKeyRow; changed: boolean } | undefined> {
  const changed = await trx('ping_keys').where({ id }).whereNull('revoked_at').update({ revoked_at: now });
  const key = await trx('ping_keys').where({ id }).first(COLUMNS);
  return key && { key, changed: changed > 0 };
}

/** Notes that a key was used. */
export const touchPingKey = (db: Db, id: string, now: Date): Promise<number> =>
  db('ping_keys')
    .where({ id })
    .update({ last_used_at: db.raw('greatest(last_used_at, ?)', [now]) });
