import type { Db } from '../../kernel/db/pool';
import type { SecretBox } from '../../kernel/secretBox';
import type { Channel } from '../channels/channel';
import { type SealedSetting, sealedSettings } from '../store/channelSettings';
import type { StoredSettings } from './inForce';

/** The place of a setting's value, for `SecretBox`. */
const placeOf = (channel: string, name: string): string => `channel:${channel}:${name}`;

type Listed = readonly Pick<Channel, 'id' | 'settings'>[];

/** The channel that a setting is stored under: the first that declares it, as several channels can share one. */
export const ownerOf = (all: Listed, name: string): string =>
  String(all.find(({ settings }) => Object.hasOwn(settings, name))?.id);

/** A setting as it is stored. */
export function sealed(box: SecretBox, all: Listed, name: string, text: string): SealedSetting {
  const channel = ownerOf(all, name);
  return { channel, name, value: box.seal(text, placeOf(channel, name)) };
}

/** Reads all stored settings. Those of channels that this version does not know are left out. */
export async function storedSettings(db: Db, box: SecretBox, all: Listed): Promise<StoredSettings> {
  const rows = (await sealedSettings(db)).filter(({ channel, name }) => ownerOf(all, name) === channel);
  return new Map(rows.map(({ channel, name, value }) => [name, box.open(value, placeOf(channel, name))]));
}
