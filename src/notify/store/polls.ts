import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import type { ChannelName } from '../contract';

/** The polls of channels, and the updates that they fetched. */

/** One process that wants to poll. */
export interface Holder {
  channel: ChannelName;
  account: string;
  holder: string;
}

/**
 * Takes or keeps the poll of a channel for \`ms\`, by the clock of the database. Returns the number of the next update; null
 * while another process holds it.
 */
export async function holdPoll(db: Db, { channel, account, holder }: Holder, ms: number): Promise<number | null> {
  const { rows } = await db.raw(
    `insert into polls as p (channel, account, holder, held_until)
     values (:channel, :account, :holder, clock_timestamp() + :ms * interval '1 millisecond')
     on conflict (channel) do update
        set holder = excluded.holder, held_until = excluded.held_until, account = excluded.account,
            next_update = case when p.account = excluded.account then p.next_update else 0 end
      where p.holder = excluded.holder or p.held_until < clock_timestamp()
     returning next_update`,
    { channel, account, holder, ms },
  );
  return rows[0]?.next_update ?? null;
}

/** Lets another process poll at once. */
export async function releasePoll(db: Db, { channel, holder }: Pick<Holder, 'channel' | 'holder'>): Promise<void> {
  await db('polls')
    .where({ channel, holder })
    .update({ held_until: db.raw(`'-infinity'`) });
}

/** Moves the poll of its holder to the next update; false if another process holds it now. */
export async function movePoll(trx: Db, { channel, account, holder }: Holder, next: number): Promise<boolean> {
  return (await trx('polls').where({ channel, account, holder }).update({ next_update: next })) === 1;
}

/** Stores fetched updates; returns their ids. */
export async function addUpdates(
  trx: Db,
  channel: ChannelName,
  contents: readonly object[],
  at: Date,
): Promise<string[]> {
  const rows = contents.map((content) => ({ id: randomUUID(), channel, content: JSON.stringify(content), at }));
  if (rows.length > 0) await trx('polled_updates').insert(rows);
  return rows.map(({ id }) => id);
}

export const updateById = (db: Db, id: string): Promise<{ channel: ChannelName; content: object } | undefined> =>
  db('polled_updates').where({ id }).first('channel', 'content');

/** Deletes updates that were fetched before an instant. */
export const forgetUpdates = (db: Db, before: Date): Promise<number> =>
  db('polled_updates').where('at', '<', before).delete();
