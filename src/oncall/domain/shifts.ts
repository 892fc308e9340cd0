import { atOnce, type Steps } from '../../kernel/async/steps';
import { ROLES } from '../contract/shared';
import { type Duty, dutiesIn, type Layer } from './layers';
import { calendarsOf, type Roles, rolesOf, type Version } from './onCall';
import { overrideSpan } from './overrides';
import type { Span } from './restrictions';
import { keyOf, type Person } from './rotation';
import type { OnDuty, Override, Role } from './types';
import { instantOf, minuteAfter, minuteOf } from './zones';

/**
 * The calendar over a span, as **stretches** in which nothing changes. From them are computed the **shifts** of people,
 * the **gaps** without a person on call, and the **hand-offs** at which a person comes or goes.
 */
export interface Stretch extends Span {
  roles: Roles;
}

export interface Shift {
  role: Role;
  person: Person;
  starts_at: Date;
  ends_at: Date;
  source: OnDuty['source'];
}

export interface Gap {
  role: Role;
  starts_at: Date;
  ends_at: Date;
  /** The override that left the role empty; null if the layers did. */
  override: Override | null;
}

export interface Handoff {
  at: Date;
  role: Role;
  off: Person[];
  on: Person[];
  /** The people who are on call before and after. */
  staying: Person[];
}

/**
 * The part of a span in which each version applies, in order. If versions begin at the same minute, the last stored
 * applies.
 */
export function versionSpans(
  versions: readonly Version[],
  from: number,
  to: number,
): (Span & { version: Version | null })[] {
  const starts = versions.map(({ effective_from }) => minuteOf(effective_from));
  const all: (Span & { version: Version | null })[] = [
    { version: null, start: Number.NEGATIVE_INFINITY, end: starts[0] ?? Number.POSITIVE_INFINITY },
    ...versions.map((version, i) => ({
      version,
      start: starts[i] as number,
      end: starts[i + 1] ?? Number.POSITIVE_INFINITY,
    })),
  ];
  return all
    .map(({ version, start, end }) => ({ version, start: Math.max(start, from), end: Math.min(end, to) }))
    .filter(({ start, end }) => start < end);
}

/**
 * The stretches between two instants, in order and without holes. The span is rounded outward to whole minutes.
 * @param versions in the order in which they apply
 * @param overrides in creation order
 */
export function* stretchesIn(
  versions: readonly Version[],
  overrides: readonly Override[],
  from: Date,
  to: Date,
): Steps<Stretch[]> {
  const all: Stretch[] = [];
  for (const { version, start, end } of versionSpans(versions, minuteOf(from), minuteAfter(to))) {
    for (const stretch of yield* stretchesOf(version, overrides, { start, end })) all.push(stretch);
  }
  return all;
}

/** The same without interruption, for short spans. */
export const stretches = (...asked: Parameters<typeof stretchesIn>): Stretch[] => atOnce(stretchesIn(...asked));

export interface Change extends Span {
  override: Override;
}

function* stretchesOf(version: Version | null, overrides: readonly Override[], span: Span): Steps<Stretch[]> {
  const layers = version?.layers ?? [];
  const duties: Duty[][] = [];
  for (const calendar of version === null ? [] : calendarsOf(version)) {
    duties.push(yield* dutiesIn(calendar, span.start, span.end));
  }
  const changes = overrides
    .map((override) => ({ override, ...overrideSpan(override) }))
    .filter(({ start, end }) => start < span.end && span.start < end);
  const edges = edgesIn(span, [...duties.flat(), ...changes]);
  yield;
  const next = duties.map(() => 0);
  const runningAt = runningIn(changes);
  const result: Stretch[] = [];
  let last = '';
  for (let i = 0; i + 1 < edges.length; i++) {
    const [start, end] = [edges[i] as number, edges[i + 1] as number];
    const slots = duties.map((list, layer) => slotOn(list, next, layer, start));
    const running = runningAt(start);
    const signature = `${slots.join()} ${running.map(({ id }) => id).join()}`;
    const before = result.at(-1);
    if (before !== undefined && signature === last) before.end = end;
    else result.push({ start, end, roles: rolesOf(layers, slots, running) });
    last = signature;
    yield;
  }
  return result;
}

/** Returns a function that lists the changes in force at a minute, in creation order. Call it with rising minutes. */
export function runningIn(changes: readonly Change[]): (minute: number) => Override[] {
  const begins = changes.map((change, place) => ({ ...change, place })).sort((a, b) => a.start - b.start);
  let next = 0;
  let running: typeof begins = [];
  return (minute) => {
    const before = next;
    while (next < begins.length && (begins[next] as Change).start <= minute) next += 1;
    if (before < next) running = [...running, ...begins.slice(before, next)].sort((a, b) => a.place - b.place);
    if (running.some(({ end }) => end <= minute)) running = running.filter(({ end }) => minute < end);
    return running.map(({ override }) => override);
  };
}

function edgesIn({ start, end }: Span, spans: readonly Span[]): number[] {
  const edges = new Set<number>([start, end]);
  for (const span of spans) {
    if (start < span.start && span.start < end) edges.add(span.start);
    if (start < span.end && span.end < end) edges.add(span.end);
  }
  return [...edges].sort((a, b) => a - b);
}

/** The slot of a layer on duty at a minute; `next` holds the position up to which each list has been read. */
function slotOn(duties: readonly Duty[], next: number[], layer: number, minute: number): number | null {
  let i = next[layer] as number;
  while (i < duties.length && (duties[i] as Duty).end <= minute) i += 1;
  next[layer] = i;
  const duty = duties[i];
  return duty !== undefined && duty.start <= minute ? duty.slot : null;
}

const sourceKey = ({ source }: OnDuty): string =>
  source.kind === 'layer' ? `layer ${source.level} ${source.layer}` : `override ${source.override.id}`;

/** The shifts of each person in each role, one per reason, in order of their beginning. */
export function* shiftsIn(all: readonly Stretch[]): Steps<Shift[]> {
  const found: Shift[] = [];
  for (const role of ROLES) for (const shift of yield* shiftsOfRole(all, role)) found.push(shift);
  return found.sort((a, b) => a.starts_at.getTime() - b.starts_at.getTime());
}

/** The same without interruption. */
export const shiftsOf = (all: readonly Stretch[]): Shift[] => atOnce(shiftsIn(all));

function* shiftsOfRole(all: readonly Stretch[], role: Role): Steps<Shift[]> {
  const found: Shift[] = [];
  let open = new Map<string, Shift>();
  for (const { start, end, roles } of all) {
    const still = new Map<string, Shift>();
    for (const duty of roles[role].people) {
      const key = `${keyOf(duty)} ${duty.name} ${sourceKey(duty)}`;
      const shift = open.get(key) ?? begin(duty, role, start);
      if (!open.has(key)) found.push(shift);
      shift.ends_at = instantOf(end);
      still.set(key, shift);
    }
    open = still;
    yield;
  }
  return found;
}

const begin = ({ name, email, source }: OnDuty, role: Role, start: number): Shift => ({
  role,
  person: { name, email },
  starts_at: instantOf(start),
  ends_at: instantOf(start),
  source,
});

/** The spans in which a role is empty. */
export function gapsOf(all: readonly Stretch[], role: Role = 'primary'): Gap[] {
  const gaps: Gap[] = [];
  let open: Gap | null = null;
  for (const { start, end, roles } of all) {
    const { people, emptiedBy } = roles[role];
    if (people.length > 0) {
      open = null;
    } else if (open !== null && open.override === emptiedBy) {
      open.ends_at = instantOf(end);
    } else {
      open = { role, starts_at: instantOf(start), ends_at: instantOf(end), override: emptiedBy };
      gaps.push(open);
    }
  }
  return gaps;
}

/** The hand-offs at which a person comes or goes. The same people in another order are not a hand-off. */
export function* handoffsIn(all: readonly Stretch[]): Steps<Handoff[]> {
  const found: Handoff[] = [];
  let before = all[0]?.roles;
  for (const { start, roles } of all.slice(1)) {
    for (const role of ROLES) {
      found.push(...handoffOf(instantOf(start), role, (before as Roles)[role].people, roles[role].people));
    }
    before = roles;
    yield;
  }
  return found;
}

/** The same without interruption. */
export const handoffsOf = (all: readonly Stretch[]): Handoff[] => atOnce(handoffsIn(all));

/** The hand-off that a change makes in a role; none if the people stay the same. */
export function handoffOf(at: Date, role: Role, before: readonly OnDuty[], after: readonly OnDuty[]): Handoff[] {
  const were = new Set(before.map(keyOf));
  const are = new Set(after.map(keyOf));
  const plain = ({ name, email }: Person): Person => ({ name, email });
  const off = before.filter((person) => !are.has(keyOf(person))).map(plain);
  const on = after.filter((person) => !were.has(keyOf(person))).map(plain);
  if (off.length === 0 && on.length === 0) return [];
  return [{ at, role, off, on, staying: after.filter((p) => were.has(keyOf(p))).map(plain) }];
}

/** The shifts of a schedule between two instants, each with its reason. */
export const shifts = (versions: readonly Version[], overrides: readonly Override[], from: Date, to: Date): Shift[] =>
  shiftsOf(stretches(versions, overrides, from, to));

export interface LayerShifts {
  layer: Layer;
  shifts: { starts_at: Date; ends_at: Date; people: Person[] }[];
}

/** The duties of each layer alone, without levels and overrides. A layer that keeps its name in an edit continues. */
export function* layerShiftsIn(versions: readonly Version[], from: Date, to: Date): Steps<LayerShifts[]> {
  const rows = new Map<string, LayerShifts>();
  for (const { version, start, end } of versionSpans(versions, minuteOf(from), minuteAfter(to))) {
    for (const calendar of version === null ? [] : calendarsOf(version)) {
      const { layer } = calendar;
      const shifts = rows.get(layer.name)?.shifts ?? [];
      rows.set(layer.name, { layer, shifts });
      for (const duty of yield* dutiesIn(calendar, start, end)) shifts.push(dutyOf(layer, duty));
      yield;
    }
  }
  return [...rows.values()];
}

/** The same without interruption. */
export const layerShifts = (...asked: Parameters<typeof layerShiftsIn>): LayerShifts[] =>
  atOnce(layerShiftsIn(...asked));

const dutyOf = ({ rotation }: Layer, { start, end, slot }: Duty): LayerShifts['shifts'][number] => ({
  starts_at: instantOf(start),
  ends_at: instantOf(end),
  people: rotation.slots[slot] ?? [],
});
