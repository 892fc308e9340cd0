import { type Clock, seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { record } from '../../kernel/events/events';
import { isHttpUrl } from '../../kernel/http/outgoing';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import { type FieldFault, invalid } from '../../kernel/ports/problem';
import type { SecretBox } from '../../kernel/secretBox';
import type { Channel } from '../channels/channel';
import type { Channels } from '../channels/open';
import type { ChannelName } from '../contract';
import { retryByNewSettings } from '../delivery/restoredChannel';
import { settingsChangedEvent } from '../events';
import { announceSettings, deleteSettings, lockSettings, storeSettings } from '../store/channelSettings';
import { startUntried } from '../store/channels';
import { generateMissing } from './generated';
import type { LiveSettings } from './live';
import { ownerOf, sealed, storedSettings } from './sealed';

/** Values by the name of the setting; null deletes the stored one. */
export type GivenSettings = Readonly<Record<string, string | null>>;

export interface ChangeDeps {
  db: Db;
  clock: Clock;
  channels: Channels;
  box: SecretBox;
  settings: LiveSettings;
}

/** The provider gets the URL of our webhook by the new settings. */
const REGISTER_WEBHOOKS = { kind: 'register_webhooks', key: 'register_webhooks', payload: {}, reschedule: true };

/** When waiting attempts are made by new settings; by then every process has them. */
const RETRY_AFTER_MS = seconds(2);

/**
 * Stores settings of a channel, and applies them in this process. Other processes follow within a second.
 * @throws Problem `invalid` that names each setting that cannot be stored
 */
export async function changeSettings(
  deps: ChangeDeps,
  channel: ChannelName,
  given: GivenSettings,
  caller: Caller,
): Promise<void> {
  const { db, clock, channels, box, settings } = deps;
  const { definition } = channels.of(channel);
  const faults = Object.entries(given).flatMap(([name, text]) => faultOf(channels, definition, name, text));
  if (faults.length > 0) throw invalid(faults);
  const now = clock.now();
  await db.transaction(async (trx) => {
    await lockSettings(trx);
    await requireOpening(deps, trx, channel, given);
    const set = Object.entries(given).flatMap(([name, text]) =>
      text === null ? [] : [sealed(box, channels.all, name, text)],
    );
    await storeSettings(trx, set, now, caller.actor);
    const cleared = await clear(channels, trx, given);
    if (set.length + cleared.length === 0) return;
    const names = { set: set.map(({ name }) => name).sort(), cleared };
    await record(trx, [settingsChangedEvent(channel, names, caller.actor, now)], caller);
    await startUntried(trx, channel, now);
    const later = new Date(now.getTime() + RETRY_AFTER_MS);
    await retryByNewSettings(trx, channel, now, later);
    await enqueue(trx, now, [{ ...REGISTER_WEBHOOKS, runAt: later }]);
    await announceSettings(trx);
  });
  if (Object.values(given).includes(null)) await generateMissing(db, channels, box, now);
  await settings.reload();
}

/** Deletes settings under the channel that each is stored under; returns the names of those that were there. */
async function clear({ all }: Channels, trx: Db, given: GivenSettings): Promise<string[]> {
  const names = Object.keys(given).filter((name) => given[name] === null);
  const deleted = await Promise.all(names.map((name) => deleteSettings(trx, ownerOf(all, name), [name])));
  return deleted.flat().sort();
}

/** Opens the channel once with the new settings, because some are only checked together. */
async function requireOpening(
  { channels, box }: ChangeDeps,
  trx: Db,
  channel: ChannelName,
  given: GivenSettings,
): Promise<void> {
  const stored = new Map(await storedSettings(trx, box, channels.all));
  for (const [name, text] of Object.entries(given)) {
    if (text === null) stored.delete(name);
    else stored.set(name, text);
  }
  const error = channels.trial(channel, stored);
  if (error === null) return;
  const name = Object.keys(given).find((one) => error.includes(one));
  throw invalid([{ path: name ?? '', message: name === undefined ? error : error.replace(`${name} `, '') }]);
}

/** Why one setting cannot be stored. No message holds its value. */
function faultOf(channels: Channels, channel: Channel, name: string, text: string | null): FieldFault[] {
  const setting = Object.hasOwn(channel.settings, name) ? channel.settings[name] : undefined;
  if (setting === undefined) return [{ path: name, message: `${channel.title} has no such setting` }];
  if (text === null) return [];
  if (channels.inEnvironment(name)) return [{ path: name, message: 'is set by the environment, which wins' }];
  if (/\p{Cc}/u.test(text)) return [{ path: name, message: 'must be one line without control characters' }];
  const parsed = setting.schema.safeParse(text);
  if (!parsed.success) return [{ path: name, message: parsed.error.issues.map(({ message }) => message).join('; ') }];
  const scheme = channel.server?.setting === name ? SCHEMES[channel.server.protocol] : undefined;
  if (scheme !== undefined && !scheme.fits(text)) return [{ path: name, message: `must begin with ${scheme.words}` }];
  if (!channels.refusesUrl(text)) return [];
  return [{ path: name, message: 'names a private address; allow it by OUTGOING_ALLOW, or set it in the environment' }];
}

/** What the setting of a server begins with, by its protocol; a protocol that is not here checks it by its schema. */
const SCHEMES: Record<string, { words: string; fits(text: string): boolean }> = {
  http: { words: 'https:// or http://', fits: isHttpUrl },
  smtp: { words: 'smtps:// or smtp://', fits: (text) => /^smtps?:\/\/[^/]/i.test(text) },
};
