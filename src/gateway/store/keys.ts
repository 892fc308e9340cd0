import type { Db } from '../../kernel/db/pool';
import type { Role } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { ApiKey } from '../contract';

export interface NewKey {
  id: string;
  keyHash: Buffer;
  name: string;
  role: Role;
  prefix: string;
  createdBy: string;
  now: Date;
}

interface KeyRow {
  id: string;
  name: string;
  role: Role;
  prefix: string;
  created_by: string;
  created_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

const COLUMNS = ['id', 'name', 'role', 'prefix', 'created_by', 'created_at', 'last_used_at', 'revoked_at'];

const toKey = ({ created_at, last_used_at, revoked_at, ...row }: KeyRow): ApiKey => ({
  ...row,
  created_at: created_at.toISOString(),
  last_used_at: last_used_at?.toISOString() ?? null,
  revoked_at: revoked_at?.toISOString() ?? null,
});

/** @throws Problem `conflict` if an active key has this name */
export async function insertKey(trx: Db, { id, keyHash, name, role, prefix, createdBy, now }: NewKey): Promise<ApiKey> {
  const { rows } = await trx.raw(
    `insert into api_keys (id, key_hash, name, role, prefix, created_by, created_at)
     values (?, ?, ?, ?, ?, ?, ?) on conflict (lower(name)) where revoked_at is null do nothing
     returning ${COLUMNS.join(', ')}`,
    [id, keyHash, name, role, prefix, createdBy, now],
  );
  if (rows[0] === undefined) throw new Problem('conflict', `An API key named '${name}' exists.`);
  return toKey(rows[0]);
}

/** Keys by the hashes of their secrets, revoked ones included, in any order. */
export const keysByHash = (db: Db, keyHashes: Buffer[]): Promise<(KeyRow & { key_hash: Buffer })[]> =>
  db('api_keys')
    .whereIn('key_hash', keyHashes)
    .select('key_hash', ...COLUMNS);

/** Sets the time of the last use. */
export const noteUse = (db: Db, ids: string[], now: Date): Promise<number> =>
  db('api_keys').whereIn('id', ids).update({ last_used_at: now });

/** A key, revoked or not; null if it does not exist. */
export const keyById = async (db: Db, id: string): Promise<ApiKey | null> => {
  const row = await db('api_keys').where({ id }).first(COLUMNS);
  return row === undefined ? null : toKey(row);
};

/** Revokes a key; null if it does not exist or was revoked before. */
export async function revokeKey(trx: Db, id: string, now: Date): Promise<ApiKey | null> {
  const [row] = await trx('api_keys').where({ id }).whereNull('revoked_at').update({ revoked_at: now }, COLUMNS);
  return row === undefined ? null : toKey(row);
}

/** Keys, newest first, revoked ones included. */
export async function pageOfKeys(db: Db, page: number, perPage: number): Promise<{ total: number; keys: ApiKey[] }> {
  const [counted] = await db('api_keys').count({ total: '*' });
  const rows = await db('api_keys')
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(perPage)
    .offset((page - 1) * perPage)
    .select(COLUMNS);
  return { total: Number(counted?.['total'] ?? 0), keys: rows.map(toKey) };
}

/** Whether no key was ever created, of those that are kept. */
export const noKeyEver = async (db: Db): Promise<boolean> => (await db('api_keys').first('id')) === undefined;

/** Deletes at most `batch` keys that were revoked before `before`; returns how many. */
export async function forgetKeysRevoked(db: Db, before: Date, batch: number): Promise<number> {
  const { rowCount } = await db.raw(
    'delete from api_keys where id in (select id from api_keys where revoked_at < ? limit ?)',
    [before, batch],
  );
  return rowCount;
}
