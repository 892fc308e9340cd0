import type { Db } from '../../kernel/db/pool';

/** Alerts that a source withholds: the incidents that they may belong to, and their number. */

/** A delivery of an alert group. */
export interface AlertGroup {
  source: string;
  /** SHA-256 of the group's key. */
  key: string;
  /** Grows with each delivery of the group. */
  version: number;
  hidden: number;
}

/** Saves a delivery and locks its group; false if a later one arrived before. Must precede all other locks. */
export async function noteDelivery(trx: Db, { source, key, version }: AlertGroup, at: Date): Promise<boolean> {
  const { rows } = await trx.raw(
    `insert into alert_groups as g (source, group_key, version, at) values (?, ?, ?, ?)
     on conflict (source, group_key) do update set version = excluded.version, at = excluded.at
      where g.version <= excluded.version returning 1`,
    [source, key, version, at],
  );
  return rows.length > 0;
}

/** Stores how many alerts a group withholds from locked incidents. Returns the incidents whose number changed. */
export async function hideFrom(
  trx: Db,
  ids: readonly string[],
  { source, key, hidden }: AlertGroup,
): Promise<string[]> {
  const { rows } = await trx.raw(
    `insert into hidden_alerts as h (incident_id, source, group_key, hidden)
     select id, ?, ?, ? from unnest(cast(? as uuid[])) as i(id)
     on conflict (source, group_key, incident_id) do update set hidden = excluded.hidden
      where h.hidden <> excluded.hidden returning incident_id`,
    [source, key, hidden, [...ids]],
  );
  const changed = rows.map(({ incident_id }: { incident_id: string }) => incident_id);
  await count(trx, changed);
  return changed;
}

/** The incidents from which a group withholds alerts. */
export async function incidentsOfGroup(trx: Db, { source, key }: AlertGroup): Promise<string[]> {
  return trx('hidden_alerts').where({ source, group_key: key }).orderBy('incident_id').pluck('incident_id');
}

/** Clears the number of withheld alerts of a group in these locked incidents. */
export async function showTo(trx: Db, ids: readonly string[], { source, key }: AlertGroup): Promise<void> {
  await trx('hidden_alerts').where({ source, group_key: key }).whereIn('incident_id', ids).delete();
  await count(trx, ids);
}

async function count(trx: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await trx.raw(
    `update incidents i set hidden_count = (select coalesce(sum(hidden), 0) from hidden_alerts h where h.incident_id = i.id)
      where i.id = any(cast(? as uuid[])) and i.status <> 'resolved'`,
    [[...ids]],
  );
}

/** Deletes old groups that withhold nothing. Days are enough to recognise a late delivery. */
export const forgetGroups = (db: Db, before: Date): Promise<number> =>
  db('alert_groups')
    .where('at', '<', before)
    .whereNotExists(
      db('hidden_alerts').whereRaw(
        'hidden_alerts.source = alert_groups.source and hidden_alerts.group_key = alert_groups.group_key',
      ),
    )
    .delete();
