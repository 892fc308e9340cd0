import type { Ports } from '../ports';
import { reach } from '../text/reach';
import { reachRules as words } from '../text/reachRules';
import type { Channel, Method } from './methods';

/** Notification rules as the pages show and change them. Pure. */

export type Rules = Awaited<ReturnType<Ports['notify']['notificationRules']>>;
export type Rule = Rules['high'][number];
export type QuietHours = NonNullable<Rules['quiet_hours']>;
export type Urgency = 'high' | 'low';
export const URGENCIES = ['high', 'low'] as const;
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof DAYS)[number];

const KINDS: Partial<Record<Channel['address_kind'], string>> = {
  device: 'push',
  account: 'chat',
  room: 'chat',
  email: 'email',
};

/** What the rules of a person name. */
export interface Around {
  methods: readonly Method[];
  channels: readonly Channel[];
}

/** The kind of a channel's addresses in rules; each channel of phones is a kind of its own. */
const kindOf = ({ channel, address_kind }: Pick<Channel, 'channel' | 'address_kind'>): string =>
  KINDS[address_kind] ?? channel;

/** The kinds that a rule can name on this server, such as `*push`. */
export const kindsOf = (channels: readonly Channel[]): string[] => [
  ...new Set(channels.filter(({ people, configured }) => people && configured).map((each) => `*${kindOf(each)}`)),
];

/** The methods that a rule means by a name. */
export const methodsNamed = (name: string, methods: readonly Method[], channels: readonly Channel[]): Method[] =>
  methods.filter(({ id, channel }) => {
    if (!name.startsWith('*')) return id === name;
    const known = channels.find((each) => each.channel === channel);
    return name === `*${channel}` || (known !== undefined && name === `*${kindOf(known)}`);
  });

export const labelOf = ({ label, channel, address }: Pick<Method, 'label' | 'channel' | 'address'>): string =>
  label || `${reach.channelOf(channel)} ${address}`;

/** What a rule names, in words. */
export function nameInWords(name: string, methods: readonly Pick<Method, 'id' | 'label' | 'channel' | 'address'>[]) {
  if (name.startsWith('*')) return words.kinds[name.slice(1)] ?? words.every(reach.channelOf(name.slice(1)));
  const method = methods.find(({ id }) => id === name);
  return method === undefined ? words.gone : labelOf(method);
}

export const whenInWords = ({ after_minutes: minutes }: Pick<Rule, 'after_minutes'>): string =>
  minutes === 0 ? words.atOnce : words.after(minutes);

/** By what a rule pages, as one sentence. */
export function ruleInWords({ methods: names, unless }: Rule, methods: Parameters<typeof nameInWords>[1]): string {
  const said = words.and(names.map((name) => nameInWords(name, methods)));
  const sentence = said.charAt(0).toUpperCase() + said.slice(1);
  return unless === undefined ? sentence : `${sentence}, ${words.unless}`;
}

/** The list without a rule; the first one left starts at once. */
export const without = (rules: readonly Rule[], at: number): Rule[] => startAtOnce(rules.filter((_, n) => n !== at));

/** The list with a rule at a place of the time line: two neighbours exchange their times. */
export function moved(rules: readonly Rule[], from: number, to: number): Rule[] {
  const times = rules.map(({ after_minutes }) => after_minutes);
  const order = [...rules];
  order.splice(to, 0, ...order.splice(from, 1));
  return order.map((rule, n) => ({ ...rule, after_minutes: times[n] as number }));
}

const startAtOnce = ([first, ...rest]: readonly Rule[]): Rule[] =>
  first === undefined ? [] : [{ ...first, after_minutes: 0 }, ...rest];

/** The list with a rule added, or in the place of another. */
export const withRule = (rules: readonly Rule[], at: number | null, rule: Rule): Rule[] =>
  (at === null ? [...rules, rule] : rules.map((each, n) => (n === at ? rule : each))).sort(
    (a, b) => a.after_minutes - b.after_minutes,
  );

const WEEKEND: readonly Day[] = ['sat', 'sun'];

/** The days on which quiet hours begin, in words. */
export function daysInWords(days: readonly Day[] | undefined): string {
  const begin = DAYS.filter((day) => days?.includes(day) ?? true);
  if (begin.length === DAYS.length) return words.quiet.everyDay;
  if (begin.length === 5 && !begin.some((day) => WEEKEND.includes(day))) return words.quiet.weekdays;
  if (begin.length === 2 && begin.every((day) => WEEKEND.includes(day))) return words.quiet.weekend;
  return words.and(begin.map((day) => words.quiet.days[day]));
}

/** Quiet hours as one sentence, in the person's zone. */
export const quietInWords = ({ days, from, to, time_zone }: QuietHours): string =>
  words.quiet.words(
    daysInWords(days),
    from,
    to <= from ? words.quiet.nextDay(to) : to,
    time_zone === undefined ? words.quiet.ownZone : time_zone.replaceAll('_', ' '),
  );
