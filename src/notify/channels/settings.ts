import { channels } from '.';
import type { Channel } from './channel';

/** The channels as the table of settings sees them. */
export const channelSetup = {
  /** The names that a room can begin with. */
  names: channels.map(({ id }) => id),
  /** The channels whose addresses can be URLs that hold a secret. */
  secretUrls: channels.filter(({ address }) => address.hidesPath).map(({ id }) => id),
  /** Channels whose addresses are phone numbers. */
  phones: channels.filter(({ address }) => address.kind === 'phone').map(({ id }) => id),
  /** Every variable of every channel. */
  settings: channels.flatMap(({ settings }) =>
    Object.entries(settings).map(([name, setting]) => ({ name, ...setting })),
  ),
  /** The default room of a server without `DEFAULT_ROOM`, in words. */
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
