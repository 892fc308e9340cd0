import type { Db } from '../../kernel/db/pool';
import { type CountedReports, type Counter, DELAY } from '../domain/holds';
import { type AlertRow, COLUMNS } from './alerts';

/** Alerts that rules hold, and the counters of thresholds. */

/**
 * Locks the configuration against changes until the transaction ends. Call it before other locks.
 * @returns false if it has another version: the job of that change does not find what this transaction stores
 */
export async function holdConfiguration(trx: Db, version: number): Promise<boolean> {
  const { rows } = await trx.raw('select version from alert_configuration for share');
  return Number(rows[0].version) === version;
}

interface CounterRow {
  key: string;
  events: Counter['events'];
  reached_at: Date | null;
}

/** Locks counters in the order of their keys, and reads them; those that are missing begin at 0. */
export async function lockCounters(trx: Db, keys: readonly string[], now: Date): Promise<Map<string, Counter>> {
  if (keys.length === 0) return new Map();
  const sorted = [...new Set(keys)].sort();
  await trx.raw(
    'insert into alert_thresholds (key, updated_at) select key, ? from unnest(cast(? as text[])) as k(key) on conflict do nothing',
    [now, sorted],
  );
  const rows = await trx('alert_thresholds').whereIn('key', sorted).orderByRaw('key collate "C"').forUpdate();
  return counters(rows);
}

/** Counters as they are, without locks. */
export async function countersOf(db: Db, keys: readonly string[]): Promise<Map<string, Counter>> {
  return keys.length === 0 ? new Map() : counters(await db('alert_thresholds').whereIn('key', keys));
}

const counters = (rows: readonly CounterRow[]): Map<string, Counter> =>
  new Map(rows.map(({ key, events, reached_at }) => [key, { events, reachedAt: reached_at }]));

/** Saves locked counters. */
export async function saveCounters(trx: Db, saved: ReadonlyMap<string, Counter>, now: Date): Promise<void> {
  if (saved.size === 0) return;
  const rows = [...saved].map(([key, { events, reachedAt }]) => ({ key, events, reached_at: reachedAt }));
  await trx.raw(
    `update alert_thresholds t set events = c.events, reached_at = c.reached_at, updated_at = ?
       from jsonb_to_recordset(cast(? as jsonb)) as c(key text, events jsonb, reached_at timestamptz) where c.key = t.key`,
    [now, JSON.stringify(rows)],
  );
}

/** Deletes counters without a report since the cutoff. */
export const forgetCounters = (db: Db, before: Date): Promise<number> =>
  db('alert_thresholds').where('updated_at', '<', before).delete();

/** The state of a firing alert before a report. */
export type HoldState = CountedReports &
  Pick<AlertRow, 'id' | 'fingerprint' | 'created_at' | 'muted_by' | 'muted_until' | 'hold_key'>;

const statesOf = (db: Db, fingerprints: readonly string[]) =>
  db('alerts')
    .where({ status: 'firing' })
    .whereIn('fingerprint', [...fingerprints])
    .orderBy('fingerprint')
    .select(['id', 'fingerprint', 'created_at', 'muted_by', 'muted_until', 'hold_key'])
    .select(['count', 'counted_key', 'counted_reports']);

const byFingerprint = (rows: readonly HoldState[]): Map<string, HoldState> =>
  new Map(rows.map((row) => [row.fingerprint, row]));

/** The firing alerts of these conditions by fingerprint, without locks. */
export const holdStatesOf = async (db: Db, fingerprints: readonly string[]): Promise<Map<string, HoldState>> =>
  byFingerprint(await statesOf(db, fingerprints));

/** Locks the firing alerts of these conditions in the lock order of reports, and reads them by fingerprint. */
export const lockHoldStates = async (trx: Db, fingerprints: readonly string[]): Promise<Map<string, HoldState>> =>
  byFingerprint(await statesOf(trx, fingerprints).forUpdate());

/** How many reports of an alert its counter holds now. */
export interface CountedAlert {
  id: string;
  key: string;
  reports: number;
}

/** Saves what counters hold of alerts. The caller has locked the alerts. */
export async function saveCounted(trx: Db, counted: readonly CountedAlert[]): Promise<void> {
  if (counted.length === 0) return;
  await trx.raw(
    `update alerts a set counted_key = c.key, counted_reports = c.reports
       from jsonb_to_recordset(cast(? as jsonb)) as c(id uuid, key text, reports int) where c.id = a.id`,
    [JSON.stringify(counted)],
  );
}

/** Those of these counters for which alerts wait. */
export const awaited = (trx: Db, keys: readonly string[]): Promise<string[]> =>
  keys.length === 0
    ? Promise.resolve([])
    : trx('alerts').distinct().where({ status: 'firing' }).whereIn('hold_key', keys).pluck('hold_key');

/** Which held alerts to read: those of a counter, those of these whose delay is over, or all. */
export type HeldFilter = { key: string } | { alerts: readonly string[]; dueBy: Date } | 'all';

/** Firing alerts that rules hold, in the order of their ids, after `after`. */
export const heldAlerts = (db: Db, filter: HeldFilter, after: string | null, most: number): Promise<AlertRow[]> =>
  db('alerts')
    .where({ status: 'firing' })
    .whereNotNull('hold_key')
    .where((query) => {
      if (after !== null) query.where('id', '>', after);
      if (filter === 'all') return;
      if ('key' in filter) query.where({ hold_key: filter.key });
      else query.whereIn('id', filter.alerts).where({ hold_key: DELAY }).where('muted_until', '<=', filter.dueBy);
    })
    .select(COLUMNS)
    .orderBy('id')
    .limit(most);
