import { Temporal } from 'temporal-polyfill';
import type { QuietHours } from '../contract';

/** Quiet hours: local times at which pages of low urgency wait. Pure arithmetic. */

type Hours = Omit<QuietHours, 'time_zone'>;

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** Windows that follow one another without a pause are at most a week. */
const MOST_WINDOWS = 8;

/** When the quiet hours end in which an instant lies; null if it lies in none. `zone` is the name of a time zone. */
export function quietUntil(hours: Hours, zone: string, at: Date): Date | null {
  let until: Date | null = null;
  for (let n = 0; n < MOST_WINDOWS; n++) {
    const next = endOfWindow(hours, zone, until ?? at);
    if (next === null) break;
    until = next;
  }
  return until;
}

function endOfWindow({ from, to, days }: Hours, zone: string, at: Date): Date | null {
  const today = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone).toPlainDate();
  for (const day of [today, today.subtract({ days: 1 })]) {
    if (days !== undefined && !days.includes(WEEKDAYS[day.dayOfWeek - 1] as (typeof WEEKDAYS)[number])) continue;
    const begins = instantOf(day, from, zone);
    const ends = instantOf(to > from ? day : day.add({ days: 1 }), to, zone);
    if (begins <= at && at < ends) return ends;
  }
  return null;
}

/**
 * The first instant at which the local clock shows a time, so that quiet hours never last longer because of a clock change.
 * A time that a change skips is the first instant after it.
 */
function instantOf(day: Temporal.PlainDate, time: string, zone: string): Date {
  const local = day.toPlainDateTime(Temporal.PlainTime.from(time));
  const earlier = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const skipped = !earlier.toPlainDateTime().equals(local);
  const first = skipped ? (earlier.getTimeZoneTransition('next') ?? earlier) : earlier;
  return new Date(first.epochMilliseconds);
}
