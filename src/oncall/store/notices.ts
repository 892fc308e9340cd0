import type { Db } from '../../kernel/db';

/** Claims notices that nobody has claimed before; answers which. */
export async function claimNotices(trx: Db, keys: readonly string[], now: Date): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const { rows } = await trx.raw(
    `insert into notices (key, promised_at)
     select distinct k, cast(? as timestamptz) from jsonb_array_elements_text(cast(? as jsonb)) as asked(k) order by 1
     on conflict (key) do nothing returning key`,
    [now, JSON.stringify(keys)],
  );
  return new Set(rows.map(({ key }: { key: string }) => key));
}

/** Nobody looks at hand-offs that are long past, so their notices need not be known. */
export const forgetNotices = (db: Db, before: Date): Promise<number> =>
  db('notices').where('promised_at', '<', before).delete();
