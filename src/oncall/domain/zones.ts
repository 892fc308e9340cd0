import { Temporal } from 'temporal-polyfill';
import { atOnce, type Steps } from '../../kernel/async/steps';

/**
 * Vocabulary. A **minute** is an instant in whole minutes since 1970 in UTC. A **local minute** is the local time of a
 * zone, counted in the same way as if it were UTC. A **stretch** is the time between two clock changes.
 * Temporal computes the clock changes of a zone once; after that an addition and one binary search are enough.
 */
export interface Zone {
  /** The beginning of each stretch; the first one is minus infinity. */
  from: number[];
  /** The difference of local time and UTC of each stretch, in minutes. */
  offset: number[];
  /** The latest local minute up to the end of a stretch; a change backward does not lower it. */
  latest: number[];
  /** The earliest local minute from the beginning of a stretch on. */
  earliest: number[];
}

const MINUTE_MS = 60_000;
/** Before and after these years the offset of a zone is taken as constant. */
const FIRST_YEAR = 1970;
const LAST_YEAR = 2100;
export const FIRST_INSTANT = Date.UTC(FIRST_YEAR, 0, 1);
export const LAST_INSTANT = Date.UTC(LAST_YEAR, 0, 1);
const MOST_ZONES_KEPT = 1_000;

const zones = new Map<string, Zone>();

/** The clock changes of an IANA zone, cached. The first read takes up to half a second, see `zoneIn`. */
export function zoneOf(name: string): Zone {
  return known(name) ?? keep(name, atOnce(readZone(name)));
}

/** The same as interruptible steps, for the first read. */
export function* zoneIn(name: string): Steps<Zone> {
  return known(name) ?? keep(name, yield* readZone(name));
}

/** Zone names are the same in any case. */
const known = (name: string): Zone | undefined => zones.get(name.toLowerCase());

/** Whether a zone is cached, so that `zoneOf` is fast. */
export const isZoneRead = (name: string): boolean => known(name) !== undefined;

function keep(name: string, zone: Zone): Zone {
  if (zones.size >= MOST_ZONES_KEPT) zones.clear();
  zones.set(name.toLowerCase(), zone);
  return zone;
}

function* readZone(name: string): Steps<Zone> {
  let at = Temporal.Instant.fromEpochMilliseconds(FIRST_INSTANT).toZonedDateTimeISO(name);
  const from = [Number.NEGATIVE_INFINITY];
  const offset = [minutesOf(at)];
  for (;;) {
    yield;
    const next = at.getTimeZoneTransition('next');
    if (next === null || next.epochMilliseconds >= LAST_INSTANT) return zoneFrom(from, offset);
    from.push(Math.ceil(next.epochMilliseconds / MINUTE_MS));
    offset.push(minutesOf(next));
    at = next;
  }
}

/** The offset in minutes. Liberia had an offset with half a minute until 1972; no zone has had seconds since. */
const minutesOf = (at: Temporal.ZonedDateTime): number => Math.round(at.offsetNanoseconds / (MINUTE_MS * 1e6));

function zoneFrom(from: number[], offset: number[]): Zone {
  const last = from.length - 1;
  const latest = new Array<number>(from.length).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < last; i++) {
    latest[i] = Math.max(latest[i - 1] ?? Number.NEGATIVE_INFINITY, at(from, i + 1) - 1 + at(offset, i));
  }
  const earliest = [...from];
  for (let i = last; i >= 0; i--) {
    earliest[i] = Math.min(earliest[i + 1] ?? Number.POSITIVE_INFINITY, at(from, i) + at(offset, i));
  }
  return { from, offset, latest, earliest };
}

/** A value of a list by an index that a search in the same list returned. */
const at = (list: readonly number[], index: number): number => list[index] as number;

/** The last index whose value is not above `value`; the first value must not be above it. */
export function lastNotAbove(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (at(list, middle) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The minute of an instant, rounded down. */
export const minuteOf = (instant: Date): number => Math.floor(instant.getTime() / MINUTE_MS);
/** The minute of an instant, rounded up. */
export const minuteAfter = (instant: Date): number => Math.ceil(instant.getTime() / MINUTE_MS);
/** The instant of a minute. */
export const instantOf = (minute: number): Date => new Date(minute * MINUTE_MS);

/** The local minute of a minute. */
export const localAt = ({ from, offset }: Zone, minute: number): number =>
  minute + at(offset, lastNotAbove(from, minute));

/** The latest local minute reached so far: an hour that a clock change repeats does not lower it. */
export function reachedAt({ from, offset, latest }: Zone, minute: number): number {
  const i = lastNotAbove(from, minute);
  return Math.max(minute + at(offset, i), i === 0 ? Number.NEGATIVE_INFINITY : at(latest, i - 1));
}

/**
 * When a span starts: the first time that the local clock shows this minute, or the first instant after a gap that
 * skips it.
 */
export function startOf({ from, offset, latest }: Zone, local: number): number {
  const i = local > at(latest, 0) ? lastNotAbove(latest, local - 1) + 1 : 0;
  return Math.max(at(from, i), local - at(offset, i));
}

/**
 * When a span ends: the last time that the local clock shows this minute, or the first instant after a gap that skips
 * it.
 */
export function endOf({ from, offset, earliest }: Zone, local: number): number {
  const i = lastNotAbove(earliest, local);
  return Math.min(local - at(offset, i), from[i + 1] ?? Number.POSITIVE_INFINITY);
}

export interface ClockChange {
  at: number;
  /** The local minutes before and after the change, the lower first. */
  low: number;
  high: number;
  /** A forward change skips the minutes between; a backward change repeats them. */
  forward: boolean;
}

/** The clock changes after `after` up to and including `until`. */
export function changesBetween({ from, offset }: Zone, after: number, until: number): ClockChange[] {
  const changes: ClockChange[] = [];
  for (let i = lastNotAbove(from, after) + 1; i < from.length && at(from, i) <= until; i++) {
    const before = at(from, i) + at(offset, i - 1);
    const then = at(from, i) + at(offset, i);
    changes.push({
      at: at(from, i),
      low: Math.min(before, then),
      high: Math.max(before, then),
      forward: then > before,
    });
  }
  return changes;
}
