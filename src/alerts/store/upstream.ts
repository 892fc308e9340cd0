import type { Db } from '../../kernel/db/pool';
import type { Dependency } from '../domain/dependents';
import type { MuteRow } from './mutes';

/** Dependencies of services, and incidents that affect the services that depend on theirs. */

/**
 * Lets one transaction at a time change what decides which incident affects which service. Two followers change it, and
 * each must see the changes of the other.
 */
export const lockUpstream = (trx: Db): Promise<unknown> =>
  trx.raw(`select pg_advisory_xact_lock(hashtext('upstream'))`);

/** All dependencies. */
export const allDependencies = (db: Db): Promise<Dependency[]> =>
  db('service_dependencies').select('service', 'upstream', 'grace_seconds');

/** Replaces what a service depends on. */
export async function replaceDependencies(
  trx: Db,
  service: string,
  dependencies: readonly Dependency[],
): Promise<void> {
  await trx('service_dependencies').where({ service }).delete();
  if (dependencies.length > 0) await trx('service_dependencies').insert([...dependencies]);
}

/** An incident that affects dependents, or did so. */
export interface UpstreamIncident {
  incident_id: string;
  service: string;
  title: string;
  /** Counts the changes of the incident's effect. */
  version: number;
  in_force: boolean;
}

/** Saves changes of incidents. A change with a lower version than the stored one is older, whenever it arrives. */
export async function saveUpstream(trx: Db, changes: readonly UpstreamIncident[], at: Date): Promise<void> {
  if (changes.length === 0) return;
  await trx.raw(
    `insert into upstream_incidents as u (incident_id, service, title, version, in_force, changed_at)
     select distinct on (incident_id) incident_id, service, title, version, in_force, cast(:at as timestamptz)
       from jsonb_to_recordset(cast(:changes as jsonb))
         as c(incident_id uuid, service text, title text, version int, in_force boolean)
      order by incident_id, version desc
     on conflict (incident_id) do update
        set title = excluded.title, version = excluded.version, in_force = excluded.in_force, changed_at = excluded.changed_at
      where u.version < excluded.version`,
    { at, changes: JSON.stringify(changes) },
  );
}

/** Incidents that affect dependents now. */
export const upstreamsInForce = (db: Db): Promise<UpstreamIncident[]> =>
  db('upstream_incidents')
    .where({ in_force: true })
    .orderBy('incident_id')
    .select('incident_id', 'service', 'title', 'version', 'in_force');

/** Mutes of incidents: all that have not ended, and those of these incidents. */
export const upstreamMutes = (trx: Db, incidentIds: readonly string[]): Promise<MuteRow[]> =>
  trx('mutes')
    .where({ cause: 'upstream' })
    .where((query) => query.whereNull('ended_at').orWhereIn('id', incidentIds as string[]))
    .orderBy('id');

/** Deletes incidents whose effect ended before the cutoff. */
export const forgetUpstreams = (db: Db, before: Date): Promise<number> =>
  db('upstream_incidents').where({ in_force: false }).where('changed_at', '<', before).delete();
