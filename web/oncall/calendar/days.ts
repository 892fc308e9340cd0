import { DAY, dateAt, HOUR, instantOf, plusDays, wallAt, wallOf } from './zones';

/** The days of a calendar: full local days, each with its real length. */

export const ZOOMS = ['day', 'week', 'weeks', 'month'] as const;
export type Zoom = (typeof ZOOMS)[number];

export interface Day {
  date: string;
  from: number;
  to: number;
  /** 23, 25 or 23.5 on a day with a clock change. */
  hours: number;
  weekend: boolean;
}

/** A half-open span, in milliseconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

const WEEK = 7;
/** A month begins with the selected day, so that none of its days is in the past. */
const MONTH = 31;
const SUNDAY = 0;
const SATURDAY = 6;

const weekdayOf = (date: string): number => new Date(wallOf(date)).getUTCDay();
export const isMonday = (date: string): boolean => weekdayOf(date) === 1;
const mondayOf = (date: string): string => plusDays(date, -((weekdayOf(date) + WEEK - 1) % WEEK));

/** The first day and the number of days that a zoom shows around a date. */
export function viewOf(zoom: Zoom, date: string): { first: string; count: number } {
  if (zoom === 'day') return { first: date, count: 1 };
  if (zoom === 'week') return { first: mondayOf(date), count: WEEK };
  if (zoom === 'weeks') return { first: mondayOf(date), count: 2 * WEEK };
  return { first: date, count: MONTH };
}

/** The date of the next (+1) or previous (−1) page. */
export function stepped(zoom: Zoom, date: string, by: 1 | -1): string {
  const { first, count } = viewOf(zoom, date);
  return plusDays(first, by * count);
}

/** The days of a zone from a date on. A day that the zone skipped (such as 2011-12-30 in Samoa) is left out. */
export function daysOf(zone: string, first: string, count: number): Day[] {
  const starts = Array.from({ length: count + 1 }, (_, ahead) => instantOf(zone, wallOf(plusDays(first, ahead))));
  return starts.slice(0, -1).flatMap((from, ahead) => {
    const to = starts[ahead + 1] as number;
    const date = plusDays(first, ahead);
    const weekend = [SATURDAY, SUNDAY].includes(weekdayOf(date));
    return to > from ? [{ date, from, to, hours: (to - from) / HOUR, weekend }] : [];
  });
}

export function spanOfDays(days: readonly Day[]): Span {
  return { from: days[0]?.from ?? 0, to: days.at(-1)?.to ?? 0 };
}

/** The instants within a span at which the days of another zone begin. */
export function midnightsOf(zone: string, { from, to }: Span): number[] {
  const first = dateAt(zone, from);
  const count = Math.ceil((to - from) / DAY) + 2;
  const all = Array.from({ length: count }, (_, ahead) => instantOf(zone, wallOf(plusDays(first, ahead))));
  return [...new Set(all)].filter((instant) => from <= instant && instant < to);
}

/** The full hours of a day after its midnight, every `every` hours of local time; skipped hours are left out. */
export function hoursOf(zone: string, day: Day, every: number): { instant: number; label: string }[] {
  const marks: { instant: number; label: string }[] = [];
  for (let hour = every; hour < 24; hour += every) {
    const wall = wallOf(day.date) + hour * HOUR;
    const instant = instantOf(zone, wall);
    if (wallAt(zone, instant) === wall && instant < day.to) {
      marks.push({ instant, label: `${String(hour).padStart(2, '0')}:00` });
    }
  }
  return marks;
}
