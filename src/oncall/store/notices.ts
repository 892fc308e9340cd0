import type { Db } from '../../kernel/db/pool';

export interface NewNotice<Withdrawal extends object> {
  key: string;
  /** For a hand-off: its instant, and the message that withdraws the notice if the hand-off changes. */
  at: Date | null;
  withdrawal: Withdrawal | null;
}

/** Claims notices that no other process has claimed, and returns their keys. */
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

/** The hand-offs after an instant for which a notice was sent. */
export const noticesAfter = (db: Db, now: Date): Promise<{ key: string; at: Date }[]> =>
  db('notices').where('at', '>', now).select('key', 'at');

/** The keys of the notices of the hand-offs of one schedule after `from` and up to `to`. */
export const noticesOfSchedule = async (
  db: Db,
  scheduleId: string,
  { from, to }: { from: Date; to: Date },
): Promise<string[]> => {
  const rows = await db('notices').where('at', '>', from).where('at', '<=', to).select('key');
  return rows.map(({ key }: { key: string }) => key).filter((key) => key.startsWith(`handoff:${scheduleId}:`));
};

/**
 * Withdraws notices and returns their withdrawal messages; notices that another process withdrew are not among them.
 */
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

/** Deletes the notices of hand-offs before an instant: no job reads them any more. */
export const forgetNotices = (db: Db, before: Date): Promise<number> =>
  db('notices').where('promised_at', '<', before).delete();
