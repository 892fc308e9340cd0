import type { Db } from '../../kernel/db/pool';
import { SYSTEM_ACTOR } from '../../kernel/events/events';
import type { SecretBox } from '../../kernel/secretBox';
import type { Channels } from '../channels/open';
import { announceSettings, lockSettings, sealedSettings, storeSettings } from '../store/channelSettings';
import { sealed } from './sealed';

/**
 * Makes the settings that a channel generates, such as a key pair, if none of them is set. A pair is made as a whole: if
 * the environment or the table has a part of it, nothing is made. The lock lets the first of several processes make them.
 */
export async function generateMissing(
  db: Db,
  channels: Pick<Channels, 'all' | 'inEnvironment'>,
  box: SecretBox,
  now: Date,
): Promise<void> {
  const generating = channels.all.filter(({ generate }) => generate !== undefined);
  if (generating.length === 0) return;
  const made = await Promise.all(generating.map(async (channel) => channel.generate?.() ?? {}));
  await db.transaction(async (trx) => {
    await lockSettings(trx);
    const stored = new Set((await sealedSettings(trx)).map(({ name }) => name));
    const isSet = (name: string) => stored.has(name) || channels.inEnvironment(name);
    const missing = made.map((pair) => Object.entries(pair)).filter((pair) => !pair.some(([name]) => isSet(name)));
    const rows = missing.flat().map(([name, text]) => sealed(box, channels.all, name, String(text)));
    if (rows.length === 0) return;
    await storeSettings(trx, rows, now, SYSTEM_ACTOR);
    await announceSettings(trx);
  });
}
