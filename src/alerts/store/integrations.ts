import type { Db } from '../../kernel/db/pool';
import type { FormatId } from '../contract';

/** A row of the table `integrations`, without the hash of its key. */
export interface IntegrationRow {
  id: string;
  name: string;
  format: FormatId;
  key_prefix: string;
  created_at: Date;
  created_by: string;
  last_seen_at: Date | null;
  revoked_at: Date | null;
  /** Accepted requests; up to ten seconds old. */
  deliveries: number;
  rejections: number;
}

const COLUMNS = [
  'id',
  'name',
  'format',
  'key_prefix',
  'created_at',
  'created_by',
  'last_seen_at',
  'revoked_at',
  'deliveries',
  'rejections',
];
const MAX_LISTED = 1_000;

/** Key of the advisory lock. */
const NAMES = 7_245_005;

/** Names of integrations that are not revoked. Until the transaction ends, no other transaction adds one. */
export async function lockNames(trx: Db): Promise<string[]> {
  await trx.raw('select pg_advisory_xact_lock(?)', [NAMES]);
  return trx('integrations').whereNull('revoked_at').pluck('name');
}

/** Inserts an integration. */
export const add = (
  trx: Db,
  row: Omit<IntegrationRow, 'last_seen_at' | 'revoked_at' | 'deliveries' | 'rejections'> & { key_hash: string },
) => trx('integrations').insert(row);

/** All integrations, oldest first. */
export const all = (db: Db): Promise<IntegrationRow[]> =>
  db('integrations').select(COLUMNS).orderBy(['created_at', 'id']).limit(MAX_LISTED);

/** The integration that has a key, revoked ones included. @param keyHash SHA-256 of the key, hex */
export const byKeyHash = (db: Db, keyHash: string): Promise<IntegrationRow | undefined> =>
  db('integrations').where({ key_hash: keyHash }).first(COLUMNS);

/** Integrations by their ids, revoked ones included. */
export const byIds = (db: Db, ids: readonly string[]): Promise<IntegrationRow[]> =>
  db('integrations')
    .whereIn('id', ids as string[])
    .select(COLUMNS);

/** Revokes an integration. @returns its row, and whether this call changed it; undefined if there is no such integration */
export async function revoke(
  trx: Db,
  id: string,
  now: Date,
): Promise<{ integration: IntegrationRow; changed: boolean } | undefined> {
  const changed = await trx('integrations').where({ id }).whereNull('revoked_at').update({ revoked_at: now });
  const integration = await trx('integrations').where({ id }).first(COLUMNS);
  return integration && { integration, changed: changed > 0 };
}

/** Adds accepted deliveries of an integration, the last of them at `now`. */
export const touch = (db: Db, id: string, now: Date, deliveries: number): Promise<number> =>
  db('integrations')
    .where({ id })
    .update({
      last_seen_at: db.raw('greatest(last_seen_at, ?)', [now]),
      deliveries: db.raw('deliveries + ?', [deliveries]),
    });
