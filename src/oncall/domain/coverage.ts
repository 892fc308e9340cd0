import { atOnce, type Steps } from '../../kernel/async/steps';
import { type Version, versionAt } from './onCall';
import { overrideSpan } from './overrides';
import { type Policy, resolveStep, type TeamNow, type ToTell, teamsIn } from './policy';
import type { Span } from './restrictions';
import { runningIn, type Stretch } from './shifts';
import type { OnDuty, Override } from './types';
import { instantOf } from './zones';

/**
 * Coverage asks of every policy, over a span, whom each of its steps would reach. A step is **open** where it would tell
 * nobody, and **unreachable** where it would tell only people without an address on a channel that works. A **gap** is a
 * span for which the same steps of incidents that open in it are either; where all are, a page would reach nobody at all.
 */
export type Lack = 'nobody' | 'unreachable';

export interface CalendarSpan {
  versions: readonly Version[];
  overrides: readonly Override[];
  /** Everything the calendar says over the span that is asked about, without holes. */
  stretches: readonly Stretch[];
}

export interface Covered {
  team: string;
  policy: Policy;
  names: Readonly<Record<string, string>>;
  calendars: ReadonlyMap<string, CalendarSpan>;
  /** Whether a person or room could be told. */
  reachable: (target: ToTell) => boolean;
  /** When incidents open that are asked about; as long as the calendars, unless said. */
  span?: Span;
}

export interface Gap {
  /** Null for services that nobody owns, where no team stands in for their owner. */
  team: string | null;
  starts_at: Date;
  ends_at: Date;
  /** No step of the policy reaches anybody. */
  whole: boolean;
  lack: Lack;
  steps: { step: number; lack: Lack }[];
  /** Who would be told in vain. */
  people: { name: string; email: string }[];
}

type Verdict = Lack | 'reached';

/** What a step would do in a stretch. */
interface Judged {
  verdict: Verdict;
  /** Whether anybody is told, so that the clock waits before the next step; else that one is taken at once. */
  waits: boolean;
  /** Who would be told in vain. */
  people: Gap['people'];
}

interface JudgedStretch extends Span {
  steps: Judged[];
}

/** Incidents that open in this span: what their steps so far did, and how much later the next one is taken. */
interface Opening extends Span {
  verdicts: Verdict[];
  said: string;
  later: number;
  people: Gap['people'];
}

/** How long after its incident the last step of a policy is taken at the latest, in minutes. */
export const longestWait = ({ steps }: Pick<Policy, 'steps'>): number =>
  steps.slice(0, -1).reduce((sum, { wait_minutes }) => sum + wait_minutes, 0);

/** The gaps of one policy, in order, by when an incident opens: its later steps ask who is on call when they are taken. */
export function* gapsIn(covered: Covered): Steps<Gap[]> {
  const judged = yield* judgedStretches(covered);
  const [first, last] = [judged.at(0), judged.at(-1)];
  if (first === undefined || last === undefined) return [];
  const { start = first.start, end = last.end } = covered.span ?? {};
  let openings: Opening[] = [{ start, end, verdicts: [], said: '', later: 0, people: [] }];
  for (const [step, { wait_minutes }] of covered.policy.steps.entries()) {
    const next: Opening[] = [];
    for (const opening of openings) yield* take(opening, judged, step, wait_minutes, next);
    openings = next;
  }
  return openings
    .filter(({ verdicts }) => verdicts.some((verdict) => verdict !== 'reached'))
    .map(({ start: from, end: to, verdicts, people }) => ({
      ...{ team: covered.team, starts_at: instantOf(from), ends_at: instantOf(to) },
      ...lackOf(verdicts),
      people: onceEach(people),
    }));
}

export const gapsOfPolicy = (covered: Covered): Gap[] => atOnce(gapsIn(covered));

/** One more step of these incidents, apart where it meets another stretch. What the last stretch says goes on. */
function* take(
  opening: Opening,
  judged: readonly JudgedStretch[],
  step: number,
  wait: number,
  taken: Opening[],
): Steps<void> {
  const { later } = opening;
  let at = firstEndingAfter(judged, opening.start + later);
  for (let start = opening.start; start < opening.end; at++) {
    const stretch = judged[at] as JudgedStretch;
    const { verdict, waits, people } = stretch.steps[step] as Judged;
    const end = at === judged.length - 1 ? opening.end : Math.min(opening.end, stretch.end - later);
    merge(taken, {
      ...{ start, end, verdicts: [...opening.verdicts, verdict], said: `${opening.said} ${verdict}` },
      later: later + (waits ? wait : 0),
      people: people.length === 0 ? opening.people : [...opening.people, ...people],
    });
    start = end;
    yield;
  }
}

/** The index of the first stretch that ends after a minute, else of the last. */
function firstEndingAfter(stretches: readonly Span[], minute: number): number {
  let [low, high] = [0, stretches.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretches[middle] as Span).end > minute) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Adds an opening to those before it; neighbours of which the same is true are one. */
function merge(openings: Opening[], opening: Opening): void {
  const last = openings.at(-1);
  if (last?.said !== opening.said || last.later !== opening.later) {
    openings.push(opening);
    return;
  }
  last.end = opening.end;
  if (opening.people.length > 0) last.people = onceEach([...last.people, ...opening.people]);
}

/** What each step would do, whenever that changes. */
function* judgedStretches(covered: Covered): Steps<JudgedStretch[]> {
  const { policy, calendars } = covered;
  const mine = teamsIn(policy.steps).flatMap((name) => {
    const calendar = calendars.get(name);
    if (calendar === undefined) return [];
    const changes = calendar.overrides.map((override) => ({ override, ...overrideSpan(override) }));
    return [{ name, calendar, next: 0, runningAt: runningIn(changes) }];
  });
  const edges = edgesOf(
    mine.map(({ calendar }) => calendar.stretches),
    calendars,
  );
  const judged: JudgedStretch[] = [];
  for (const [i, end] of edges.slice(1).entries()) {
    const start = edges[i] as number;
    judged.push({ start, end, steps: yield* judgedAt(covered, teamsNow(mine, start)) });
  }
  return judged;
}

/** Where anything that these calendars say changes; a policy without calendars is one stretch as long as all others. */
function edgesOf(mine: readonly (readonly Stretch[])[], all: Covered['calendars']): number[] {
  const edges = new Set<number>();
  for (const list of mine) for (const { start, end } of list) edges.add(start).add(end);
  if (mine.length === 0) {
    const [any] = all.values();
    const [first, last] = [any?.stretches.at(0), any?.stretches.at(-1)];
    if (first !== undefined && last !== undefined) edges.add(first.start).add(last.end);
  }
  return [...edges].sort((a, b) => a - b);
}

interface Walked {
  name: string;
  calendar: CalendarSpan;
  /** How far its stretches have been walked. */
  next: number;
  /** The overrides in force; asked in the order of time. */
  runningAt: (minute: number) => readonly Override[];
}

function teamsNow(walked: Walked[], minute: number): Map<string, TeamNow> {
  return new Map(
    walked.map((each): [string, TeamNow] => {
      const { stretches, versions } = each.calendar;
      while (each.next + 1 < stretches.length && (stretches[each.next] as Stretch).end <= minute) each.next += 1;
      const { roles } = stretches[each.next] as Stretch;
      const at = instantOf(minute);
      const onCall = onCallOf(roles.primary.people, roles.secondary.people);
      return [each.name, { at, version: versionAt(versions, at), overrides: each.runningAt(minute), onCall }];
    }),
  );
}

const onCallOf = (primaries: readonly OnDuty[], secondaries: readonly OnDuty[]): TeamNow['onCall'] => ({
  primary: primaries[0] ?? null,
  primaries,
  secondary: secondaries[0] ?? null,
  secondaries,
  override: null,
  until: null,
});

function* judgedAt({ team, policy, names, reachable }: Covered, teams: ReadonlyMap<string, TeamNow>): Steps<Judged[]> {
  const judged: Judged[] = [];
  for (const step of policy.steps) {
    judged.push(judge(resolveStep(step, { team, teams, names }).targets, reachable));
    yield;
  }
  return judged;
}

function judge(targets: readonly ToTell[], reachable: Covered['reachable']): Judged {
  // The clock of an incident waits for every person, and for rooms that can be told.
  const waits = targets.some((target) => target.kind === 'person' || reachable(target));
  if (targets.some(reachable)) return { verdict: 'reached', waits, people: [] };
  const people = targets.flatMap((target) =>
    target.kind === 'person' ? { name: target.name, email: target.email } : [],
  );
  return { verdict: targets.length === 0 ? 'nobody' : 'unreachable', waits, people };
}

function lackOf(verdicts: readonly Verdict[]): Pick<Gap, 'whole' | 'lack' | 'steps'> {
  const steps = verdicts.flatMap((lack, i) => (lack === 'reached' ? [] : [{ step: i + 1, lack }]));
  const whole = steps.length === verdicts.length;
  const worst = whole ? steps.every(({ lack }) => lack === 'nobody') : steps.some(({ lack }) => lack === 'nobody');
  return { whole, lack: worst ? 'nobody' : 'unreachable', steps };
}

const onceEach = (people: Gap['people']): Gap['people'] => [
  ...new Map(people.map((person) => [person.email.trim().toLowerCase(), person])).values(),
];

/** Everybody and every room that policies and calendars could mean in the span, each once. */
export function* everyTarget(
  covered: readonly Pick<Covered, 'policy' | 'names'>[],
  calendars: Covered['calendars'],
): Steps<ToTell[]> {
  const found = new Map<string, ToTell>();
  const add = (target: ToTell) => found.set(keyOf(target), target);
  const person = (name: string, email: string) => add({ kind: 'person', role: 'person', name, email });
  for (const { versions, overrides } of calendars.values()) {
    for (const { layers } of versions) {
      for (const { rotation } of layers) for (const each of rotation.slots.flat()) person(each.name, each.email);
      yield;
    }
    for (const { in: comes } of overrides) if (comes !== null) person(comes.name, comes.email);
  }
  for (const { policy, names } of covered) {
    for (const target of policy.steps.flatMap(({ targets }) => targets)) {
      if (target.kind === 'person') person(names[target.email] ?? target.email, target.email);
      if (target.kind === 'room') add({ kind: 'room', role: 'paged_room', address: target.address });
    }
  }
  return [...found.values()];
}

export const keyOf = (target: ToTell): string =>
  target.kind === 'room' ? `room ${target.address}` : `person ${target.email.trim().toLowerCase()}`;

/** What happens to services that nobody owns where no team with a schedule stands in for their owner. */
export function unownedGap({ start, end }: Span, policy: Policy): Gap {
  const steps = policy.steps.map((_, i) => ({ step: i + 1, lack: 'nobody' as const }));
  return {
    team: null,
    starts_at: instantOf(start),
    ends_at: instantOf(end),
    whole: true,
    lack: 'nobody',
    steps,
    people: [],
  };
}
