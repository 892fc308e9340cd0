import { Temporal } from 'temporal-polyfill';
import type { Layer } from '../oncall/domain/layers';
import type { Version } from '../oncall/domain/onCall';
import type { Person, Rotation } from '../oncall/domain/rotation';
import type { Override, Role } from '../oncall/domain/types';

/**
 * A slow and simple calendar, with which tests compare the fast one. It asks Temporal about every instant and steps from
 * boundary to boundary and from day to day. It shares only the data types with the fast calendar.
 */
const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const MINUTE_MS = 60_000;

const instants = new Map<string, number>();

/** The instant of a local date-time. In a gap it is the end of the gap; if it occurs twice, the first or last one. */
function instantMs(zone: string, local: Temporal.PlainDateTime, which: 'first' | 'last'): number {
  const key = `${zone} ${local} ${which}`;
  const known = instants.get(key);
  if (known !== undefined) return known;
  const zoned = local.toZonedDateTime(zone, { disambiguation: which === 'first' ? 'earlier' : 'later' });
  const exists = zoned.toPlainDateTime().equals(local);
  const after = local.toZonedDateTime(zone, { disambiguation: 'later' });
  const change = exists ? null : after.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  const found = (change ?? zoned).epochMilliseconds;
  instants.set(key, found);
  return found;
}

const wall = (zone: string, ms: number): Temporal.PlainDateTime =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDateTime();

const UNIT = { hourly: 'hours', daily: 'days', weekly: 'weeks', monthly: 'months' } as const;

/** The number of boundaries from the hand-off to an instant, counted one by one. A boundary at the same instant as the next one does not count. */
function turnAt(rotation: Rotation, layer: Layer, zone: string, ms: number): number {
  const counted = rotation.turns === 'in_restrictions' && (layer.restrictions ?? []).length > 0;
  const step = counted ? 1 : rotation.length;
  const anchor = Temporal.PlainDateTime.from(rotation.handoff);
  const boundary = (n: number) => instantMs(zone, anchor.add({ [UNIT[rotation.unit]]: n * step }), 'first');
  const counts = (n: number): boolean =>
    boundary(n) < boundary(n + 1) && (!counted || windowsAround(layer, zone, boundary(n), boundary(n + 1)).length > 0);
  let units = 0;
  let n = 0;
  if (ms >= boundary(0)) for (; boundary(n + 1) <= ms; n++) units += Number(counts(n));
  else while (boundary(n) > ms) units -= Number(counts(--n));
  return counted ? Math.floor(units / rotation.length) : units;
}

/** Windows of restrictions that overlap a span. */
function windowsAround(layer: Layer, zone: string, from: number, to: number): [number, number][] {
  const found: [number, number][] = [];
  const last = wall(zone, to).toPlainDate().add({ days: 3 });
  let day = wall(zone, from).toPlainDate().subtract({ days: 3 });
  for (; Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    for (const restriction of layer.restrictions ?? []) {
      const name = DAY_NAMES[day.dayOfWeek - 1] as string;
      if (restriction.days && !(restriction.days as readonly string[]).includes(name)) continue;
      const overnight = restriction.to <= restriction.from;
      const start = instantMs(zone, day.toPlainDateTime(restriction.from), 'first');
      const end = instantMs(zone, (overnight ? day.add({ days: 1 }) : day).toPlainDateTime(restriction.to), 'last');
      if (start < end && start < to && from < end) found.push([start, end]);
    }
  }
  return found;
}

const down = (at: Date | string): number => Math.floor(new Date(at).getTime() / MINUTE_MS) * MINUTE_MS;
const up = (at: Date | string): number => Math.ceil(new Date(at).getTime() / MINUTE_MS) * MINUTE_MS;

function given(layer: Layer, zone: string, ms: number): string[] {
  if (layer.starts_at && ms < down(layer.starts_at)) return [];
  if (layer.ends_at && ms >= up(layer.ends_at)) return [];
  const restricted = (layer.restrictions ?? []).length > 0;
  if (restricted && windowsAround(layer, zone, ms, ms + 1).length === 0) return [];
  const { slots, turn_offset } = layer.rotation;
  const turn = turnAt(layer.rotation, layer, zone, ms) + turn_offset;
  const slot = slots[((turn % slots.length) + slots.length) % slots.length] as Person[];
  return slot.map(({ email }) => email);
}

const unique = (people: string[]): string[] => [...new Set(people)];

function changed(people: string[], override: Override, incoming: string | null): string[] {
  if (override.kind === 'takeover') return incoming === null ? [] : [incoming];
  if (override.kind === 'add') return unique([...people, incoming as string]);
  const out = override.out?.email as string;
  if (override.kind === 'remove') return people.filter((each) => each !== out);
  return people.includes(out) ? unique(people.map((each) => (each === out ? (incoming as string) : each))) : people;
}

/** E-mail addresses of the people on call in a role, in order. */
export function slowOnCall(
  versions: readonly Version[],
  overrides: readonly Override[],
  at: Date,
  role: Role,
): string[] {
  const ms = down(at);
  const version = versions.filter(({ effective_from }) => down(effective_from) <= ms).at(-1);
  const running = overrides.filter(({ starts_at, ends_at }) => down(starts_at) <= ms && ms < up(ends_at));
  const layers = (version?.layers ?? []).filter((layer) => layer.role === role);
  const filled = layers.map((layer) => {
    let people = unique(given(layer, version?.time_zone as string, ms));
    for (const override of running) {
      if (override.layer === layer.name && (override.role ?? role) === role) {
        people = changed(people, override, override.in?.email ?? null);
      }
    }
    return { level: layer.level, people };
  });
  const level = Math.max(...filled.filter(({ people }) => people.length > 0).map((each) => each.level));
  let people = unique(filled.filter((each) => each.level === level).flatMap((each) => each.people));
  for (const override of running) {
    if (override.layer !== null || (override.role ?? role) !== role) continue;
    if (override.kind === 'add' && override.role === null && role === 'secondary') continue;
    const nobody = override.kind === 'takeover' && override.role === null && role === 'secondary';
    people = changed(people, override, nobody ? null : (override.in?.email ?? null));
  }
  return people;
}
