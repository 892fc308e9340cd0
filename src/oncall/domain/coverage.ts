import { atOnce, type Steps } from '../../kernel/async/steps';
import { type Version, versionAt } from './onCall';
import { overrideSpan } from './overrides';
import { type Policy, resolveStep, type StepTarget, type TeamNow, teamsIn } from './policy';
import type { Span } from './restrictions';
import { runningIn, type Stretch } from './shifts';
import type { OnDuty, Override } from './types';
import { instantOf } from './zones';

/**
 * Coverage checks every policy over a span: which people and rooms does each of its steps reach? A step without a
 * target is a lack of kind `nobody`; a step whose targets have no address on a channel that works is a lack of kind
 * `unreachable`. A **gap** is a span in which the same steps of a new incident lack a target. If all steps do, a page
 * reaches no one.
 */
export type Lack = 'nobody' | 'unreachable';

export interface CalendarSpan {
  versions: readonly Version[];
  overrides: readonly Override[];
  /** The stretches of the calendar over the span of the query, without holes. */
  stretches: readonly Stretch[];
}

export interface Covered {
  team: string;
  policy: Policy;
  names: Readonly<Record<string, string>>;
  calendars: ReadonlyMap<string, CalendarSpan>;
  /** Whether notify can send to a person or room. */
  reachable: (target: StepTarget) => boolean;
  /** When the incidents open; by default the span of the calendars. */
  span?: Span;
}

export interface Gap {
  /** Null for services without an owner if there is no default team. */
  team: string | null;
  starts_at: Date;
  ends_at: Date;
  /** No step of the policy reaches a person or room. */
  whole: boolean;
  lack: Lack;
  steps: { step: number; lack: Lack }[];
  /** The people that the steps page without an address that works. */
  people: { name: string; email: string }[];
}

type StepResult = Lack | 'reached';

/** The result of a step in a stretch. */
interface Judged {
  verdict: StepResult;
  /**
   * Whether the step has a target, so that the policy waits before the next step. Without one the next step runs at
   * once.
   */
  waits: boolean;
  /** The people that the step pages without an address that works. */
  people: Gap['people'];
}

interface JudgedStretch extends Span {
  steps: Judged[];
}

/**
 * Incidents that open in this span: the results of their steps so far, and the delay until the next step in minutes.
 */
interface Opening extends Span {
  verdicts: StepResult[];
  signature: string;
  later: number;
  people: Gap['people'];
}

/** The longest delay between an incident and the last step of its policy, in minutes. */
export const longestWait = ({ steps }: Pick<Policy, 'steps'>): number =>
  steps.slice(0, -1).reduce((sum, { wait_minutes }) => sum + wait_minutes, 0);

/**
 * The gaps of one policy, in order of the opening of an incident. Each step uses the people on call at the time it
 * runs.
 */
export function* gapsIn(covered: Covered): Steps<Gap[]> {
  const judged = yield* judgedStretches(covered);
  const [first, last] = [judged.at(0), judged.at(-1)];
  if (first === undefined || last === undefined) return [];
  const { start = first.start, end = last.end } = covered.span ?? {};
  let openings: Opening[] = [{ start, end, verdicts: [], signature: '', later: 0, people: [] }];
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

/**
 * Adds the next step to incidents that open in a span, and splits the span if the step falls into several stretches.
 * The last stretch continues to the end.
 */
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
      ...{ start, end, verdicts: [...opening.verdicts, verdict], signature: `${opening.signature} ${verdict}` },
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

/** Adds an opening to a list. Neighbours with the same results are merged. */
function merge(openings: Opening[], opening: Opening): void {
  const last = openings.at(-1);
  if (last?.signature !== opening.signature || last.later !== opening.later) {
    openings.push(opening);
    return;
  }
  last.end = opening.end;
  if (opening.people.length > 0) last.people = onceEach([...last.people, ...opening.people]);
}

/** The results of all steps, with a new stretch for each change. */
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

/** The minutes at which these calendars change. A policy without calendars is one stretch as long as the others. */
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
  /** The index of the current stretch. */
  next: number;
  /** The overrides in force; call it with rising minutes. */
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

function judge(targets: readonly StepTarget[], reachable: Covered['reachable']): Judged {
  // The policy waits after each person, and after each room that notify can reach.
  const waits = targets.some((target) => target.kind === 'person' || reachable(target));
  if (targets.some(reachable)) return { verdict: 'reached', waits, people: [] };
  const people = targets.flatMap((target) =>
    target.kind === 'person' ? { name: target.name, email: target.email } : [],
  );
  return { verdict: targets.length === 0 ? 'nobody' : 'unreachable', waits, people };
}

function lackOf(verdicts: readonly StepResult[]): Pick<Gap, 'whole' | 'lack' | 'steps'> {
  const steps = verdicts.flatMap((lack, i) => (lack === 'reached' ? [] : [{ step: i + 1, lack }]));
  const whole = steps.length === verdicts.length;
  const worst = whole ? steps.every(({ lack }) => lack === 'nobody') : steps.some(({ lack }) => lack === 'nobody');
  return { whole, lack: worst ? 'nobody' : 'unreachable', steps };
}

/** People, each address once. */
const onceEach = (people: Gap['people']): Gap['people'] => [
  ...new Map(people.map((person) => [person.email.trim().toLowerCase(), person])).values(),
];

/** All people and rooms that the policies and calendars can page in the span, each once. */
export function* everyTarget(
  covered: readonly Pick<Covered, 'policy' | 'names'>[],
  calendars: Covered['calendars'],
): Steps<StepTarget[]> {
  const found = new Map<string, StepTarget>();
  const add = (target: StepTarget) => found.set(keyOf(target), target);
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

/** The key that identifies a target: a room by its address, a person by e-mail address. */
export const keyOf = (target: StepTarget): string =>
  target.kind === 'room' ? `room ${target.address}` : `person ${target.email.trim().toLowerCase()}`;

/** The gap of services without an owner if there is no default team. */
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
