import { Temporal } from 'temporal-polyfill';
import { parseRrule, type Rrule } from './rrule';
import { daysOf, periodNear, periodsSearched } from './rruleDays';

/** A span of time, half-open. */
export interface Occurrence {
  start: Date;
  end: Date;
}

/** When a maintenance window repeats. */
export interface Recurrence {
  /** RFC 5545, such as `FREQ=WEEKLY;BYDAY=SU`. */
  rrule: string;
  time_zone: string;
  /** The local time of the first occurrence, such as `2026-03-01T02:00`. */
  starts_at: string;
  duration_minutes: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1_440;
/** Days by which local dates and a window that is still open can be away from an instant in UTC. */
const MARGIN_DAYS = 3;

/**
 * The next occurrences that end after an instant, in order. A local time that a clock change skips becomes the first
 * instant after the gap; one that exists twice is its first. An occurrence lasts as long as its duration says, also over a
 * clock change.
 * @param before occurrences that start then or later are left out; null: none is
 * @throws RruleRefused
 */
export function occurrencesAfter(
  recurrence: Recurrence,
  after: Date,
  most: number,
  before: Date | null = null,
): Occurrence[] {
  const rule = parseRrule(recurrence.rrule);
  const first = Temporal.PlainDateTime.from(recurrence.starts_at);
  const firstDay = dayOf(first.toPlainDate());
  const time = first.hour * 60 + first.minute;
  const durationMs = recurrence.duration_minutes * MINUTE_MS;
  const found: Occurrence[] = [];
  const near = nearDay(after, durationMs);
  for (const day of daysFrom(rule, firstDay, near)) {
    if (day < near) continue;
    const start = instantOf(day, time, recurrence.time_zone);
    if (rule.until !== null && (rule.until.zoned ? start : localInstant(day, time)) > rule.until.at) break;
    if (before !== null && start >= before) break;
    const end = new Date(start.getTime() + durationMs);
    if (end > after) found.push({ start, end });
    if (found.length >= most) break;
  }
  return found;
}

const nearDay = (after: Date, durationMs: number): number =>
  Math.floor((after.getTime() - durationMs) / DAY_MS) - MARGIN_DAYS;

/** The days of a rule from near a day on. A rule with COUNT is counted from its beginning. */
function* daysFrom(rule: Rrule, firstDay: number, near: number): Generator<number> {
  let counted = 0;
  const begin = rule.count === null ? periodNear(rule, firstDay, near) : 0;
  for (let period = begin; period < begin + periodsSearched(rule); period++) {
    for (const day of daysOf(rule, firstDay, period)) {
      if (day < firstDay) continue;
      if (rule.count !== null && ++counted > rule.count) return;
      yield day;
    }
  }
}

const dayOf = (date: Temporal.PlainDate): number => Date.UTC(date.year, date.month - 1, date.day) / DAY_MS;

/** A local time as if its zone were UTC. */
const localInstant = (day: number, time: number): Date => new Date((day * DAY_MINUTES + time) * MINUTE_MS);

/** The first instant at which the clock of a zone shows a local time, or the first after the gap that skips it. */
function instantOf(day: number, time: number, zone: string): Date {
  const local = Temporal.PlainDateTime.from(localInstant(day, time).toISOString().slice(0, 16));
  const at = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (at.toPlainDateTime().equals(local)) return new Date(at.epochMilliseconds);
  const change = at.getTimeZoneTransition('next');
  return new Date((change ?? at).epochMilliseconds);
}
