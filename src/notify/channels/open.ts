import { type Outgoing, outgoing } from '../../kernel/http/outgoing';
import type { ChannelName } from '../contract';
import type { Outcome } from '../domain';
import { channels as all } from '.';
import type { Channel, Message } from './channel';
import { poster } from './http';
import { secretsIn, withoutSecrets } from './secrets';

export interface ChannelsOptions {
  /** The parsed settings of all channels, by the name of the variable. */
  channelSettings: Readonly<Record<string, unknown>>;
  /** Deadline of one attempt. */
  timeoutMs: number;
  /** Private addresses and CIDR blocks that users can name as targets. */
  outgoingAllow: string[];
}

/** A channel with the settings of this process. */
export interface OpenChannel {
  definition: Channel<ChannelName>;
  /** Whether the channel can send to an address that is no target by itself. */
  configured(): boolean;
  /** Why a recipient can never be reached (`not_configured`, `invalid_recipient`); null if an attempt makes sense. */
  refusal(recipient: string): string | null;
  /** Makes one attempt, within its deadline. Never rejects because of a provider. */
  deliver(message: Message): Promise<Outcome>;
  close(): void;
}

export interface Channels {
  of(name: ChannelName): OpenChannel;
  /** In the order of the list. */
  all: readonly Channel<ChannelName>[];
  close(): Promise<void>;
}

/** @throws Error naming a setting that cannot be used */
export function openChannels(options: ChannelsOptions): Channels {
  const http = outgoing(options.outgoingAllow);
  const open = new Map(all.map((channel) => [channel.id, openChannel(channel, http, options)]));
  return {
    of: (name) => open.get(name) as OpenChannel,
    all,
    async close() {
      for (const channel of open.values()) channel.close();
      await http.close();
    },
  };
}

/** @throws Error naming a setting that cannot be used */
function openChannel(definition: Channel<ChannelName>, http: Outgoing, options: ChannelsOptions): OpenChannel {
  const { channelSettings: settings, timeoutMs } = options;
  const { address } = definition;
  const connection = definition.open?.(settings, timeoutMs);
  const tools = { settings, connection, timeoutMs, post: poster(http, timeoutMs) };
  const secrets = secretsIn(definition, settings);
  const configured = () => definition.configured(settings);
  return {
    definition,
    configured,
    refusal(recipient) {
      if (address.isTarget?.(recipient)) return null;
      if (!configured()) return 'not_configured';
      return address.accepts?.(recipient) === false ? 'invalid_recipient' : null;
    },
    deliver: async (message) => withoutSecrets(await definition.send(message, tools), secrets),
    close: () => definition.close?.(connection),
  };
}
