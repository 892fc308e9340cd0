import type { Db } from '../../kernel/db/pool';
import type { IdentityChanges } from '../domain/flapping';
import { DELAY } from '../domain/holds';
import { type AlertRow, COLUMNS } from './alerts';

interface Row {
  fingerprint: string;
  changes: number[];
  armed_until: Date | null;
  flapping_since: Date | null;
  first_change: Date | null;
}

const stateOf = ({ changes, armed_until, flapping_since, first_change }: Row): IdentityChanges => ({
  changes,
  armedUntil: armed_until?.getTime() ?? null,
  flappingSince: flapping_since?.getTime() ?? null,
  first: first_change?.getTime() ?? null,
});

/** Locks identities in the order of their fingerprints, and reads them; those that are missing begin without changes. */
export async function lockIdentities(
  trx: Db,
  fingerprints: readonly string[],
  now: Date,
): Promise<Map<string, IdentityChanges>> {
  const { rows } = await trx.raw(
    `insert into identity_changes as c (fingerprint, changed_at)
     select fingerprint, cast(? as timestamptz) from unnest(cast(? as text[])) as f(fingerprint)
      order by fingerprint collate "C"
     on conflict (fingerprint) do update set changed_at = excluded.changed_at
     returning fingerprint, changes, armed_until, flapping_since, first_change`,
    [now, [...new Set(fingerprints)].sort()],
  );
  return new Map((rows as Row[]).map((row) => [row.fingerprint, stateOf(row)]));
}

/** Saves locked identities. */
export async function saveIdentities(trx: Db, saved: ReadonlyMap<string, IdentityChanges>): Promise<void> {
  const at = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());
  const rows = [...saved].map(([fingerprint, { changes, armedUntil, flappingSince, first }]) => ({
    ...{ fingerprint, changes, armed_until: at(armedUntil) },
    ...{ flapping_since: at(flappingSince), first_change: at(first) },
  }));
  await trx.raw(
    `update identity_changes c
        set changes = s.changes, armed_until = s.armed_until, flapping_since = s.flapping_since, first_change = s.first_change
       from jsonb_to_recordset(cast(? as jsonb)) as s(fingerprint text, changes jsonb, armed_until timestamptz,
            flapping_since timestamptz, first_change timestamptz) where s.fingerprint = c.fingerprint`,
    [JSON.stringify(rows)],
  );
}

/** Locks one identity; null if it has no changes. */
export async function lockIdentity(trx: Db, fingerprint: string): Promise<IdentityChanges | null> {
  const row: Row | undefined = await trx('identity_changes').where({ fingerprint }).forUpdate().first();
  return row === undefined ? null : stateOf(row);
}

/** Forgets the changes of a locked identity. */
export const forgetIdentity = (trx: Db, fingerprint: string): Promise<number> =>
  trx('identity_changes').where({ fingerprint }).delete();

/** Forgets the changes of all identities with alerts in these incidents. @returns those that flapped */
export async function forgetIdentitiesOf(trx: Db, incidentIds: readonly string[]): Promise<string[]> {
  if (incidentIds.length === 0) return [];
  const { rows } = await trx.raw(
    `with due as (
       select c.fingerprint from identity_changes c
        where c.fingerprint in (select fingerprint from alerts where incident_id = any(cast(? as uuid[])))
        order by c.fingerprint collate "C" for update)
     delete from identity_changes c using due where c.fingerprint = due.fingerprint
     returning c.fingerprint, c.flapping_since`,
    [[...incidentIds]],
  );
  return rows.flatMap(({ fingerprint, flapping_since }: Row) => (flapping_since === null ? [] : [fingerprint]));
}

/** The fingerprints of those of these alerts whose identity flaps, by the alerts' ids. */
export async function flappingOf(db: Db, alertIds: readonly string[]): Promise<Map<string, string>> {
  if (alertIds.length === 0) return new Map();
  const { rows } = await db.raw(
    `select a.id, a.fingerprint from alerts a join identity_changes c on c.fingerprint = a.fingerprint
      where a.id = any(cast(? as uuid[])) and c.flapping_since is not null`,
    [[...alertIds]],
  );
  return new Map(rows.map(({ id, fingerprint }: AlertRow) => [id, fingerprint]));
}

/**
 * Since when the delays of new alerts of these identities count: the first change of those that flap, or that flap if they
 * fire now.
 */
export async function delayedSince(trx: Db, fingerprints: readonly string[], now: Date): Promise<Map<string, Date>> {
  if (fingerprints.length === 0) return new Map();
  const rows: Row[] = await trx('identity_changes')
    .whereIn('fingerprint', fingerprints)
    .where((query) => void query.whereNotNull('flapping_since').orWhere('armed_until', '>', now))
    .whereNotNull('first_change')
    .select('fingerprint', 'first_change');
  return new Map(rows.map(({ fingerprint, first_change }) => [fingerprint, first_change as Date]));
}

/**
 * Locks those of these alerts that ended while a delay held them, if the delay is over, the identity flaps, and no later
 * alert of it fires.
 */
export async function lockEndedInDelay(trx: Db, alertIds: readonly string[], now: Date): Promise<AlertRow[]> {
  return trx('alerts')
    .join('identity_changes', 'identity_changes.fingerprint', 'alerts.fingerprint')
    .whereIn('alerts.id', alertIds)
    .where({ 'alerts.status': 'resolved', 'alerts.hold_key': DELAY })
    .where('alerts.muted_until', '<=', now)
    .whereNotNull('identity_changes.flapping_since')
    .whereNotExists(
      trx('alerts as later').whereRaw("later.fingerprint = alerts.fingerprint and later.status = 'firing'"),
    )
    .orderBy('alerts.fingerprint')
    .forUpdate('alerts')
    .select(COLUMNS);
}

/** Ends the hold of alerts that have ended, so that they are attached. */
export const releaseEnded = (trx: Db, alertIds: readonly string[]): Promise<number> =>
  trx('alerts').whereIn('id', alertIds).update({ muted_by: null, muted_until: null, hold_key: null });

/** Deletes identities that changed last before the cutoff and do not fire. */
export const forgetIdentities = (db: Db, before: Date): Promise<number> =>
  db('identity_changes')
    .where('changed_at', '<', before)
    .whereNotExists(
      db('alerts').whereRaw("alerts.fingerprint = identity_changes.fingerprint and alerts.status = 'firing'"),
    )
    .delete();

/** Those of these identities that flap. */
export async function flappingAmong(db: Db, fingerprints: readonly string[]): Promise<Set<string>> {
  if (fingerprints.length === 0) return new Set();
  const found = await db('identity_changes')
    .whereIn('fingerprint', [...new Set(fingerprints)])
    .whereNotNull('flapping_since')
    .pluck('fingerprint');
  return new Set(found);
}
