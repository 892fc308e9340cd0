import { distinctValues } from '../../kernel/db/distinct';
import type { Db } from '../../kernel/db/pool';

/** Services as incidents name them, and what became of their incidents. */

/** Names in order, at most `limit`, behind `after`. */
export const serviceNames = (db: Db, after: string | undefined, limit: number): Promise<string[]> =>
  distinctValues(db, { table: 'incidents', column: 'service', after, limit });

export async function knowsService(db: Db, service: string): Promise<boolean> {
  const row = await db('incidents').where({ service }).first('service');
  return row !== undefined;
}

export interface Noise {
  service: string;
  open: number;
  unacknowledged: number;
  last_7d: number;
  last_30d: number;
}

/** How many incidents of each service are open, and how many began since two instants; quiet services are left out. */
export async function serviceNoise(
  db: Db,
  services: readonly string[],
  { week, month }: { week: Date; month: Date },
): Promise<Noise[]> {
  // Two ways into the table, each by its own index; an incident that both find is counted once for each question.
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
