import type { Db } from '../../kernel/db/pool';

/** Counting stops here: a higher number is not more useful to an operator, and slow to count. */
const MAX_COUNTED = 100_000;

/** How many alerts were created before `before` and are not attached yet, by the jobs that still exist. */
export async function countWithoutIncident(db: Db, before: Date): Promise<number> {
  const { rows } = await db.raw(
    `select count(*)::int as waiting from (
       select 1 from jobs cross join lateral (
           select from jsonb_array_elements(coalesce(payload -> 'made', '[]'))
            union all
           select from jsonb_to_recordset(payload -> 'alerts') as a(made boolean) where a.made) a
        where kind = 'attach' and created_at < ? limit ${MAX_COUNTED}) a`,
    [before],
  );
  return rows[0].waiting;
}
