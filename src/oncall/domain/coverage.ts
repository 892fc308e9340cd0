import { type Version, versionAt } from './calendar';
import type { OnDuty, Override } from './duty';
import { type Policy, resolveStep, type TeamNow, type ToTell, teamsIn } from './policy';
import type { Stretch } from './shifts';
import { instantOf } from './zones';

/**
 * Coverage asks of every policy, over a span, whom each of its steps would reach. A step is **open** where it would tell
 * nobody, and **unreachable** where it would tell only people without an address on a channel that works. A **gap** is a
 * span in which the same steps of a policy are either; where all are, a page would reach nobody at all.
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
}

export interface Gap {
  team: string;
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

/** The gaps of one policy, in order. */
export function gapsOfPolicy(covered: Covered): Gap[] {
  const { team, policy, calendars } = covered;
  const mine = teamsIn(policy.steps).flatMap((name) => {
    const calendar = calendars.get(name);
    return calendar === undefined ? [] : [{ name, calendar, next: 0 }];
  });
  const edges = edgesOf(
    mine.map(({ calendar }) => calendar.stretches),
    calendars,
  );
  const gaps: (Gap & { said: string })[] = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    const [start, end] = [edges[i] as number, edges[i + 1] as number];
    const { verdicts, people } = judged(covered, teamsNow(mine, start));
    if (verdicts.every((verdict) => verdict === 'reached')) continue;
    const said = verdicts.join();
    const last = gaps.at(-1);
    if (last?.said === said && last.ends_at.getTime() === instantOf(start).getTime()) {
      last.ends_at = instantOf(end);
      last.people = [...last.people, ...people];
    } else gaps.push({ team, said, starts_at: instantOf(start), ends_at: instantOf(end), people, ...lackOf(verdicts) });
  }
  return gaps.map(({ said: _, people, ...gap }) => ({ ...gap, people: onceEach(people) }));
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
}

function teamsNow(walked: Walked[], minute: number): Map<string, TeamNow> {
  return new Map(
    walked.map((each): [string, TeamNow] => {
      const { stretches, versions, overrides } = each.calendar;
      while (each.next + 1 < stretches.length && (stretches[each.next] as Stretch).end <= minute) each.next += 1;
      const { roles } = stretches[each.next] as Stretch;
      const at = instantOf(minute);
      const onCall = onCallOf(roles.primary.people, roles.secondary.people);
      return [each.name, { at, version: versionAt(versions, at), overrides, onCall }];
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

function judged({ team, policy, names, reachable }: Covered, teams: ReadonlyMap<string, TeamNow>) {
  const people: Gap['people'] = [];
  const verdicts = policy.steps.map((step): Verdict => {
    const { targets } = resolveStep(step, { team, teams, names });
    if (targets.some(reachable)) return 'reached';
    for (const target of targets) if (target.kind === 'person') people.push({ name: target.name, email: target.email });
    return targets.length === 0 ? 'nobody' : 'unreachable';
  });
  return { verdicts, people };
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
export function everyTarget(
  covered: readonly Pick<Covered, 'policy' | 'names'>[],
  calendars: Covered['calendars'],
): ToTell[] {
  const found = new Map<string, ToTell>();
  const add = (target: ToTell) => found.set(keyOf(target), target);
  const person = (name: string, email: string) => add({ kind: 'person', role: 'person', name, email });
  for (const { versions, overrides } of calendars.values()) {
    for (const { layers } of versions)
      for (const { rotation } of layers) for (const each of rotation.slots.flat()) person(each.name, each.email);
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

/** What would mend a gap, in the words of a screen that leads there. */
export interface Mend {
  kind: 'schedule' | 'policy' | 'person';
  text: string;
  team: string | null;
  email: string | null;
  at: Date | null;
}

const MOST_MENDS = 10;

export function mendsOf({ team, steps, people, starts_at: at }: Gap, policy: Policy): Mend[] {
  const open = steps
    .filter(({ lack }) => lack === 'nobody')
    .flatMap(({ step }) => policy.steps[step - 1]?.targets ?? []);
  const calendars = open.flatMap((target): Mend[] => {
    if (target.kind === 'schedule')
      return [
        {
          kind: 'schedule',
          text: `Put somebody on call as ${target.role} of ${target.team}`,
          team: target.team,
          email: null,
          at,
        },
      ];
    if (target.kind === 'team')
      return [
        {
          kind: 'schedule',
          text: `Give ${target.team} a layer with somebody in it`,
          team: target.team,
          email: null,
          at,
        },
      ];
    return [];
  });
  const addresses = people.map(
    ({ name, email }): Mend => ({
      kind: 'person',
      text: `Give ${name} an address on a channel that is set up here`,
      team: null,
      email,
      at: null,
    }),
  );
  const numbers = steps.map(({ step }) => step).join(', ');
  const otherwise: Mend = {
    kind: 'policy',
    text: `Let step ${numbers} of ${team}'s policy name somebody else too`,
    team,
    email: null,
    at: null,
  };
  const once = new Map([...calendars, ...addresses].slice(0, MOST_MENDS).map((mend) => [mend.text, mend]));
  return [...once.values(), otherwise];
}
