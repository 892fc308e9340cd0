import { ROLES } from '../contract/shared';
import { calendarsOf, type Roles, rolesOf, type Version } from './calendar';
import type { OnDuty, Override, Role } from './duty';
import type { Duty, Layer, LayerCalendar } from './layers';
import { overrideSpan } from './overrides';
import type { Span } from './restrictions';
import { keyOf, type Person } from './rotation';
import { instantOf, minuteAfter, minuteOf } from './zones';

/**
 * What a calendar says over a span: **stretches** in which nothing changes, and what is read from them: the **shifts** of
 * people, the **gaps** in which nobody is on call, the **hand-offs** at which somebody comes or goes.
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
  /** The override that left it empty; null where the layers do. */
  override: Override | null;
}

export interface Handoff {
  at: Date;
  role: Role;
  off: Person[];
  on: Person[];
  /** Who was on call before and still is. */
  staying: Person[];
}

/** The span of each version, in order, within a span. Where versions begin at the same minute, the last written counts. */
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
 * Everything that is true between two instants, in order and without holes. Given to the second, the span is rounded outward.
 * @param versions in the order in which they count
 * @param overrides in creation order
 */
export function stretches(
  versions: readonly Version[],
  overrides: readonly Override[],
  from: Date,
  to: Date,
): Stretch[] {
  return versionSpans(versions, minuteOf(from), minuteAfter(to)).flatMap(({ version, start, end }) =>
    stretchesOf(version, overrides, { start, end }),
  );
}

function stretchesOf(version: Version | null, overrides: readonly Override[], span: Span): Stretch[] {
  const layers = version?.layers ?? [];
  const calendars = version === null ? [] : calendarsOf(version);
  const duties = calendars.map((calendar) => calendar.within(span.start, span.end));
  const changes = overrides
    .map((override) => ({ override, ...overrideSpan(override) }))
    .filter(({ start, end }) => start < span.end && span.start < end);
  const edges = edgesIn(span, [...duties.flat(), ...changes]);
  const next = duties.map(() => 0);
  const result: Stretch[] = [];
  let last = '';
  for (let i = 0; i + 1 < edges.length; i++) {
    const [start, end] = [edges[i] as number, edges[i + 1] as number];
    const slots = duties.map((list, layer) => slotOn(list, next, layer, start));
    const running = changes.filter((change) => change.start <= start && start < change.end);
    const said = `${slots.join()} ${running.map(({ override }) => override.id).join()}`;
    const before = result.at(-1);
    if (before !== undefined && said === last) before.end = end;
    else
      result.push({
        start,
        end,
        roles: rolesOf(
          layers,
          slots,
          running.map(({ override }) => override),
        ),
      });
    last = said;
  }
  return result;
}

function edgesIn({ start, end }: Span, spans: readonly Span[]): number[] {
  const edges = new Set<number>([start, end]);
  for (const span of spans) {
    if (start < span.start && span.start < end) edges.add(span.start);
    if (start < span.end && span.end < end) edges.add(span.end);
  }
  return [...edges].sort((a, b) => a - b);
}

/** The slot of a layer on duty at a minute; `next` remembers how far each list has been read. */
function slotOn(duties: readonly Duty[], next: number[], layer: number, minute: number): number | null {
  let i = next[layer] as number;
  while (i < duties.length && (duties[i] as Duty).end <= minute) i += 1;
  next[layer] = i;
  const duty = duties[i];
  return duty !== undefined && duty.start <= minute ? duty.slot : null;
}

const sourceKey = ({ source }: OnDuty): string =>
  source.kind === 'layer' ? `layer ${source.level} ${source.layer}` : `override ${source.override.id}`;

/** Each span of one person in one role for one reason, in order of their beginning. */
export function shiftsOf(all: readonly Stretch[]): Shift[] {
  return ROLES.flatMap((role) => shiftsIn(all, role)).sort((a, b) => a.starts_at.getTime() - b.starts_at.getTime());
}

function shiftsIn(all: readonly Stretch[], role: Role): Shift[] {
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

/** Where nobody fills a role. */
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

/** Where somebody comes or goes; the same people in another order are no hand-off. */
export function handoffsOf(all: readonly Stretch[]): Handoff[] {
  return all.slice(1).flatMap(({ start, roles }, i) => {
    const before = (all[i] as Stretch).roles;
    return ROLES.flatMap((role) => handoff(start, role, before[role].people, roles[role].people));
  });
}

function handoff(start: number, role: Role, before: readonly OnDuty[], after: readonly OnDuty[]): Handoff[] {
  const were = new Set(before.map(keyOf));
  const are = new Set(after.map(keyOf));
  const plain = ({ name, email }: Person): Person => ({ name, email });
  const off = before.filter((person) => !are.has(keyOf(person))).map(plain);
  const on = after.filter((person) => !were.has(keyOf(person))).map(plain);
  if (off.length === 0 && on.length === 0) return [];
  return [{ at: instantOf(start), role, off, on, staying: after.filter((p) => were.has(keyOf(p))).map(plain) }];
}

/** The shifts of a schedule between two instants, each with its reason. */
export const shifts = (versions: readonly Version[], overrides: readonly Override[], from: Date, to: Date): Shift[] =>
  shiftsOf(stretches(versions, overrides, from, to));

export interface LayerShifts {
  layer: Layer;
  shifts: { starts_at: Date; ends_at: Date; people: Person[] }[];
}

/** What each layer gives by itself, before levels and overrides; a layer that an edit kept by its name goes on. */
export function layerShifts(versions: readonly Version[], from: Date, to: Date): LayerShifts[] {
  const rows = new Map<string, LayerShifts>();
  for (const { version, start, end } of versionSpans(versions, minuteOf(from), minuteAfter(to))) {
    for (const calendar of version === null ? [] : calendarsOf(version)) {
      const { layer } = calendar;
      const row = rows.get(layer.name) ?? { layer, shifts: [] };
      rows.set(layer.name, { layer, shifts: [...row.shifts, ...dutiesOf(calendar, start, end)] });
    }
  }
  return [...rows.values()];
}

const dutiesOf = (calendar: LayerCalendar, start: number, end: number): LayerShifts['shifts'] =>
  calendar.within(start, end).map((duty) => ({
    starts_at: instantOf(duty.start),
    ends_at: instantOf(duty.end),
    people: calendar.layer.rotation.slots[duty.slot] ?? [],
  }));
