import type { Db } from '../../kernel/db/pool';

export interface NewNotice<Withdrawal extends object> {
  key: string;
  /** Of a hand-off: when it is, and what to tell should it be planned otherwise. */
  at: Date | null;
  withdrawal: Withdrawal | null;
}

/** Claims notices that nobody has claimed before; answers which. */
export async function claimNotices(trx: Db, notices: readonly NewNotice<object>[], now: Date): Promise<Set<string>> {
  if (notices.length === 0) return new Set();
  const { rows } = await trx.raw(
    `insert into notices (key, promised_at, at, withdrawal)
     select distinct on (key) key, cast(:now as timestamptz), at, withdrawal
       from jsonb_to_recordset(cast(:notices as jsonb)) as asked(key text, at timestamptz, withdrawal jsonb) order by key
     on conflict (key) do nothing returning key`,
    { now, notices: JSON.stringify(notices) },
  );
  return new Set(rows.map(({ key }: { key: string }) => key));
}

/** Hand-offs after an instant of which somebody was told. */
export const noticesAfter = (db: Db, now: Date): Promise<{ key: string; at: Date }[]> =>
  db('notices').where('at', '>', now).select('key', 'at');

/** Takes notices back, and answers what is to be told of each; those that somebody else took back are not among them. */
export async function takeBackNotices<Withdrawal>(
  trx: Db,
  keys: readonly string[],
): Promise<{ key: string; withdrawal: Withdrawal }[]> {
  if (keys.length === 0) return [];
  const { rows } = await trx.raw(
    `delete from notices where key in (select k from jsonb_array_elements_text(cast(? as jsonb)) as asked(k))
     returning key, withdrawal`,
    [JSON.stringify(keys)],
  );
  return rows;
}

/** Nobody looks at hand-offs that are long past, so their notices need not be known. */
export const forgetNotices = (db: Db, before: Date): Promise<number> =>
  db('notices').where('promised_at', '<', before).delete();
