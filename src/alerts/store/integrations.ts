import type { Db } from '../../kernel/db/pool';
import type { Severity } from '../../kernel/ports/values';
import type { FormatId, Mapping } from '../contract';

/** The settings of an integration that can be changed. */
export interface IntegrationSettings {
  name: string;
  service: string | null;
  team: string | null;
  severity_map: Record<string, Severity>;
  service_labels: string[];
  severity_labels: string[];
  auto_resolve: boolean;
  stale_after: number | null;
  resolve_expired: boolean;
  rate_per_minute: number | null;
  mapping: Mapping | null;
  /** Encrypted. */
  signature_secret: string | null;
  signature_timestamp_header: string | null;
}

/** A row of the table `integrations`, without the hashes of its keys. */
export interface IntegrationRow extends IntegrationSettings {
  id: string;
  format: FormatId;
  key_prefix: string;
  /** The key before the last rotation, and when it ends or ended; null if the key was never rotated. */
  old_key_prefix: string | null;
  old_key_ends_at: Date | null;
  /** Increases with each change of the settings. */
  version: number;
  created_at: Date;
  created_by: string;
  last_seen_at: Date | null;
  revoked_at: Date | null;
  /** Accepted requests. This and the other counters are up to ten seconds old. */
  deliveries: number;
  rejections: number;
  last_rejected_at: Date | null;
  last_rejection: string | null;
  /** Firing reports that were taken, and those of them that repeated an alert. */
  accepted: number;
  deduplicated: number;
  /** Requests beyond the rate. */
  rate_limited: number;
  first_alert_id: string | null;
}

const COLUMNS = [
  ...['id', 'name', 'format', 'key_prefix', 'created_at', 'created_by', 'last_seen_at', 'revoked_at'],
  ...[
    'team',
    'service',
    'severity_map',
    'service_labels',
    'severity_labels',
    'auto_resolve',
    'stale_after',
    'resolve_expired',
  ],
  ...[
    'rate_per_minute',
    'mapping',
    'signature_secret',
    'signature_timestamp_header',
    'version',
    'old_key_prefix',
    'old_key_ends_at',
  ],
  ...['deliveries', 'rejections', 'last_rejected_at', 'last_rejection', 'accepted', 'deduplicated', 'rate_limited'],
  'first_alert_id',
];
const MAX_LISTED = 1_000;

/** Key of the advisory lock. */
const NAMES = 7_245_005;

/** Ids and names of integrations that are not revoked. Until the transaction ends, no other transaction adds a name. */
export async function lockNames(trx: Db): Promise<{ id: string; name: string }[]> {
  await trx.raw('select pg_advisory_xact_lock(?)', [NAMES]);
  return trx('integrations').whereNull('revoked_at').select('id', 'name');
}

const asJson = ({
  severity_map,
  service_labels,
  severity_labels,
  mapping,
  ...plain
}: Partial<IntegrationSettings>) => ({
  ...plain,
  ...(mapping !== undefined && { mapping: mapping === null ? null : JSON.stringify(mapping) }),
  ...(severity_map && { severity_map: JSON.stringify(severity_map) }),
  ...(service_labels && { service_labels: JSON.stringify(service_labels) }),
  ...(severity_labels && { severity_labels: JSON.stringify(severity_labels) }),
});

interface NewIntegration extends IntegrationSettings {
  id: string;
  format: FormatId;
  key_hash: string;
  key_prefix: string;
  created_at: Date;
  created_by: string;
}

/** Inserts an integration, and returns it. */
export async function add(
  trx: Db,
  { id, format, key_hash, key_prefix, ...row }: NewIntegration,
): Promise<IntegrationRow> {
  const { created_at, created_by, ...settings } = row;
  const [stored] = await trx('integrations')
    .insert({ id, format, key_hash, key_prefix, created_at, created_by, ...asJson(settings) })
    .returning(COLUMNS);
  return stored;
}

/** All integrations, oldest first. */
export const all = (db: Db): Promise<IntegrationRow[]> =>
  db('integrations').select(COLUMNS).orderBy(['created_at', 'id']).limit(MAX_LISTED);

/**
 * The integration that has a key, revoked ones included, and when that key ends; null if it has no end.
 * @param keyHash SHA-256 of the key, hex
 */
export async function byKeyHash(
  db: Db,
  keyHash: string,
  now: Date,
): Promise<{ integration: IntegrationRow; endsAt: Date | null } | undefined> {
  const row = await db('integrations')
    .where({ key_hash: keyHash })
    .orWhere((old) => old.where({ old_key_hash: keyHash }).where('old_key_ends_at', '>', now))
    .first([...COLUMNS, db.raw('key_hash = ? as current', [keyHash])]);
  if (row === undefined) return undefined;
  const { current, ...integration } = row;
  return { integration, endsAt: current ? null : integration.old_key_ends_at };
}

/** Integrations by their ids, revoked ones included. */
export const byIds = (db: Db, ids: readonly string[]): Promise<IntegrationRow[]> =>
  db('integrations')
    .whereIn('id', ids as string[])
    .select(COLUMNS);

/** Locks an integration and reads it; undefined if there is none. */
export const lock = (trx: Db, id: string): Promise<IntegrationRow | undefined> =>
  trx('integrations').where({ id }).forUpdate().first(COLUMNS);

/** Changes settings of a locked integration, and returns it. */
export async function change(trx: Db, id: string, settings: Partial<IntegrationSettings>): Promise<IntegrationRow> {
  const [row] = await trx('integrations')
    .where({ id })
    .update({ ...asJson(settings), version: trx.raw('version + 1') })
    .returning(COLUMNS);
  return row;
}

/** Gives a locked integration a new key. Its present key stays valid until `endsAt`; an older one ends now. */
export async function replaceKey(
  trx: Db,
  id: string,
  key: { hash: string; prefix: string },
  endsAt: Date,
): Promise<IntegrationRow> {
  const [row] = await trx('integrations')
    .where({ id })
    .update({
      old_key_hash: trx.ref('key_hash'),
      old_key_prefix: trx.ref('key_prefix'),
      old_key_ends_at: endsAt,
      key_hash: key.hash,
      key_prefix: key.prefix,
      version: trx.raw('version + 1'),
    })
    .returning(COLUMNS);
  return row;
}

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

/** What deliveries add to the counters of an integration. */
export interface Counts {
  deliveries: number;
  accepted: number;
  deduplicated: number;
  rate_limited: number;
  /** An alert of the first delivery that had one. */
  first_alert_id: string | null;
  /** The last accepted delivery; null if there was none. */
  seen_at: Date | null;
}

/** Adds to the counters of an integration. */
export const addCounts = (db: Db, id: string, counts: Counts): Promise<number> =>
  db('integrations')
    .where({ id })
    .update({
      last_seen_at: db.raw('greatest(last_seen_at, cast(? as timestamptz))', [counts.seen_at]),
      deliveries: db.raw('deliveries + ?', [counts.deliveries]),
      accepted: db.raw('accepted + ?', [counts.accepted]),
      deduplicated: db.raw('deduplicated + ?', [counts.deduplicated]),
      rate_limited: db.raw('rate_limited + ?', [counts.rate_limited]),
      first_alert_id: db.raw('coalesce(first_alert_id, cast(? as uuid))', [counts.first_alert_id]),
    });
