import { calendarWords as words } from '../../text/calendar';
import { span } from '../../ui/times';
import type { Span } from './days';
import { longDay, stamp } from './format';
import { joined } from './geometry';
import type { Block, Group, Lane } from './lanes';

/** Turns the server's schedule into lanes and sentences. */

export type Role = 'primary' | 'secondary';

interface Person {
  name: string;
  email: string;
}

/** The shifts of a span, of a stored schedule or of a draft. */
export interface ScheduleShifts {
  shifts: readonly {
    role: Role;
    person: Person;
    starts_at: string;
    ends_at: string;
    source: { kind: 'layer'; layer: string; level: number } | { kind: 'override'; id: string; reason: string | null };
  }[];
  layers: readonly {
    layer: string;
    role: Role;
    level: number;
    shifts: readonly { starts_at: string; ends_at: string; people: readonly Person[] }[];
  }[];
  gaps: readonly { role: Role; starts_at: string; ends_at: string; planned: boolean }[];
  /** The id of an override that is shown moved, but not confirmed by the server yet. */
  foreseen?: string;
}

export interface OverrideShown {
  id: string;
  kind: 'replace' | 'add' | 'remove' | 'takeover';
  role: Role | null;
  layer: string | null;
  out: Person | null;
  in: Person | null;
  reason: string | null;
  starts_at: string;
  ends_at: string;
  version: string;
  /** Moved, but not confirmed by the server yet. */
  moving?: boolean;
}

const ROLES: readonly Role[] = ['primary', 'secondary'];
export const finalLane = (role: Role): string => `final ${role}`;
export const layerLane = (name: string): string => `layer ${name}`;
/** The role or the layer of a lane. */
export const scopeOf = (lane: string): { role: Role | null; layer: string | null } => {
  if (lane.startsWith('layer ')) return { role: null, layer: lane.slice(6) };
  const role = ROLES.find((each) => lane === finalLane(each));
  return { role: role ?? null, layer: null };
};

const spanOf = ({ starts_at, ends_at }: { starts_at: string; ends_at: string }): Span => ({
  from: Date.parse(starts_at),
  to: Date.parse(ends_at),
});

const namesOf = (people: readonly Person[]): string => people.map(({ name }) => name).join(', ');

/** The lanes of layers by role, of overrides, and of the final schedule. */
export function groupsOf(course: ScheduleShifts, overrides: readonly OverrideShown[], zone: string): Group[] {
  const layers = ROLES.map((role) => ({
    key: role,
    lanes: course.layers.filter((layer) => layer.role === role).map((layer, index) => layerLaneOf(layer, index, zone)),
  }));
  const changes = { key: 'overrides', lanes: [overridesLane(overrides, zone)] };
  const final = { key: 'final', lanes: rolesOf(course).map((role) => finalLaneOf(course, role, zone)) };
  return [...layers, ...(overrides.length > 0 ? [changes] : []), final].filter(({ lanes }) => lanes.length > 0);
}

function layerLaneOf(
  { layer: name, role, shifts }: ScheduleShifts['layers'][number],
  index: number,
  zone: string,
): Lane {
  const spans = shifts
    .filter(({ people }) => people.length > 0)
    .map((shift) => ({ ...spanOf(shift), people: namesOf(shift.people), first: shift.people[0]?.email ?? '' }));
  const blocks = joined(spans, (a, b) => a.people === b.people).map(
    ({ from, to, people, first }): Block => ({
      key: `${layerLane(name)} ${from}`,
      kind: 'shift',
      from,
      to,
      label: people,
      title: titleOf(people, { from, to }, zone, words.fromLayer(name)),
      who: first,
    }),
  );
  const title = index === 0 ? words.roles[role] : '';
  return { key: layerLane(name), name: title, ...(name !== role && { note: name }), blocks };
}

function overridesLane(overrides: readonly OverrideShown[], zone: string): Lane {
  const blocks = overrides.map((override): Block => {
    const span = spanOf(override);
    const name = override.in?.name ?? override.out?.name ?? words.nobody;
    return {
      key: overrideKey(override.id),
      kind: override.in === null && override.kind === 'takeover' ? 'gap' : 'over',
      ...span,
      label: override.kind === 'remove' ? words.without(name) : name,
      title: titleOf(words.kinds[override.kind](override.in?.name, override.out?.name), span, zone, override.reason),
      who: override.in?.email ?? null,
      takes: { id: override.id, ...span },
      moving: override.moving ?? false,
    };
  });
  return { key: 'overrides', name: words.overrides, blocks };
}

export const overrideKey = (id: string): string => `override ${id}`;

function finalLaneOf({ shifts, gaps, foreseen }: ScheduleShifts, role: Role, zone: string): Lane {
  const spans = shifts
    .filter((shift) => shift.role === role)
    .map((shift) => ({ ...spanOf(shift), person: shift.person, source: shift.source }));
  const whole = joined(spans, (a, b) => a.person.email === b.person.email && a.source.kind === b.source.kind);
  const people = whole.map(
    ({ from, to, person, source }): Block => ({
      key: `${finalLane(role)} ${from} ${person.email}`,
      kind: source.kind === 'override' ? 'over' : 'shift',
      from,
      to,
      label: person.name,
      title: titleOf(
        person.name,
        { from, to },
        zone,
        source.kind === 'override' ? (source.reason ?? words.byOverride) : words.fromLayer(source.layer),
      ),
      who: person.email,
      moving: source.kind === 'override' && source.id === foreseen,
    }),
  );
  const empty = gaps.filter((gap) => gap.role === role).map((gap) => gapBlock(spanOf(gap), gap, zone));
  return { key: finalLane(role), name: words.final[role], final: true, blocks: [...people, ...empty] };
}

const gapBlock = ({ from, to }: Span, { role, planned }: ScheduleShifts['gaps'][number], zone: string): Block => ({
  key: `gap ${role} ${from}`,
  kind: 'gap',
  from,
  to,
  label: words.nobodyFor(span((to - from) / 1_000)),
  title: titleOf(words.nobody, { from, to }, zone, planned ? words.planned : null),
  who: null,
});

const titleOf = (what: string, { from, to }: Span, zone: string, why: string | null): string =>
  words.block(what, stamp(zone, from), stamp(zone, to), why ?? '');

/** Describes the final schedule in one sentence per role, for screen readers. */
export function labelOf(course: ScheduleShifts, zone: string, last: string): string {
  const said = rolesOf(course).map((role) => {
    const people = [...new Set(course.shifts.filter((each) => each.role === role).map(({ person }) => person.name))];
    const gaps = course.gaps.filter((gap) => gap.role === role);
    const [gap] = gaps;
    const empty = gap === undefined ? '' : words.emptyFrom(stamp(zone, Date.parse(gap.starts_at)), gaps.length - 1);
    return words.summary(words.roles[role], people.join(', '), empty);
  });
  return words.until(said.join(' '), longDay(last));
}

/** The roles that a schedule fills. Every schedule has a primary. */
export const rolesOf = ({ layers, shifts }: ScheduleShifts): Role[] =>
  ROLES.filter((role) => role === 'primary' || [...layers, ...shifts].some((each) => each.role === role));

/** The columns on a phone: one for each role, and one for overrides if there are any. */
export const columnsOf = (groups: readonly Group[]): Group[] =>
  ['final', 'overrides'].flatMap((wanted) =>
    groups
      .filter(({ key }) => key === wanted)
      .map(({ key, lanes }) => ({ key, lanes: lanes.map((lane) => ({ ...lane, name: shortName(lane) })) })),
  );

const shortName = ({ key, name }: Lane): string => {
  const { role } = scopeOf(key);
  return role === null ? name : words.roles[role];
};
