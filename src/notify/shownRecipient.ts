import { channels } from './channels';
import type { ChannelName } from './contract';
import { shortAddress } from './methods/address';

type Shown = (address: string) => string;

const OWN_WORDS: ReadonlyMap<string, Shown> = new Map(
  channels.flatMap(({ id, address: { kind, shown } }: (typeof channels)[number]): [string, Shown][] => {
    if (shown !== undefined) return [[id, shown]];
    return kind === 'phone' ? [[id, (address) => shortAddress(address, kind)]] : [];
  }),
);

/** The channels whose recipients are shown shortened. */
export const SHORTENED: string[] = [...OWN_WORDS.keys()];

/** The recipient of a notification for answers and events, which hold neither secrets of a device nor a whole phone number. */
export const shownRecipient = ({ channel, recipient }: { channel: ChannelName; recipient: string }): string =>
  OWN_WORDS.get(channel)?.(recipient) ?? recipient;
