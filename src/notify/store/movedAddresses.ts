import type { Db } from '../../kernel/db/pool';
import type { ChannelName } from '../contract';

/** Addresses that a provider replaced. Rooms and contact methods keep the one that people entered. */

/** The address that replaces one; the same if none does. */
export async function presentAddress(db: Db, channel: ChannelName, address: string): Promise<string> {
  const row = await db('moved_addresses').where({ channel, address }).first('moved_to');
  return row?.moved_to ?? address;
}

export async function saveMove(
  db: Db,
  { channel, address, movedTo, at }: { channel: ChannelName; address: string; movedTo: string; at: Date },
): Promise<void> {
  await db('moved_addresses')
    .insert({ channel, address, moved_to: movedTo, at })
    .onConflict(['channel', 'address'])
    .merge();
}
