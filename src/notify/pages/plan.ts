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

/** Plans pages by the rules of people. People without a usable contact method have no plan: their schedule entry decides. */

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

type Sent = Pick<Notification, 'method_id' | 'channel' | 'status'>;

/**
 * The rules that a stored page has left, in order. What counts as used is the methods of its notifications and no index, so
 * that no change of methods or rules skips a rule or repeats a message.
 */
export function rulesLeft(
  people: Reachable,
  { person_email, urgency }: Pick<Page, 'person_email' | 'urgency'>,
  sent: readonly Sent[],
  channels: Channels,
): ResolvedRule[] {
  const arrived = sent.some(({ status }) => status === 'delivered');
  const rules = rulesNow(people, person_email, urgency, channels, sent);
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

/** The plans of the people of a command who have usable contact methods, by the index of their target. */
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
  if (people.methods.size === 0) return new Map();
  const plans = asked.flatMap(({ email: given, name, to, time_zone }): PagePlan[] => {
    const email = given.toLowerCase();
    const rules = rulesNow(people, email, urgency, channels);
    if (rules.length === 0) return [];
    const zone = time_zone ?? null;
    return [
      {
        id: randomUUID(),
        to,
        person: { name, email },
        timeZone: zone,
        rules,
        heldUntil: heldUntil(people, email, zone, urgency, now),
      },
    ];
  });
  return new Map(plans.map((plan) => [plan.to, plan]));
}
