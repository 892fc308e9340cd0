import { distinctValues } from '../../kernel/db/distinct';
import type { Db } from '../../kernel/db/pool';

/** The services of incidents, and how many incidents each has. */

/** At most `limit` names in order, starting after `after`. */
export const serviceNames = (db: Db, after: string | undefined, limit: number): Promise<string[]> =>
  distinctValues(db, { table: 'incidents', column: 'service', after, limit });

/** Whether a service has an incident. */
export async function knowsService(db: Db, service: string): Promise<boolean> {
  const row = await db('incidents').where({ service }).first('service');
  return row !== undefined;
}

/** Counts of incidents of one service. */
export interface Noise {
  service: string;
  open: number;
  unacknowledged: number;
  last_7d: number;
  last_30d: number;
}

/**
 * Counts unresolved incidents of each service, and those created since two times. Services without any are left out.
 */
export async function serviceNoise(
  db: Db,
  services: readonly string[],
  { week, month }: { week: Date; month: Date },
): Promise<Noise[]> {
  // Two queries, each with its own index. An incident that both return counts in different columns.
  const { rows } = await db.raw(
    `select service, sum(open)::int as open, sum(unacknowledged)::int as unacknowledged,
            sum(last_7d)::int as last_7d, sum(last_30d)::int as last_30d
       from (
         select service, count(*) as open, count(*) filter (where status = 'open') as unacknowledged,
                0 as last_7d, 0 as last_30d
           from incidents where status <> 'resolved' and service = any(:services) group by service
         union all
         select service, 0, 0, count(*) filter (where created_at >= :week), count(*)
           from incidents where created_at >= :month and service = any(:services) group by service) counted
      group by service`,
    { services, week, month } as never,
  );
  return rows;
}
