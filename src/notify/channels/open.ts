import { type Outgoing, outgoing } from '../../kernel/http/outgoing';
import type { ChannelName } from '../contract';
import type { Outcome } from '../domain';
import {
  type Environment,
  type SettingsInForce,
  type StoredSettings,
  sameSettings,
  settingsInForce,
  valuesOf,
} from '../settings/inForce';
import { channels as listed } from '.';
import type { Channel, Message } from './channel';
import { poster } from './http';
import type { AnswerResult, Fetched, InboundContent, InboundReply, InboundRequest, OtherResults } from './inbound';
import { providerFallback, type SendBy } from './providers';
import { secretsIn, withoutSecrets } from './secrets';
import { usesOf } from './uses';

export interface ChannelsOptions {
  /** The parsed settings of all channels by the name of the variable, from the environment, with defaults. */
  channelSettings: Readonly<Record<string, unknown>>;
  /** The names that the environment sets. Absent: those with a value. */
  channelSettingsGiven?: readonly string[];
  /** Deadline of one attempt. */
  timeoutMs: number;
  /** Private addresses and CIDR blocks that users can name as targets. */
  outgoingAllow: string[];
  /** The address of the product, without a slash at its end. */
  publicUrl: string;
  /** Channels instead of the list, for tests. */
  definitions?: readonly Channel<ChannelName>[];
}

/** A channel with the settings of this process. A change of its settings replaces it. */
export interface OpenChannel {
  definition: Channel<ChannelName>;
  settings: SettingsInForce;
  /** The settings whose stored value cannot be read, because SECRET_KEY has changed. */
  lost: readonly string[];
  /** Whether the channel can send to an address that is no target by itself. */
  configured(): boolean;
  /**
   * Why a recipient can never be reached (`not_configured`, `settings_lost`, `invalid_recipient`); null if an attempt makes
   * sense.
   */
  refusal(recipient: string): string | null;
  /** What its messages come from; empty if it is not configured. */
  senders(): readonly string[];
  /**
   * Makes one attempt, within its deadline, by the first provider that takes it. Never rejects because of a provider. If the
   * settings were removed since the message was stored, it fails for good with the reason of `refusal`.
   */
  deliver(message: Message): Promise<Outcome>;
  /** Replaces a message that was sent, by its reference; null if the channel cannot. Same rules as `deliver`. */
  update(ref: string, message: Message): Promise<Outcome | null>;
  /** Sets the URL of its webhook at the provider; null if there is nothing to set. */
  register(at: Date): Promise<Outcome | null>;
  /** The webhook of its provider, with the settings of this process; absent if it has none or is not configured. */
  inbound(): BoundInbound | null;
  /** How its updates are fetched with the settings of this process; null if they are not. */
  polling(): BoundPolling | null;
  /** The public key that a browser needs to subscribe; null if there is none. */
  deviceKey(): string | null;
  /** Closes it after the attempts under way. */
  retire(): void;
  close(): void;
}

export interface BoundInbound {
  read(request: InboundRequest): Promise<InboundContent | { reply: InboundReply }>;
  reply(content: InboundContent, results: AnswerResult[], others: OtherResults): Promise<InboundReply>;
}

export interface BoundPolling {
  account: string;
  prepare(at: Date): Promise<Outcome>;
  fetch(from: number, at: Date): Promise<Fetched | Extract<Outcome, { outcome: 'failed' }>>;
}

/** A channel that stored settings cannot open; `error` names a setting and holds no value. */
export interface ReloadFault {
  channel: ChannelName;
  error: string;
}

export interface Channels {
  /** The channel as it is open now. Do not keep it: a change of settings replaces it. */
  of(name: ChannelName): OpenChannel;
  /** In the order of the list. */
  all: readonly Channel<ChannelName>[];
  /** Whether the environment sets a variable, which then wins over a stored value. */
  inEnvironment(name: string): boolean;
  /** Opens each channel again whose settings differ. Attempts under way end on the old connection. */
  reload(stored: StoredSettings): ReloadFault[];
  /** Why these settings cannot open the channel, in words that name the setting; null if they can. */
  trial(name: ChannelName, stored: StoredSettings): string | null;
  /** Whether a URL names a private address that users may not enter. */
  refusesUrl(url: string): boolean;
  close(): Promise<void>;
}

/** @throws Error naming a setting of the environment that cannot be used */
export function openChannels(options: ChannelsOptions): Channels {
  const http = outgoing(options.outgoingAllow);
  const all = options.definitions ?? listed;
  const environment = environmentOf(options);
  const openWith = (channel: Channel<ChannelName>, stored: StoredSettings) =>
    openChannel(channel, http, options, settingsOf(channel, environment, stored));
  const open = new Map(all.map((channel) => [channel.id, openWith(channel, new Map())]));

  /** If stored settings cannot open a channel, it is opened without them. */
  function replace(channel: Channel<ChannelName>, stored: StoredSettings): ReloadFault[] {
    const before = open.get(channel.id) as OpenChannel;
    const settings = settingsOf(channel, environment, stored).own;
    if (sameSettings(settings, before.settings)) return [];
    try {
      open.set(channel.id, openWith(channel, stored));
      before.retire();
      return [];
    } catch (error) {
      const { own, values } = settingsOf(channel, environment, new Map());
      const unused = new Map(
        [...own].map(([name, one]) => [name, stored.has(name) ? { ...one, problem: 'invalid' as const } : one]),
      );
      if (sameSettings(unused, before.settings)) return [];
      open.set(channel.id, openChannel(channel, http, options, { own: unused, values }));
      before.retire();
      return [{ channel: channel.id, error: (error as Error).message }];
    }
  }

  return {
    of: (name) => open.get(name) as OpenChannel,
    all,
    inEnvironment: (name) => environment.given.has(name),
    reload: (stored) => all.flatMap((channel) => replace(channel, stored)),
    trial(name, stored) {
      try {
        for (const channel of all.filter(({ id, sharesSettings }) => [id, sharesSettings].includes(name)))
          openWith(channel, stored).close();
        return null;
      } catch (error) {
        return (error as Error).message;
      }
    },
    refusesUrl: http.refusesUrl,
    async close() {
      for (const channel of open.values()) channel.close();
      await http.close();
    },
  };
}

function environmentOf({ channelSettings: values, channelSettingsGiven }: ChannelsOptions): Environment {
  const given = channelSettingsGiven ?? Object.keys(values).filter((name) => values[name] !== undefined);
  return { values, given: new Set(given) };
}

/** The channel, and the one whose settings it reads too. */
const sharing = (channel: Channel): readonly Channel[] => [
  channel,
  ...listed.filter(({ id }) => id === channel.sharesSettings),
];

interface SettingsOfChannel {
  /** Those that it declares or shares. */
  own: SettingsInForce;
  /** Their values, and those of the environment for other channels. */
  values: Readonly<Record<string, unknown>>;
}

function settingsOf(channel: Channel, environment: Environment, stored: StoredSettings): SettingsOfChannel {
  const own = new Map(sharing(channel).flatMap((one) => [...settingsInForce(one, environment, stored)]));
  return { own, values: { ...environment.values, ...valuesOf(own) } };
}

/** @throws Error naming a setting that cannot be used */
function openChannel(
  definition: Channel<ChannelName>,
  http: Outgoing,
  { timeoutMs, publicUrl }: ChannelsOptions,
  { own, values: settings }: SettingsOfChannel,
): OpenChannel {
  const { address } = definition;
  // An address that a user entered is guarded; one of the environment is trusted, because the operator set it.
  const guarded = [...own.values()].some(({ storedUrl }) => storedUrl);
  const connection = definition.open?.(settings, timeoutMs, guarded ? http.dial : undefined);
  const tools = { settings, connection, timeoutMs, publicUrl, post: poster(http, timeoutMs, guarded) };
  const secrets = sharing(definition)
    .flatMap((channel) => secretsIn(channel, settings))
    .sort((a, b) => b.length - a.length);
  const configured = () => definition.configured(settings);
  const lost = [...own].filter(([, { problem }]) => problem === 'lost').map(([name]) => name);
  const names = definition.providers?.(settings) ?? [];
  const fallback = providerFallback(names, timeoutMs);
  const by =
    (message: Message): SendBy =>
    (provider, within) =>
      definition.send(message, { ...tools, provider, timeoutMs: within, post: poster(http, within, guarded) });
  const uses = usesOf(() => definition.close?.(connection));
  /** Why the settings do not suffice for a recipient; null if they do. */
  const unset = (recipient: string) => {
    if (address.isTarget?.(recipient) || configured()) return null;
    return lost.length > 0 ? 'settings_lost' : 'not_configured';
  };
  return {
    definition,
    settings: own,
    lost,
    configured,
    refusal: (recipient) =>
      unset(recipient) ??
      (address.isTarget?.(recipient) || address.accepts?.(recipient) !== false ? null : 'invalid_recipient'),
    senders: () => (configured() ? (definition.senders?.(settings) ?? []) : []),
    deliver: (message) =>
      uses.during(async () => {
        const reason = unset(message.recipient);
        if (reason !== null) return { outcome: 'failed', reason, permanent: true };
        const outcome =
          names.length > 1 ? await fallback.send(message, by(message)) : await definition.send(message, tools);
        return withoutSecrets(outcome, secrets);
      }),
    update: (ref, message) =>
      uses.during(async () =>
        definition.update === undefined ? null : withoutSecrets(await definition.update(ref, message, tools), secrets),
      ),
    register: (at) =>
      uses.during(async () => {
        const outcome = configured() ? ((await definition.register?.(tools, at)) ?? null) : null;
        return outcome && withoutSecrets(outcome, secrets);
      }),
    inbound() {
      const { inbound } = definition;
      if (inbound === undefined || !configured()) return null;
      return {
        read: (request) => uses.during(() => inbound.read(request, tools)),
        reply: (content, results, others) => uses.during(async () => inbound.reply(content, results, tools, others)),
      };
    },
    polling() {
      const { polling } = definition;
      const account = polling === undefined || !configured() ? null : polling.account(tools);
      if (polling === undefined || account === null) return null;
      return {
        account,
        prepare: (at) => uses.during(async () => withoutSecrets(await polling.prepare(tools, at), secrets)),
        fetch: (from, at) =>
          uses.during(async () => {
            const fetched = await polling.fetch(from, tools, at);
            return 'outcome' in fetched
              ? (withoutSecrets(fetched, secrets) as Extract<Outcome, { outcome: 'failed' }>)
              : fetched;
          }),
      };
    },
    deviceKey: () => definition.deviceKey?.(connection) ?? null,
    retire: uses.retire,
    close: uses.close,
  };
}
