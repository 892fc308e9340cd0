import type { Alert } from '../../alerts/contract';
import type { IncidentsContract } from '../../incidents/contract';
import type { Port } from '../../kernel/ports/contract';
import type { NotifyContract } from '../../notify/contract';
import type { OncallContract } from '../../oncall/contract';
import type { WhyLink } from '../contract/why';

/** The chain from an alert to a person, composed from the answers of the modules. */

export type Incident = Awaited<ReturnType<Port<IncidentsContract>['get']>>;
export type Delivery = Awaited<ReturnType<Port<NotifyContract>['ofIncident']>>['notifications'][number];
export type OnCall = Awaited<ReturnType<Port<OncallContract>['current']>>;
export type Next = NonNullable<Awaited<ReturnType<Port<IncidentsContract>['fuses']>>['fuses'][number]['next']>;

export interface Person {
  name: string;
  email: string | null;
}

type Entry = Incident['timeline'][number];

interface Told extends Person {
  role: string;
  channel: string;
  reachable: boolean;
  /** Until when quiet hours hold the page. */
  held_until?: string;
}

const yes = { result: 'yes' } as const;
const no = { result: 'no' } as const;

/** Reports that rules, mutes and holds let through, and the incident that they led to. */
export function causeLinks(incident: Incident, alert: Alert | null): WhyLink[] {
  const { created_at: at, service, team, not_paged_by: rule } = incident;
  const severity = severityAtFirst(incident);
  const opened = { stage: 'incident', at, ...yes, reason: 'opened' } as const;
  return [
    ...(alert === null ? [] : alertLinks(alert)),
    { ...opened, text: `The incident of ${service} opened with severity ${severity}, for ${team ?? 'no team'}.` },
    ...(rule === null
      ? []
      : [
          {
            stage: 'incident',
            at,
            ...no,
            reason: 'rule',
            text: `The rule “${rule}” says that it pages no one.`,
          } as const,
        ]),
    ...unreachedLinks(incident),
  ];
}

/** The severity with which the incident opened: it can have risen since. */
function severityAtFirst({ timeline, severity }: Incident): string {
  const created = timeline.find(({ event_type }) => event_type === 'created');
  return typeof created?.detail['severity'] === 'string' ? created.detail['severity'] : severity;
}

const MOST_TIMES_SHOWN = 10;

/** That the policy reached no one, and the messages to the fallback that followed. */
const unreachedLinks = ({ timeline }: Incident): WhyLink[] =>
  timeline
    .flatMap((entry): WhyLink[] => {
      const { event_type, created_at: at } = entry;
      if (event_type === 'escalation_exhausted') {
        const text = 'The policy reached no one.';
        return [{ stage: 'step', at, ...no, reason: 'exhausted', text }];
      }
      if (entry.detail['why'] !== FALLBACK) return [];
      return toldOf(entry).map(({ name, channel, reachable }) => ({
        ...{ stage: 'step', at, result: reachable ? 'yes' : 'no', reason: 'fallback' },
        text: reachable
          ? `The fallback ${name} was notified by ${channel}.`
          : `The fallback ${name} has no working channel.`,
      }));
    })
    .slice(0, MOST_TIMES_SHOWN);

function alertLinks({ message, source, created_at, decision }: Alert): WhyLink[] {
  const arrived: WhyLink = {
    ...{ stage: 'alert', at: created_at, ...yes, reason: 'accepted' },
    text: `The alert “${message}” from ${source} was accepted.`,
  };
  return [arrived, ...decision.map((entry): WhyLink => ({ stage: 'alert', ...decisionLink(entry, created_at) }))];
}

type Decided = Pick<WhyLink, 'at' | 'result' | 'reason' | 'text'>;

function decisionLink(entry: Alert['decision'][number], at: string): Decided {
  if (entry.stage === 'rule') {
    return { at, ...yes, reason: 'rule', text: `The rule “${entry.rule}” applied: ${entry.did}.` };
  }
  const ended = entry.ended_at ?? null;
  const cause = entry.stage === 'mute' ? MUTED[entry.by](entry.name) : `The rule “${entry.name}” held the alert`;
  const text = ended === null ? `${cause}.` : `${cause}, until it ended.`;
  return { at: ended ?? at, result: ended === null ? 'no' : 'yes', reason: entry.by, text };
}

const MUTED = {
  silence: (name: string) => `The silence “${name}” muted the alert`,
  window: (name: string) => `The maintenance window “${name}” muted the alert`,
  upstream: (name: string) => `The incident “${name}” of an upstream service covered the alert`,
};

/** The reason of a message to the fallback, which is no step. */
const FALLBACK = 'fallback';
const STEPS = ['paged', 'escalated', 'nobody_reached', 'page_deferred'];

/** The people in the steps of an incident, each once, in the order of the steps. */
export function peopleNamed({ timeline }: Pick<Incident, 'timeline'>): Person[] {
  const named = timeline.filter(isStep).flatMap((entry) => toldOf(entry).filter(({ role }) => !isRoom(role)));
  return [...new Map(named.map(({ name, email }) => [keyOf({ name, email }), { name, email }])).values()];
}

const isRoom = (role: string): boolean => role === 'room' || role === 'paged_room';
const isStep = ({ event_type, detail }: Entry): boolean => STEPS.includes(event_type) && detail['why'] !== FALLBACK;
const keyOf = ({ name, email }: Person): string => (email ?? name).trim().toLowerCase();
const toldOf = ({ detail }: Entry): Told[] => (Array.isArray(detail['told']) ? (detail['told'] as Told[]) : []);

export interface Known {
  incident: Incident;
  deliveries: readonly Delivery[];
  /** The people on call for the team when the first step ran; null if oncall cannot say. */
  onCall: OnCall | null;
  /** The next step; null if none is planned. */
  next: Next | null;
}

/** The links of one person: the steps that named them, their messages and answers, or why there were none. */
export function personLinks(person: Person, known: Known): { paged: boolean; links: WhyLink[] } {
  const { incident, deliveries } = known;
  const steps = incident.timeline.filter(isStep);
  const named = steps.flatMap((entry) => namedLinks(entry, person));
  const messages = deliveries.filter(
    (one) => one.outcome === null && one.person !== null && keyOf(one.person) === keyOf(person),
  );
  const paged = messages.some(({ status }) => status !== 'recorded' && status !== 'cancelled');
  const reasons = named.length > 0 ? [] : absence(person, known, steps);
  const links = [
    ...named,
    ...reasons,
    ...messages.flatMap(messageLinks),
    ...answers(incident, person),
    ...planned(person, known),
  ];
  return { paged, links };
}

const numberOf = ({ detail }: Entry): string =>
  Number(detail['round'] ?? 0) > 0
    ? `Step ${detail['step']} of round ${Number(detail['round']) + 1}`
    : `Step ${detail['step'] ?? 1}`;

function namedLinks(entry: Entry, person: Person): WhyLink[] {
  const told = toldOf(entry).find((one) => keyOf(one) === keyOf(person));
  if (told === undefined) return [];
  const why = String(entry.detail['why'] ?? told.role);
  const step = { stage: 'step', at: entry.created_at, reason: why } as const;
  if (told.held_until !== undefined) return [heldLink(entry, told, told.held_until)];
  if (told.reachable) return [{ ...step, ...yes, text: `${numberOf(entry)} paged ${told.name}: ${inWords(why)}.` }];
  const text = `${numberOf(entry)} named ${told.name} (${inWords(why)}), who has no address on a working channel.`;
  return [{ ...step, ...no, reason: 'unreachable', text }];
}

/** A page that waits for the end of quiet hours, or waited for it. */
function heldLink(entry: Entry, { name }: Told, until: string): WhyLink {
  const text = `${numberOf(entry)} named ${name}, whose quiet hours held the page until ${until.slice(0, 16).replace('T', ' ')} UTC.`;
  return { stage: 'step', at: entry.created_at, result: 'planned', reason: 'quiet_hours', text };
}

const inWords = (why: string): string =>
  why
    .split(', ')
    .map((one) => WHY_WORDS[one] ?? one.replaceAll('_', ' '))
    .join(', ');
const WHY_WORDS: Record<string, string> = {
  primary: 'primary on call',
  secondary: 'secondary on call',
  primary_again: 'primary again, as no one is secondary',
  everybody: 'everybody of the team',
  person: 'named by the policy',
  in_turn: 'next in turn',
  nobody_on_call: 'no one was on call',
  no_team: 'no team owns the service',
};

/** Why no step named a person: the first reason that applies. */
function absence(person: Person, { incident, onCall }: Known, steps: readonly Entry[]): WhyLink[] {
  const at = incident.created_at;
  if (incident.not_paged_by !== null) {
    return [{ stage: 'incident', at, ...no, reason: 'rule', text: `A rule says that this incident pages no one.` }];
  }
  const ran = steps.filter(({ event_type }) => event_type !== 'page_deferred');
  if (ran.length === 0) return [notYet(steps, incident)];
  const last = ran.at(-1) as Entry;
  const names = toldOf(last)
    .filter(({ role }) => !isRoom(role))
    .map(({ name }) => name);
  const paged = names.length === 0 ? 'no one' : names.join(', ');
  const why = inWords(String(last.detail['why'] ?? ''));
  const text = `${numberOf(last)}, the last that ran, paged ${paged} (${why}), not ${person.name}.`;
  return [
    { stage: 'step', at: last.created_at, ...no, reason: 'not_a_target', text },
    ...(onCall === null ? [] : [onCallLink(person, onCall)]),
    ...stopped(incident),
  ];
}

function notYet(deferred: readonly Entry[], { created_at }: Incident): WhyLink {
  const [entry] = deferred;
  if (entry !== undefined) {
    const text = 'The page waits for the support hours of the policy.';
    return { stage: 'step', at: entry.created_at, ...no, reason: 'outside_support_hours', text };
  }
  return { stage: 'step', at: created_at, ...no, reason: 'no_step', text: 'No step of the policy has run.' };
}

function onCallLink(person: Person, { team, primaries, secondaries, at }: OnCall): WhyLink {
  const duty = [...primaries, ...secondaries];
  const own = duty.find(({ email }) => keyOf({ name: '', email }) === keyOf(person));
  if (own !== undefined) {
    const text = `${own.name} was on call for ${team} ${sourceOf(own.source)}.`;
    return { stage: 'on_call', at, ...yes, reason: own.source.kind, text };
  }
  const others = duty.map(({ name, source }) => `${name} ${sourceOf(source)}`).join(', ');
  const text = `${person.name} was not on call for ${team}: ${others === '' ? 'no one was' : others}.`;
  return { stage: 'on_call', at, ...no, reason: 'not_on_call', text };
}

type Source = OnCall['primaries'][number]['source'];
const sourceOf = (source: Source): string =>
  source.kind === 'layer'
    ? `by the layer “${source.layer}”`
    : `by an override${source.reason ? ` (${source.reason})` : ''}`;

/** Who or what ended the escalation before further steps. */
function stopped({ timeline, escalation }: Incident): WhyLink[] {
  if (escalation?.state === 'running') return [];
  const end = timeline.findLast(({ event_type }) =>
    ['acknowledged', 'in_progress', 'resolved', 'snoozed'].includes(event_type),
  );
  if (end === undefined) return [];
  const text = `No further step ran, because ${end.actor} ${DONE[end.event_type]} the incident.`;
  return [{ stage: 'answer', at: end.created_at, ...no, reason: end.event_type, text }];
}

const DONE: Record<string, string> = {
  acknowledged: 'acknowledged',
  in_progress: 'started work on',
  resolved: 'resolved',
  snoozed: 'snoozed',
};

function messageLinks({ channel, status, reason, created_at, attempts, bundle_id }: Delivery): WhyLink[] {
  const ok = !['failed', 'cancelled', 'undelivered', 'recorded'].includes(status);
  const because = reason === null ? '' : ` (${reason})`;
  return [
    {
      ...{
        stage: 'notification',
        at: created_at,
        result: status === 'queued' ? 'planned' : ok ? 'yes' : 'no',
        reason: status,
      },
      text: `A message by ${channel} is ${status}${because}${bundle_id === null ? '' : ', in a bundle with other pages'}.`,
    },
    ...attempts.map(
      ({ attempt, outcome, reason: why, receipt, started_at }): WhyLink => ({
        ...{ stage: 'attempt', at: started_at, result: outcome === 'sent' ? 'yes' : 'no', reason: outcome },
        text: `Attempt ${attempt} by ${channel}: ${outcome}${why === null ? '' : `, ${why}`}${receipt === null ? '' : `, ${receipt}`}.`,
      }),
    ),
  ];
}

/** What the person did with the incident. */
const answers = ({ timeline }: Incident, person: Person): WhyLink[] =>
  timeline
    .filter(
      ({ event_type, actor }) =>
        event_type in DONE && [person.name, person.email].some((name) => sameText(name, actor)),
    )
    .map(({ event_type, actor, created_at }) => ({
      ...{ stage: 'answer', at: created_at, ...yes, reason: event_type },
      text: `${actor} ${DONE[event_type]} the incident.`,
    }));

const sameText = (a: string | null, b: string): boolean =>
  a !== null && a.trim().toLowerCase() === b.trim().toLowerCase();

function planned(person: Person, { next }: Known): WhyLink[] {
  if (next === null || !next.told?.some(({ name }) => sameText(person.name, name))) return [];
  const text = `Step ${next.step} will page ${person.name}: ${inWords(next.why ?? '')}.`;
  return [{ stage: 'planned', at: next.at, result: 'planned', reason: next.why ?? 'step', text }];
}
