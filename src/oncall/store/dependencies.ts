import type { Db } from '../../kernel/db/pool';
import type { Dependency } from '../domain/dependencies';

/** Dependencies between services. */

const COLUMNS = ['service', 'upstream', 'grace_seconds'];

/**
 * Lets one transaction at a time change dependencies, so that two changes that are valid alone cannot form a cycle. Call it
 * before the first write: events of a later change then have a later transaction id.
 */
export const lockDependencies = (trx: Db): Promise<unknown> =>
  trx.raw(`select pg_advisory_xact_lock(hashtext('service_dependencies'))`);

/** All dependencies, by service and upstream. */
export const allDependencies = (db: Db): Promise<Dependency[]> =>
  db('service_dependencies').orderBy(['service', 'upstream']).select(COLUMNS);

/** Dependencies in which a service is on one of the two sides, by name. */
export const dependenciesAround = (db: Db, service: string): Promise<Dependency[]> =>
  db('service_dependencies')
    .where({ service })
    .orWhere({ upstream: service })
    .orderBy(['service', 'upstream'])
    .select(COLUMNS);

/** Replaces what a service depends on. */
export async function writeDependencies(
  trx: Db,
  service: string,
  upstreams: readonly Omit<Dependency, 'service'>[],
): Promise<void> {
  await trx('service_dependencies').where({ service }).delete();
  if (upstreams.length > 0) await trx('service_dependencies').insert(upstreams.map((each) => ({ ...each, service })));
}
