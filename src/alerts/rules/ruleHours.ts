import { Temporal } from 'temporal-polyfill';
import type { Rule } from '../contract';
import { DAYS } from '../contract/rules';

type During = NonNullable<Rule['during']>;

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/**
 * Whether an instant is within local times such as 22:00 to 06:00 on weekdays. A time that ends on the next day belongs to
 * the day of its start. The result is kept for the current minute, because every report asks for it.
 */
export function compileDuring(during: During | null): (now: Date) => boolean {
  if (during === null) return () => true;
  const spans = during.restrictions.map(spanOf);
  let known = { minute: Number.NaN, open: false };
  return (now) => {
    const minute = Math.floor(now.getTime() / MINUTE_MS);
    if (minute !== known.minute) known = { minute, open: isOpen(spans, during.time_zone, minute) };
    return known.open;
  };
}

interface Span {
  days: ReadonlySet<number>;
  from: number;
  /** Beyond a day, if the span ends on the next one. */
  to: number;
}

function spanOf({ days = [...DAYS], from, to }: During['restrictions'][number]): Span {
  const start = minutesOf(from);
  const end = minutesOf(to);
  return {
    days: new Set(days.map((day) => DAYS.indexOf(day))),
    from: start,
    to: end > start ? end : end + DAY_MINUTES,
  };
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

function isOpen(spans: readonly Span[], zone: string, minute: number): boolean {
  const local = Temporal.Instant.fromEpochMilliseconds(minute * MINUTE_MS).toZonedDateTimeISO(zone);
  const today = local.dayOfWeek - 1;
  const time = local.hour * 60 + local.minute;
  const yesterday = (today + 6) % 7;
  return spans.some(
    ({ days, from, to }) =>
      (days.has(today) && time >= from && time < to) || (days.has(yesterday) && time + DAY_MINUTES < to),
  );
}

/** Days from now in which the hours of a rule end at least once. */
const DAYS_AHEAD = 8;

/** The next instant after `now` at which hours end; another span can go on then. */
export function nextEnd({ time_zone: zone, restrictions }: During, now: Date): Date {
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone).toPlainDate();
  const spans = restrictions.map(spanOf);
  const ends: number[] = [];
  // From yesterday, because its hours can end today.
  for (let days = -1; days <= DAYS_AHEAD; days++) {
    const day = today.add({ days });
    for (const span of spans) {
      if (!span.days.has(day.dayOfWeek - 1)) continue;
      const end = day.toPlainDateTime().add({ minutes: span.to }).toZonedDateTime(zone).epochMilliseconds;
      if (end > now.getTime()) ends.push(end);
    }
  }
  return new Date(Math.min(...ends));
}
