import { edgeOf, type Layer, type LayerCalendar, layerCalendar, peopleIn, spanOf } from './layers';
import { changedInLayer, changedInRole, inForce, onceEach, overrideSpan } from './overrides';
import type { Person } from './rotation';
import type { OnDuty, Override, Role, Source } from './types';
import { minuteOf, zoneOf } from './zones';

/**
 * The people on call are a pure function of the versions of a schedule, the overrides and the instant, which is a whole
 * minute.
 */

/** The content of a schedule from an instant on. Versions are only added, so the past does not change. */
export interface Version {
  effective_from: Date;
  time_zone: string;
  layers: Layer[];
}

export interface OnCall {
  /** The first of `primaries`, by level, layer and slot order. */
  primary: OnDuty | null;
  primaries: readonly OnDuty[];
  secondary: OnDuty | null;
  secondaries: readonly OnDuty[];
  /** The override that decided the primary, or that left the role empty, if one did. */
  override: Override | null;
  /**
   * The first instant at which another person may be on call, according to the given versions and overrides; null if
   * there is none.
   */
  until: Date | null;
}

/** The people of each role, and the override that left it empty. */
export type Roles = Record<Role, { people: readonly OnDuty[]; emptiedBy: Override | null }>;

/**
 * The version that applies at a minute: the last that begins, and of several the last stored. Versions are in that
 * order.
 */
export const versionAt = (versions: readonly Version[], at: Date): Version | null =>
  versions.findLast(({ effective_from }) => minuteOf(effective_from) <= minuteOf(at)) ?? null;

/** The calendars of the layers of a version. */
export const calendarsOf = ({ time_zone, layers }: Version): LayerCalendar[] =>
  layers.map((layer) => layerCalendar(layer, zoneOf(time_zone)));

/**
 * The people on call at an instant.
 * @param overrides in creation order
 */
export function onCallAt(versions: readonly Version[], overrides: readonly Override[], at: Date): OnCall {
  const version = versionAt(versions, at);
  const calendars = version === null ? [] : calendarsOf(version);
  const minute = minuteOf(at);
  const slots = calendars.map((calendar) => calendar.slotAt(minute));
  const layers = version?.layers ?? [];
  const { primary, secondary } = rolesOf(
    layers,
    slots,
    overrides.filter((each) => inForce(each, at)),
  );
  const [first = null] = primary.people;
  return {
    primary: first,
    primaries: primary.people,
    secondary: secondary.people[0] ?? null,
    secondaries: secondary.people,
    override: first?.source.kind === 'override' ? first.source.override : primary.emptiedBy,
    until: edgeOf(nextEdge(calendars, versions, overrides, minute)),
  };
}

/** The people of each role. In each role the highest level with a person wins, and layers of one level add up. */
export function rolesOf(
  layers: readonly Layer[],
  slots: readonly (number | null)[],
  overrides: readonly Override[],
): Roles {
  const given = layers.map((layer, i) => givenBy(layer, slots[i] ?? null, overrides));
  const role = (name: Role) => changedInRole(highest(layers, given, name), name, overrides);
  return { primary: role('primary'), secondary: role('secondary') };
}

function givenBy(layer: Layer, slot: number | null, overrides: readonly Override[]): readonly OnDuty[] {
  const { name, level } = layer;
  const source: Source = { kind: 'layer', layer: name, level };
  const people = onceEach(peopleIn(layer, slot).map((person) => ({ name: person.name, email: person.email, source })));
  return overrides.length === 0 ? people : changedInLayer(people, layer, overrides);
}

function highest(layers: readonly Layer[], given: readonly (readonly OnDuty[])[], role: Role): readonly OnDuty[] {
  let level = Number.NEGATIVE_INFINITY;
  let people: OnDuty[] = [];
  layers.forEach((layer, i) => {
    const found = given[i] as readonly OnDuty[];
    if (layer.role !== role || found.length === 0 || layer.level < level) return;
    people = layer.level > level ? [...found] : [...people, ...found];
    level = layer.level;
  });
  return onceEach(people);
}

function nextEdge(
  calendars: readonly LayerCalendar[],
  versions: readonly Version[],
  overrides: readonly Override[],
  minute: number,
): number {
  const edges = [
    ...calendars.map((calendar) => calendar.nextEdge(minute)),
    ...versions.map(({ effective_from }) => minuteOf(effective_from)),
    ...overrides.flatMap((each) => Object.values(overrideSpan(each)) as number[]),
  ];
  return Math.min(...edges.filter((edge) => edge > minute), Number.POSITIVE_INFINITY);
}

/** The earlier of two instants, either of which may be null. */
export const earlier = (a: Date | null, b: Date | null): Date | null => (a === null || (b !== null && b < a) ? b : a);

/** All people in the layers in force, whether they are on call or not, and the people that overrides put on call. */
export function everybody(version: Version | null, overrides: readonly Override[], at: Date): Person[] {
  const minute = minuteOf(at);
  const layers = (version?.layers ?? []).filter((layer) => {
    const { start, end } = spanOf(layer);
    return start <= minute && minute < end;
  });
  return [
    ...overrides.filter((each) => inForce(each, at)).flatMap((each) => each.in ?? []),
    ...layers.flatMap(({ rotation }) => rotation.slots.flat()),
  ];
}
