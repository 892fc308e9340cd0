import type { Db } from '../../kernel/db/pool';
import type { MuteCause } from '../contract';

/** A row of the table `mutes`. */
export interface MuteRow {
  id: string;
  cause: MuteCause;
  version: number;
  name: string;
  matchers: StoredMatcher[];
  services: string[];
  starts_at: Date;
  ends_at: Date | null;
  recurrence: StoredRecurrence | null;
  over_until: Date | null;
  ended_at: Date | null;
  created_at: Date;
  created_by: string;
  updated_at: Date;
  updated_by: string;
}

export interface StoredMatcher {
  name: string;
  operator: '=' | '!=' | '=~' | '!~';
  value: string;
}

export interface StoredRecurrence {
  rrule: string;
  time_zone: string;
  starts_at: string;
  duration_minutes: number;
}

/** The version of rules and mutes. */
export async function configurationVersion(db: Db): Promise<number> {
  const row = await db('alert_configuration').first('version');
  return row.version;
}

/** Locks rules and mutes against changes until the transaction ends. Call it before other locks. */
export const lockConfiguration = (trx: Db): Promise<unknown> =>
  trx.raw('select version from alert_configuration for share');

/**
 * Begins a change of rules or mutes: increments the version and locks it, so that changes of all processes follow each
 * other. Call it before other locks.
 */
export async function changeConfiguration(trx: Db): Promise<number> {
  const [row] = await trx('alert_configuration').increment('version', 1).returning('version');
  return row.version;
}

export const insertMute = (trx: Db, row: MuteRow): Promise<unknown> => trx('mutes').insert(asJson(row));

/** Replaces the fields that a change can set, and increments the version. The caller has locked the row. */
export const updateMute = (trx: Db, { id, version: _, cause: __, ...row }: MuteRow): Promise<number> =>
  trx('mutes')
    .where({ id })
    .update({ ...asJson(row), version: trx.raw('version + 1') });

export const deleteMute = (trx: Db, id: string): Promise<number> => trx('mutes').where({ id }).delete();

const asJson = <T extends Partial<MuteRow>>({ matchers, services, recurrence, ...row }: T) => ({
  ...row,
  matchers: JSON.stringify(matchers),
  services: JSON.stringify(services),
  recurrence: recurrence === null || recurrence === undefined ? null : JSON.stringify(recurrence),
});

/** Locks a mute until the transaction ends, after all transactions that store alerts as muted by it. */
export async function lockMute(trx: Db, id: string): Promise<MuteRow | undefined> {
  return trx('mutes').where({ id }).forUpdate().first();
}

/** A mute; undefined if there is none. */
export const muteOf = (db: Db, id: string): Promise<MuteRow | undefined> => db('mutes').where({ id }).first();

/** All mutes that have not ended. */
export const mutesInForce = (db: Db): Promise<MuteRow[]> => db('mutes').whereNull('ended_at').orderBy('id');

/** How many mutes of a cause have not ended. */
export async function countInForce(db: Db, cause: MuteCause): Promise<number> {
  const { rows } = await db.raw('select count(*)::int as count from mutes where cause = ? and ended_at is null', [
    cause,
  ]);
  return rows[0].count;
}

/** Mutes of a cause that ended after `since`, latest first. */
export const mutesEnded = (db: Db, cause: MuteCause, since: Date, most: number): Promise<MuteRow[]> =>
  db('mutes').where({ cause }).where('ended_at', '>', since).orderBy('ended_at', 'desc').limit(most);

/** Mutes of a cause that have not ended. */
export const inForceOf = (db: Db, cause: MuteCause): Promise<MuteRow[]> =>
  db('mutes').where({ cause }).whereNull('ended_at');

/** Deletes mutes that ended before the cutoff and mute no alert. */
export const forgetMutes = (db: Db, before: Date): Promise<number> =>
  db('mutes').where('ended_at', '<', before).delete();

const MOST_COUNTED = 1_000;

/** How many firing alerts each of these mutes mutes, at most 1,000 for each. */
export async function mutedAlerts(db: Db, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.raw(
    `select m.id, a.count from unnest(cast(? as uuid[])) as m(id) cross join lateral (
       select count(*)::int as count from (
         select from alerts where muted_by = m.id and status = 'firing' limit ${MOST_COUNTED}) x) a`,
    [[...ids]],
  );
  return new Map(rows.map(({ id, count }: { id: string; count: number }) => [id, count]));
}
