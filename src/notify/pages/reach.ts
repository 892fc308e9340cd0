import type { Service } from '../../kernel/ports/contract';
import type { Channels } from '../channels/open';
import type { ChannelName, NotifyContract, Reach } from '../contract';
import type { MethodDeps } from '../methods/deps';
import { type ContactMethod, shownState } from '../methods/method';
import type { ResolvedRule } from '../rules/rules';
import { type Reachable, readPeople, rulesNow, usableOf } from './plan';
import { whyNoMethod } from './whyNot';

/** How people are reached, and what weakens it. */

type Concern = Reach['concerns'][number];

export const reachAnswers = ({
  db,
  channels,
}: Pick<MethodDeps, 'db' | 'channels'>): Pick<Service<NotifyContract>, 'reach'> => ({
  async reach({ people }) {
    const asked = [...new Set(people.map((person) => person.trim().toLowerCase()))];
    const read = await readPeople(db, asked);
    return { people: asked.map((person) => reachOf(person, read, channels)) };
  },
});

/** The reach of one person, whose address is lower case. Pure. */
export function reachOf(person: string, read: Reachable, channels: Channels): Reach {
  const methods = read.methods.get(person) ?? [];
  const usable = usableOf(methods, channels);
  const entry = usable.length > 0 ? [] : entryChannels(person, channels);
  const reachable = usable.length > 0 || entry.length > 0;
  return {
    ...{ person, reachable, why_not: reachable ? null : whyNoMethod(methods, channels) },
    ways: waysOf(rulesNow(read, person, 'high', channels), entry, channels),
    concerns: [
      ...(reachable ? [] : [{ kind: 'unreachable' as const, since: null }]),
      ...unverifiedOnly(methods, usable),
      ...weaknessOf(usable, entry, channels),
    ],
    failing: methods.filter(hasFailed).map(({ channel, ...method }) => ({
      ...{ channel, title: titleOf(channel, channels), state: method.state === 'disabled' ? 'disabled' : 'failing' },
      ...{ since: instant(method.failing_since ?? method.stopped_at), error: method.last_error },
    })),
  };
}

/** The channels that reach a person at the e-mail address of their schedule entry. */
const entryChannels = (person: string, channels: Channels): ChannelName[] =>
  channels.all.flatMap(({ id, address }) =>
    address.kind === 'email' && channels.of(id).refusal(person) === null ? id : [],
  );

/** Whether a method fails, or was disabled because it failed; not one that its owner disabled. */
const hasFailed = (method: ContactMethod): boolean =>
  shownState(method) === 'failing' || (method.state === 'disabled' && method.failing_since !== null);

function unverifiedOnly(methods: readonly ContactMethod[], usable: readonly ContactMethod[]): Concern[] {
  const unverified = methods.filter(({ state }) => state === 'unverified');
  if (usable.length > 0 || unverified.length === 0) return [];
  return [{ kind: 'unverified_only', since: first(unverified.map(({ created_at }) => created_at)) }];
}

/** What weakens the reach by the methods that pages use. */
function weaknessOf(usable: readonly ContactMethod[], entry: readonly ChannelName[], channels: Channels): Concern[] {
  if (usable.length === 0) return entry.length > 0 ? [{ kind: 'email_only', since: null }] : [];
  const isMail = ({ channel }: ContactMethod) => channels.of(channel).definition.address.kind === 'email';
  const failing = usable.every(({ state }) => state === 'failing');
  const proven = usable.some(({ last_delivered_at, last_answered_at }) => last_delivered_at ?? last_answered_at);
  const added = usable.map(({ verified_at, created_at }) => verified_at ?? created_at);
  return [
    // All of them fail since the last one began to.
    ...(failing
      ? [{ kind: 'failing_only' as const, since: last(usable.flatMap(({ failing_since }) => failing_since ?? [])) }]
      : []),
    ...(usable.every(isMail) ? [{ kind: 'email_only' as const, since: first(added) }] : []),
    ...(proven ? [] : [{ kind: 'never_proven' as const, since: first(added) }]),
  ];
}

const instant = (at: Date | null): string | null => at?.toISOString() ?? null;
const first = (instants: readonly Date[]): string | null =>
  instant(instants.reduce<Date | null>((least, at) => (least === null || at < least ? at : least), null));
const last = (instants: readonly Date[]): string | null =>
  instant(instants.reduce<Date | null>((most, at) => (most === null || at > most ? at : most), null));

/** `push and e-mail, then SMS after 2 min`. */
function waysOf(rules: readonly ResolvedRule[], entry: readonly ChannelName[], channels: Channels): string | null {
  const ways = rules.map(({ methods, afterMinutes }) => ({
    afterMinutes,
    titles: [...new Set(methods.map(({ channel }) => titleOf(channel, channels)))],
  }));
  const all =
    ways.length > 0 || entry.length === 0 ? ways : [{ afterMinutes: 0, titles: entryTitles(entry, channels) }];
  if (all.length === 0) return null;
  return all
    .map(({ titles, afterMinutes }) => `${listed(titles)}${afterMinutes > 0 ? ` after ${afterMinutes} min` : ''}`)
    .join(', then ');
}

const entryTitles = (entry: readonly ChannelName[], channels: Channels): string[] =>
  entry.map((id) => titleOf(id, channels));

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** The title of a channel inside a sentence: names keep their capital letter. */
function titleOf(channel: ChannelName, channels: Channels): string {
  const { title, address } = channels.of(channel).definition;
  const isName = address.kind === 'account' || address.kind === 'room';
  return isName || !/^[A-Z][a-z-]/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1);
}
