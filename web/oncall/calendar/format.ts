import { calendarWords } from '../../text/calendar';
import { isMonday } from './days';
import { dateAt, localAt, wallOf } from './zones';

/** Formats days, times and durations for the calendar, in the zone that it shows. */

const utc = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options });
const WEEKDAY = utc({ weekday: 'short' });
const DAY_MONTH = utc({ day: 'numeric', month: 'long' });
const DAY_MONTH_YEAR = utc({ day: 'numeric', month: 'long', year: 'numeric' });
const DAY_MONTH_SHORT = utc({ day: 'numeric', month: 'short' });

export const time = (zone: string, instant: number): string => localAt(zone, instant).slice(11);

/** `Sat 28` (full), `28` (number), or `28 Mar` on Mondays alone (week). */
export function dayName(date: string, room: 'full' | 'number' | 'week'): string {
  if (room === 'week') return isMonday(date) ? DAY_MONTH_SHORT.format(wallOf(date)) : '';
  const day = String(Number(date.slice(8)));
  return room === 'number' ? day : `${WEEKDAY.format(wallOf(date))} ${day}`;
}

/** `Sat 28 March`. */
export const longDay = (date: string): string => `${WEEKDAY.format(wallOf(date))} ${DAY_MONTH.format(wallOf(date))}`;

/** `23 h`, `23.5 h`. */
export const hoursLabel = (hours: number): string => `${hours} h`;

/** `23 March to 5 April 2026`, and one day by its weekday. */
export function rangeName(first: string, last: string): string {
  if (first === last) return `${WEEKDAY.format(wallOf(first))} ${DAY_MONTH_YEAR.format(wallOf(first))}`;
  const sameYear = first.slice(0, 4) === last.slice(0, 4);
  const start = (sameYear ? DAY_MONTH : DAY_MONTH_YEAR).format(wallOf(first));
  return calendarWords.range(start, DAY_MONTH_YEAR.format(wallOf(last)));
}

/** `Sat 28 Mar 09:00`. */
export function stamp(zone: string, instant: number): string {
  const wall = wallOf(dateAt(zone, instant));
  return `${WEEKDAY.format(wall)} ${DAY_MONTH_SHORT.format(wall)} ${time(zone, instant)}`;
}

/**
 * An instant in the viewer's zone, and in the schedule's beside it if its wall clock differs then:
 * `Sat 28 Mar 09:00 (Sat 28 Mar 13:30 Kolkata)`.
 */
export function stampBoth(zone: string, otherZone: string | null, instant: number): string {
  const own = stamp(zone, instant);
  if (otherZone === null || localAt(zone, instant) === localAt(otherZone, instant)) return own;
  return `${own} (${stamp(otherZone, instant)} ${placeOf(otherZone)})`;
}

/** `Europe/Berlin` as `Berlin`. */
export const placeOf = (zone: string): string => zone.split('/').at(-1)?.replaceAll('_', ' ') ?? zone;
