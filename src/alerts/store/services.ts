import { distinctValues } from '../../kernel/db/distinct';
import type { Db } from '../../kernel/db/pool';

/** Only alerts of an incident count, because their index begins with the service. */
const CORRELATED = 'incident_id is not null';

/** Names of services in alphabetical order, at most `limit`, after `after`. */
export const serviceNames = (db: Db, after: string | undefined, limit: number): Promise<string[]> =>
  distinctValues(db, { table: 'alerts', column: 'service', where: CORRELATED, after, limit });

/** True if an alert of an incident has this service. */
export async function knowsService(db: Db, service: string): Promise<boolean> {
  const row = await db('alerts').where({ service }).whereRaw(CORRELATED).first('service');
  return row !== undefined;
}

export interface Noise {
  service: string;
  last_7d: number;
  last_30d: number;
}

/** Counts alerts of services since two instants. A service without alerts is left out. */
export async function serviceNoise(
  db: Db,
  services: readonly string[],
  { week, month }: { week: Date; month: Date },
): Promise<Noise[]> {
  const { rows } = await db.raw(
    `select service, count(*)::int as last_30d, (count(*) filter (where created_at >= :week))::int as last_7d
       from alerts where ${CORRELATED} and service = any(:services) and created_at >= :month group by service`,
    { services, week, month } as never,
  );
  return rows;
}
