import type { Db } from './pool';

export interface Distinct {
  table: string;
  column: string;
  /** The condition of a partial index that leads with the column; none for a whole index. */
  where?: string;
  /** Only values behind this one, in the order of the column. */
  after?: string | undefined;
  limit: number;
}

/**
 * The distinct values of an indexed text column in its order, at most `limit`. Jumps from one value to the next in the
 * index (a loose index scan), so it costs what the values cost, however many rows there are. `table`, `column` and
 * `where` are written into the statement: never pass what a caller sent.
 */
export async function distinctValues(db: Db, of: Distinct): Promise<string[]> {
  const { table, column, where = 'true', after, limit } = of;
  const { rows } = await db.raw(
    `with recursive each(value) as (
       (select ${column} from ${table} where ${where} ${after === undefined ? '' : `and ${column} > :after`}
         order by ${column} limit 1)
       union all
       select (select ${column} from ${table} where ${where} and ${column} > each.value order by ${column} limit 1)
         from each where each.value is not null)
     select value from each where value is not null limit :limit`,
    { limit, ...(after !== undefined && { after }) },
  );
  return (rows as { value: string }[]).map(({ value }) => value);
}
