import { channels } from '.';
import type { Channel } from './channel';

/** What the table of settings takes from the list of channels. */
export const channelSetup = {
  /** What may stand before the colon of a room. */
  names: channels.map(({ id }) => id),
  /** On which an address may be a URL that holds a secret. */
  secretUrls: channels.filter(({ address }) => address.hidesPath).map(({ id }) => id),
  /** Every variable of every channel. */
  settings: channels.flatMap(({ settings }) =>
    Object.entries(settings).map(([name, setting]) => ({ name, ...setting })),
  ),
  /** The room of a server that names none, in words. */
  defaultRoom: defaultRoomInWords(),
};

function defaultRoomInWords(): string {
  const roomOf = ({ id, address }: Channel) => `${id}:${address.defaultRoom}`;
  const having = channels.filter(({ address }) => address.defaultRoom !== undefined);
  const sending = having.filter(({ recordsOnly }) => !recordsOnly);
  const last = having.find(({ recordsOnly }) => recordsOnly);
  const parts = sending.map((channel) => `${roomOf(channel)} where ${channel.title} is configured`);
  return [...parts, ...(last ? [`else ${roomOf(last)}`] : [])].join(', ');
}
