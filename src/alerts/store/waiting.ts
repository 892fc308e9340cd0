import type { Db } from '../../kernel/db';

/** More of them are no different news, and counting them must not become the load. */
const COUNTED_AT_MOST = 100_000;

/** How many alerts were accepted before `before` and belong to no incident yet. */
export async function countWithoutIncident(db: Db, before: Date): Promise<number> {
  const { rows } = await db.raw(
    `select count(*)::int as waiting from (
       select 1 from alerts where incident_id is null and created_at < ? limit ${COUNTED_AT_MOST}) a`,
    [before],
  );
  return rows[0].waiting;
}
