import type { Db } from '../../kernel/db';

/** More of them are no different news, and counting them must not become the load. */
const COUNTED_AT_MOST = 100_000;

/** How many alerts were accepted before `before` and wait to be attached still: their job stands. */
export async function countWithoutIncident(db: Db, before: Date): Promise<number> {
  const { rows } = await db.raw(
    `select count(*)::int as waiting from (
       select 1 from jobs cross join lateral jsonb_to_recordset(payload -> 'alerts') as a(made boolean)
        where kind = 'attach' and created_at < ? and a.made limit ${COUNTED_AT_MOST}) a`,
    [before],
  );
  return rows[0].waiting;
}
