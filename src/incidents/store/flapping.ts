import type { Db } from '../../kernel/db/pool';

/** Identities of alerts that change too often, and the incidents that stay open because of them. */

/** An identity and its incident. */
export interface FlappingIdentity {
  fingerprint: string;
  incident_id: string;
}

/** The incidents of these identities, as far as they flap. */
export async function flappingIn(db: Db, fingerprints: readonly string[]): Promise<Map<string, string>> {
  if (fingerprints.length === 0) return new Map();
  const rows: FlappingIdentity[] = await db('flapping_identities')
    .whereIn('fingerprint', fingerprints)
    .select('fingerprint', 'incident_id');
  return new Map(rows.map(({ fingerprint, incident_id }) => [fingerprint, incident_id]));
}

/**
 * Marks identities as flapping in locked, unresolved incidents. An identity has one incident: the latest.
 * @returns the incidents in which none flapped before
 */
export async function markFlapping(trx: Db, marks: readonly FlappingIdentity[], at: Date): Promise<string[]> {
  if (marks.length === 0) return [];
  const { rows } = await trx.raw(
    `with m as (select * from jsonb_to_recordset(cast(? as jsonb)) as m(fingerprint text, incident_id uuid)),
     before as (select fingerprint, incident_id from flapping_identities where fingerprint in (select fingerprint from m))
     insert into flapping_identities as f (fingerprint, incident_id, since)
     select fingerprint, incident_id, ? from m order by fingerprint
     on conflict (fingerprint) do update set incident_id = excluded.incident_id, since = excluded.since
       where f.incident_id <> excluded.incident_id
     returning f.incident_id, (select b.incident_id from before b where b.fingerprint = f.fingerprint) as earlier`,
    [JSON.stringify(marks), at],
  );
  const changed = (rows as { incident_id: string; earlier: string | null }[]).flatMap(({ incident_id, earlier }) => [
    incident_id,
    ...(earlier === null ? [] : [earlier]),
  ]);
  const counts = await count(trx, changed, at);
  return counts.filter(({ before, after }) => before === 0 && after > 0).map(({ id }) => id);
}

/**
 * Removes the marks of identities in locked incidents.
 * @returns the incidents in which none flaps any more
 */
export async function unmarkFlapping(trx: Db, fingerprints: readonly string[], at: Date): Promise<string[]> {
  const ids: string[] = await trx('flapping_identities')
    .whereIn('fingerprint', fingerprints)
    .delete()
    .returning('incident_id')
    .then((rows: { incident_id: string }[]) => rows.map(({ incident_id }) => incident_id));
  return ended(await count(trx, ids, at));
}

/** Removes all marks of locked incidents. @returns those that had one */
export async function clearFlapping(trx: Db, incidentIds: readonly string[], at: Date): Promise<string[]> {
  const gone = await trx('flapping_identities').whereIn('incident_id', incidentIds).delete();
  return gone === 0 ? [] : ended(await count(trx, incidentIds, at));
}

interface Counted {
  id: string;
  before: number;
  after: number;
}

const ended = (counts: readonly Counted[]): string[] =>
  counts.filter(({ before, after }) => before > 0 && after === 0).map(({ id }) => id);

/** Counts the marks of incidents again. @returns the incidents whose count changed */
async function count(trx: Db, ids: readonly string[], at: Date): Promise<Counted[]> {
  if (ids.length === 0) return [];
  const { rows } = await trx.raw(
    `with counted as (
       select i.id, i.flapping_count as before,
              (select count(*)::int from flapping_identities f where f.incident_id = i.id) as after
         from incidents i where i.id = any(cast(? as uuid[])))
     update incidents i set flapping_count = counted.after, updated_at = ?
       from counted where counted.id = i.id and counted.after <> counted.before
     returning i.id, counted.before, counted.after`,
    [[...new Set(ids)], at],
  );
  return rows;
}
