import type { Db } from '../../kernel/db/pool';

/** More of them are no different news, and counting them must not become the load. */
const COUNTED_AT_MOST = 100_000;

/** How many alerts were accepted before `before` and wait to be attached still: their job stands. */
export async function countWithoutIncident(db: Db, before: Date): Promise<number> {
  const { rows } = await db.raw(
    `select count(*)::int as waiting from (
       select 1 from jobs cross join lateral (
           select from jsonb_array_elements(coalesce(payload -> 'made', '[]'))
            union all
           select from jsonb_to_recordset(payload -> 'alerts') as a(made boolean) where a.made) a
        where kind = 'attach' and created_at < ? limit ${COUNTED_AT_MOST}) a`,
    [before],
  );
  return rows[0].waiting;
}
