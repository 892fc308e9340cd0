import type { ChannelName, Target } from './contract';

/**
 * Vocabulary. A **notification** is one message to one **address** (a recipient on a channel); an **attempt** is one
 * try to deliver it, with an **outcome**. A failure is **permanent** if another attempt cannot help. The provider's `ref` of a
 * sent message names it in a later update or thread; an update of a message that the provider does not have is `gone`.
 * `movedTo` is the address that replaces the one that was tried.
 */
export type Outcome = { channel?: ChannelHealth; movedTo?: string } & (
  | { outcome: 'sent'; receipt: string | null; ref?: string }
  | { outcome: 'failed'; reason: string; permanent: boolean; retryAfterMs?: number; slowly?: boolean; gone?: true }
);

/**
 * What an outcome shows about the channel itself. `working`: its server accepted or judged this message. `failing`: no
 * message can pass (no connection, no log-in, a configured address that is gone). `suspect`: the server stopped answering
 * for this recipient, which is a fault of the channel only if other recipients have it too. Absent: neither.
 */
export type ChannelHealth = 'working' | 'failing' | 'suspect';

/** The state of a notification after an attempt. */
export type NextState =
  | { status: 'sent' }
  | { status: 'queued'; reason: string; nextAttemptAt: Date }
  | { status: 'failed'; reason: string };

export interface Pace {
  now: Date;
  /** The number of the attempt that ended, from 1. */
  attempt: number;
  firstAttemptAt: Date;
  giveUpAfterMs: number;
  /** Between 0 and 1; spreads retries, so that many do not come at the same time. */
  jitter: number;
}

const FIRST_PAUSE_MS = 1_000;
/** A fault that only an operator can repair needs no quick retry. */
const SLOW_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 300_000;

/** Sent; or queued for a retry with growing pauses, no sooner than the provider asked; or failed, because of a permanent failure or because the time for retries is over. */
export function nextState(outcome: Outcome, { now, attempt, firstAttemptAt, giveUpAfterMs, jitter }: Pace): NextState {
  if (outcome.outcome === 'sent') return { status: 'sent' };
  const { reason, permanent, retryAfterMs = 0, slowly = false } = outcome;
  if (permanent) return { status: 'failed', reason };
  const firstMs = slowly ? SLOW_PAUSE_MS : FIRST_PAUSE_MS;
  const pauseMs = Math.min(firstMs * 2 ** Math.min(attempt - 1, 30), LONGEST_PAUSE_MS) * (0.75 + jitter / 2);
  const next = now.getTime() + Math.max(pauseMs, retryAfterMs);
  if (next > firstAttemptAt.getTime() + giveUpAfterMs) return { status: 'failed', reason: `gave up: ${reason}` };
  return { status: 'queued', reason, nextAttemptAt: new Date(next) };
}

/** The `incident_id` of messages that test a channel. */
export const TEST_SUBJECT = 'channel-test';
/** Begins the `incident_id` of test pages, which people send to themselves. */
export const TEST_PAGE = 'page-me:';
export const isTestPage = (incidentId: string): boolean => incidentId.startsWith(TEST_PAGE);

/** The properties of a channel that the choice of addresses depends on. */
export interface ChannelTraits {
  id: ChannelName;
  /** It only stores messages and reaches no one. */
  recordsOnly?: boolean;
  /** `email`: people are paged by it, at the e-mail of their schedule entry. `defaultRoom`: its room if none is named. */
  address: { kind: 'email' | 'phone' | 'account' | 'device' | 'room'; defaultRoom?: string };
}

export interface Address {
  channel: ChannelName;
  recipient: string;
  /** False if the channel only records the message, so that the person never sees it. */
  reachable: boolean;
  /** Whether the channel only records. */
  recordsOnly: boolean;
}

export interface Person {
  name: string;
  email: string | null;
}

/** The configuration that the choice of addresses depends on. */
export interface Setup {
  channels: readonly ChannelTraits[];
  configured: (channel: ChannelName) => boolean;
  defaultRoom: string | null;
}

/** Every address a person is notified at: the e-mail of their schedule entry on each configured channel that takes one. */
export function addressesOf({ name, email }: Person, { channels, configured }: Setup): Address[] {
  const personal = email ? channels.filter(({ id, address }) => address.kind === 'email' && configured(id)) : [];
  if (email && personal.length > 0) return personal.map((channel) => addressOn(channel, email));
  return [addressOn(recorderOf(channels), name.trim() || email || 'unknown')];
}

/** A room is `channel:address`; null is the default room. One on a channel that does not exist has no channel. */
export function roomOf(text: string | null, setup: Setup): Address | { unknown: string } {
  const room = text ?? setup.defaultRoom ?? firstDefaultRoom(setup);
  const colon = room.indexOf(':');
  const id = room.slice(0, colon).trim().toLowerCase();
  const channel = setup.channels.find((one) => one.id === id);
  const recipient = room.slice(colon + 1).trim();
  if (channel === undefined || recipient === '') return { unknown: room };
  return addressOn(channel, recipient);
}

/** The default room of the first configured channel that has one, and of the channel that records if there is none. */
function firstDefaultRoom({ channels, configured }: Setup): string {
  const recorder = recorderOf(channels);
  const candidates = channels.filter((one) => one !== recorder && one.address.defaultRoom && configured(one.id));
  const { id, address } = candidates[0] ?? recorder;
  return `${id}:${address.defaultRoom}`;
}

function addressOn({ id: channel, recordsOnly = false }: ChannelTraits, recipient: string): Address {
  return { channel, recipient, reachable: !recordsOnly, recordsOnly };
}

/** The channels that reach no one. */
export const recordersOf = (channels: readonly ChannelTraits[]): ChannelName[] =>
  channels.filter(({ recordsOnly }) => recordsOnly).map(({ id }) => id);

/** The channel for messages that reach no one. @throws Error if the list has none */
function recorderOf(channels: readonly ChannelTraits[]): ChannelTraits {
  const recorder = channels.find(({ recordsOnly }) => recordsOnly);
  if (recorder === undefined) throw new Error('No channel records what can reach no one');
  return recorder;
}

/** One message that `tell` will store. */
export interface Addressed extends Address {
  to: number;
  addressNo: number;
  audience: 'person' | 'room';
  person: Person | null;
  /** Why it fails before any attempt; null if it is tried. */
  refusal: string | null;
}

/** The addresses of targets, in order. `refusalOf` returns why a channel refuses a recipient, or null. */
export function resolveTargets(
  targets: readonly Target[],
  setup: Setup,
  refusalOf: (address: Address) => string | null,
): Addressed[] {
  return targets.flatMap((target, to) => {
    const person = target.kind === 'person' ? { name: target.name, email: target.email } : null;
    const audience = target.kind;
    const found = target.kind === 'person' ? addressesOf(target, setup) : [roomOf(target.address, setup)];
    return found.map((address, addressNo) => {
      if ('unknown' in address) {
        const nowhere = { ...addressOn(recorderOf(setup.channels), address.unknown), reachable: false };
        return { ...nowhere, to, addressNo, audience, person, refusal: 'unknown_channel' };
      }
      const refusal = refusalOf(address);
      return { ...address, reachable: address.reachable && refusal === null, to, addressNo, audience, person, refusal };
    });
  });
}
