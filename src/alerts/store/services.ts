import { distinctValues } from '../../kernel/db/distinct';
import type { Db } from '../../kernel/db/pool';

/** Services as alerts name them. Only alerts that belong to an incident count: their index leads with the service. */
const CORRELATED = 'incident_id is not null';

/** Names in order, at most `limit`, behind `after`. */
export const serviceNames = (db: Db, after: string | undefined, limit: number): Promise<string[]> =>
  distinctValues(db, { table: 'alerts', column: 'service', where: CORRELATED, after, limit });

export async function knowsService(db: Db, service: string): Promise<boolean> {
  const row = await db('alerts').where({ service }).whereRaw(CORRELATED).first('service');
  return row !== undefined;
}

export interface Noise {
  service: string;
  last_7d: number;
  last_30d: number;
}

/** How many alerts each of these services had since two instants; a service without any is not in the answer. */
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
