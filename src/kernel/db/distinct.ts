import type { Db } from './pool';

/** Which values `distinctValues` reads. */
export interface Distinct {
  table: string;
  column: string;
  /** The condition of a partial index whose first column is `column`; absent if the index has no condition. */
  where?: string;
  /** Only values greater than this one. */
  after?: string | undefined;
  limit: number;
}

/**
 * The distinct values of an indexed text column in ascending order, at most `limit`. The query jumps from one value to
 * the next in the index (a loose index scan), so its cost depends on the number of values, not of rows. `table`,
 * `column` and `where` become part of the SQL text: never pass user input.
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
