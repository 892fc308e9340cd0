import type { Db } from '../../kernel/db/pool';
import type { FormatId } from '../contract';

export interface IntegrationRow {
  id: string;
  name: string;
  format: FormatId;
  key_prefix: string;
  created_at: Date;
  created_by: string;
  last_seen_at: Date | null;
  revoked_at: Date | null;
  /** Taken in, to within the last ten seconds. */
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
const LISTED_AT_MOST = 1_000;

const NAMES = 7_245_005;

/** Names of living integrations. Until the transaction ends, no other transaction adds one. */
export async function lockNames(trx: Db): Promise<string[]> {
  await trx.raw('select pg_advisory_xact_lock(?)', [NAMES]);
  return trx('integrations').whereNull('revoked_at').pluck('name');
}

export const add = (
  trx: Db,
  row: Omit<IntegrationRow, 'last_seen_at' | 'revoked_at' | 'deliveries' | 'rejections'> & { key_hash: string },
) => trx('integrations').insert(row);

export const all = (db: Db): Promise<IntegrationRow[]> =>
  db('integrations').select(COLUMNS).orderBy(['created_at', 'id']).limit(LISTED_AT_MOST);

export const byKeyHash = (db: Db, keyHash: string): Promise<IntegrationRow | undefined> =>
  db('integrations').where({ key_hash: keyHash }).first(COLUMNS);

/** The integration as it is after this, and whether this revoked it; undefined where there is none. */
export async function revoke(
  trx: Db,
  id: string,
  now: Date,
): Promise<{ integration: IntegrationRow; changed: boolean } | undefined> {
  const changed = await trx('integrations').where({ id }).whereNull('revoked_at').update({ revoked_at: now });
  const integration = await trx('integrations').where({ id }).first(COLUMNS);
  return integration && { integration, changed: changed > 0 };
}

/** Notes that so many deliveries of an integration were taken in, the latest of them now. */
export const touch = (db: Db, id: string, now: Date, deliveries: number): Promise<number> =>
  db('integrations')
    .where({ id })
    .update({
      last_seen_at: db.raw('greatest(last_seen_at, ?)', [now]),
      deliveries: db.raw('deliveries + ?', [deliveries]),
    });
