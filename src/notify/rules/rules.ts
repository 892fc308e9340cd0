import type { ChannelAddress } from '../channels/channel';
import type { ChannelName, NotificationRule } from '../contract';
import type { ContactMethod } from '../methods/method';

/** Which contact methods page a person, and when. Pure. */

export type Urgency = 'high' | 'low';

/** Critical and high incidents are urgent; so is a page whose severity is unknown. */
export const urgencyOf = (severity: string | null): Urgency =>
  severity === 'medium' || severity === 'low' ? 'low' : 'high';

/** The property of a channel that rules depend on. */
export interface RuleChannel {
  id: ChannelName;
  address: Pick<ChannelAddress, 'kind' | 'people'>;
}

/** What a rule can name beside a method: kinds of channels. A room that belongs to one person is a chat. */
const KINDS: Record<ChannelAddress['kind'], string | null> = {
  device: 'push',
  account: 'chat',
  room: 'chat',
  email: 'email',
  phone: null,
};

/** A call disturbs more than a text message, so it comes later. */
const CALLS = 'voice';
const TEXT_MINUTE = 2;
const CALL_MINUTE = 5;

/** The names that a rule can have after `*`. */
export const groupNames = (channels: readonly RuleChannel[]): Set<string> =>
  new Set(channels.filter(({ address }) => address.people).flatMap(groupsOf));

const groupsOf = ({ id, address }: RuleChannel): string[] => [
  id,
  ...(KINDS[address.kind] === null ? [] : [KINDS[address.kind] as string]),
];

/**
 * The default rules: push, chat and e-mail at once, then text messages, then calls; for pages of low urgency only e-mail and
 * chat.
 */
export function defaultRules(channels: readonly RuleChannel[], urgency: Urgency): NotificationRule[] {
  const people = channels.filter(({ address }) => address.people);
  const kinds = new Set(people.map(({ address }) => KINDS[address.kind]));
  const named = (names: readonly string[]) => names.filter((name) => kinds.has(name)).map((name) => `*${name}`);
  const phones = (calls: boolean) =>
    people.filter(({ id, address }) => address.kind === 'phone' && (id === CALLS) === calls).map(({ id }) => `*${id}`);
  const rules =
    urgency === 'low'
      ? [{ after_minutes: 0, methods: named(['email', 'chat']) }]
      : [
          { after_minutes: 0, methods: named(['push', 'chat', 'email']) },
          { after_minutes: TEXT_MINUTE, methods: phones(false) },
          { after_minutes: CALL_MINUTE, methods: phones(true) },
        ];
  return rules.filter(({ methods }) => methods.length > 0);
}

/** Where a rule sends: a contact method, or the address of the schedule entry, which has no id. */
export type RuleMethod = Pick<ContactMethod, 'channel' | 'address'> & {
  id: string | null;
  state?: ContactMethod['state'];
};

/** One rule with the methods that it uses now. */
export interface ResolvedRule {
  afterMinutes: number;
  methods: RuleMethod[];
  unlessDelivered: boolean;
}

/** A contact method that a page used. The method itself may be gone since. */
export interface UsedMethod {
  method_id: string | null;
  channel: ChannelName;
}

/**
 * The rules that are left, with the methods that the page did not use yet. A rule without any is left out. If no message
 * belongs to the first rules, the later ones move forward, so that a page never waits for nothing. A method that several
 * rules name is used once by each.
 */
export function resolveRules(
  rules: readonly NotificationRule[],
  usable: readonly ContactMethod[],
  channels: readonly RuleChannel[],
  used: readonly UsedMethod[] = [],
): ResolvedRule[] {
  const groups = new Map(channels.map((channel) => [channel.id, groupsOf(channel)]));
  const isMeant = (name: string, id: string | null, channel: ChannelName) =>
    name.startsWith('*') ? (groups.get(channel)?.includes(name.slice(1)) ?? false) : name === id;
  const isUnused = unusedBy(used);
  const filled = rules
    .map(({ after_minutes, methods: names, unless }) => ({
      afterMinutes: after_minutes,
      methods: usable.filter(({ id, channel }) => names.some((name) => isMeant(name, id, channel))),
      began: used.some(({ method_id, channel }) => names.some((name) => isMeant(name, method_id, channel))),
      unlessDelivered: unless === 'delivered',
    }))
    .filter(({ methods, began }) => began || methods.length > 0);
  const first = filled[0]?.afterMinutes ?? 0;
  return filled
    .map(({ afterMinutes, methods, unlessDelivered }) => ({
      ...{ afterMinutes: afterMinutes - first, unlessDelivered },
      methods: methods.filter(isUnused),
    }))
    .filter(({ methods }) => methods.length > 0);
}

/** Whether a method is unused, asked once for each rule that names it: every use of it answers for one rule. */
function unusedBy(used: readonly UsedMethod[]): (method: ContactMethod) => boolean {
  const uses = new Map<string | null, number>();
  for (const { method_id } of used) uses.set(method_id, (uses.get(method_id) ?? 0) + 1);
  return ({ id }) => {
    const left = uses.get(id) ?? 0;
    uses.set(id, left - 1);
    return left <= 0;
  };
}

/** The rules that a person set; null for the defaults. */
export interface OwnRules {
  high: NotificationRule[] | null;
  low: NotificationRule[] | null;
}

/**
 * The rules that a page has left, with the usable methods that it did not use yet. Rules that lead to no usable method fall
 * back to the defaults. A page of low urgency to a person without e-mail and chat uses the e-mail of the schedule entry if
 * `hasFallback`, else the rules of high urgency. Empty: no rule is left.
 */
export function rulesOfPage(
  own: OwnRules | undefined,
  {
    usable,
    channels,
    urgency,
    hasFallback,
    used = [],
  }: {
    usable: readonly ContactMethod[];
    channels: readonly RuleChannel[];
    urgency: Urgency;
    hasFallback: boolean;
    used?: readonly UsedMethod[];
  },
): ResolvedRule[] {
  const candidates = [
    own?.[urgency] ?? [],
    defaultRules(channels, urgency),
    ...(urgency === 'low' && !hasFallback ? [own?.high ?? [], defaultRules(channels, 'high')] : []),
  ];
  for (const rules of candidates) {
    if (resolveRules(rules, usable, channels).length > 0) return resolveRules(rules, usable, channels, used);
  }
  return [];
}

/** The default rules as a person sees them: without kinds that the person has no method of. */
export function shownDefaults(
  channels: readonly RuleChannel[],
  urgency: Urgency,
  methods: readonly Pick<ContactMethod, 'channel'>[],
): NotificationRule[] {
  const own = new Set(channels.filter(({ id }) => methods.some(({ channel }) => channel === id)).flatMap(groupsOf));
  const rules = defaultRules(channels, urgency)
    .map((rule) => ({ ...rule, methods: rule.methods.filter((name) => own.has(name.slice(1))) }))
    .filter((rule) => rule.methods.length > 0);
  const first = rules[0]?.after_minutes ?? 0;
  return rules.map((rule) => ({ ...rule, after_minutes: rule.after_minutes - first }));
}
