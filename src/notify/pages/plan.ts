import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import type { Channels } from '../channels/open';
import type { Target } from '../contract';
import { type ContactMethod, unusableBecause } from '../methods/method';
import { methodsOfAll } from '../methods/store';
import { quietUntil } from '../rules/quietHours';
import { type ResolvedRule, rulesOfPage, type Urgency, type UsedMethod } from '../rules/rules';
import { rulesOfAll, type StoredRules } from '../rules/store';
import type { Notification } from '../store/notifications';
import type { Page } from './store';

/** Plans pages by the rules of people. A page to a person without a usable contact method goes to their schedule entry. */

/** The plan of a page to one target of a command. */
export interface PagePlan {
  id: string;
  /** The index of the target. */
  to: number;
  person: { name: string; email: string };
  timeZone: string | null;
  rules: ResolvedRule[];
  /** The end of the quiet hours that hold the page; null if it is sent now. */
  heldUntil: Date | null;
  /** Whether it goes to the address of the schedule entry. */
  byEntry: boolean;
}

type PlanDeps = { db: Db; channels: Channels };
type PersonTarget = Extract<Target, { kind: 'person' }>;

/** The contact methods and rules of people. */
export interface Reachable {
  methods: ReadonlyMap<string, ContactMethod[]>;
  rules: ReadonlyMap<string, StoredRules>;
}

/** Reads the methods and rules of many people in two statements. */
export async function readPeople(db: Db, emails: readonly string[]): Promise<Reachable> {
  const people = [...new Set(emails.map((email) => email.toLowerCase()))];
  const [methods, rules] = await Promise.all([methodsOfAll(db, people), rulesOfAll(db, people)]);
  const byPerson = new Map<string, ContactMethod[]>();
  for (const method of methods) {
    const own = byPerson.get(method.person_email);
    if (own === undefined) byPerson.set(method.person_email, [method]);
    else own.push(method);
  }
  return { methods: byPerson, rules: new Map(rules.map((own) => [own.person_email, own])) };
}

/** Whether a channel reaches a person at the e-mail address of their schedule entry. */
const hasMail = ({ all, of }: Channels): boolean =>
  all.some(({ id, address }) => address.kind === 'email' && of(id).configured());

/** The methods of a person that pages use now. */
export const usableOf = (methods: readonly ContactMethod[], channels: Channels): ContactMethod[] =>
  methods.filter((method) => unusableBecause(method, channels.of(method.channel).refusal(method.address)) === null);

/** The rules of a page to a person as they are now, without the methods that the page used. */
export function rulesNow(
  people: Reachable,
  email: string,
  urgency: Urgency,
  channels: Channels,
  used: readonly UsedMethod[] = [],
): ResolvedRule[] {
  const usable = usableOf(people.methods.get(email) ?? [], channels);
  const own = people.rules.get(email);
  return rulesOfPage(own, { usable, channels: channels.all, urgency, hasFallback: hasMail(channels), used });
}

/** The one rule of a person without a usable contact method: the channels that take the address of their schedule entry. */
function rulesByEntry(email: string, { all, of }: Channels): ResolvedRule[] {
  const methods = all
    .filter(({ id, address }) => address.kind === 'email' && of(id).configured() && of(id).refusal(email) === null)
    .map(({ id: channel }) => ({ id: null, channel, address: email }));
  return methods.length === 0 ? [] : [{ afterMinutes: 0, methods, unlessDelivered: false }];
}

type Sent = Pick<Notification, 'method_id' | 'channel' | 'status'>;

/**
 * The rules that a stored page has left, in order. What counts as used is the methods of its notifications and no index, so
 * that no change of methods or rules skips a rule or repeats a message. A page that began with contact methods ends with
 * them: if its person deletes the last one, no message to the schedule entry follows.
 */
export function rulesLeft(
  people: Reachable,
  { person_email, urgency, by_entry }: Pick<Page, 'person_email' | 'urgency' | 'by_entry'>,
  sent: readonly Sent[],
  channels: Channels,
): ResolvedRule[] {
  const arrived = sent.some(({ status }) => status === 'delivered');
  const byMethods = rulesNow(people, person_email, urgency, channels, sent);
  const byEntry = by_entry === true && sent.length === 0 && byMethods.length === 0;
  const rules = byEntry ? rulesByEntry(person_email, channels) : byMethods;
  return rules.filter(({ unlessDelivered }) => !(unlessDelivered && arrived));
}

/** The end of the quiet hours that hold a page of low urgency to a person; null if none do. */
export function heldUntil(
  people: Reachable,
  email: string,
  zone: string | null,
  urgency: Urgency,
  now: Date,
): Date | null {
  const hours = people.rules.get(email)?.quiet_hours ?? null;
  return hours === null || urgency === 'high' ? null : quietUntil(hours, hours.time_zone ?? zone ?? 'UTC', now);
}

/**
 * The plans of the people of a command, by the index of their target. A person without a usable contact method is planned at
 * the address of their schedule entry; a person that no channel reaches there has no plan.
 */
export async function planPages(
  { db, channels }: PlanDeps,
  targets: readonly Target[],
  urgency: Urgency,
  now: Date,
): Promise<Map<number, PagePlan>> {
  const asked = targets.flatMap((target, to) =>
    target.kind === 'person' && target.email !== null ? [{ ...(target as PersonTarget), email: target.email, to }] : [],
  );
  if (asked.length === 0) return new Map();
  const people = await readPeople(
    db,
    asked.map(({ email }) => email),
  );
  const plans = asked.flatMap(({ email: given, name, to, time_zone }): PagePlan[] => {
    const email = given.toLowerCase();
    const byMethods = rulesNow(people, email, urgency, channels);
    const byEntry = byMethods.length === 0;
    const rules = byEntry ? rulesByEntry(given, channels) : byMethods;
    if (rules.length === 0) return [];
    const zone = time_zone ?? null;
    return [
      {
        id: randomUUID(),
        to,
        person: { name, email },
        timeZone: zone,
        rules,
        byEntry,
        heldUntil: heldUntil(people, email, zone, urgency, now),
      },
    ];
  });
  return new Map(plans.map((plan) => [plan.to, plan]));
}
