import { DAY, dateAt, HOUR, instantOf, plusDays, wallAt, wallOf } from './zones';

/** What a calendar shows: whole local days, as long as they really are. */

export const ZOOMS = ['day', 'week', 'weeks', 'month'] as const;
export type Zoom = (typeof ZOOMS)[number];

export interface Day {
  date: string;
  from: number;
  to: number;
  /** 23, 25 or 23.5 where the clocks change. */
  hours: number;
  weekend: boolean;
}

/** Half-open. */
export interface Span {
  from: number;
  to: number;
}

const WEEK = 7;
/** A month begins with the day that is looked at, so that no day of it is past. */
const MONTH = 31;
const SUNDAY = 0;
const SATURDAY = 6;

const weekdayOf = (date: string): number => new Date(wallOf(date)).getUTCDay();
export const isMonday = (date: string): boolean => weekdayOf(date) === 1;
const mondayOf = (date: string): string => plusDays(date, -((weekdayOf(date) + WEEK - 1) % WEEK));

/** The first day that a zoom shows around a date, and how many days it shows. */
export function viewOf(zoom: Zoom, date: string): { first: string; count: number } {
  if (zoom === 'day') return { first: date, count: 1 };
  if (zoom === 'week') return { first: mondayOf(date), count: WEEK };
  if (zoom === 'weeks') return { first: mondayOf(date), count: 2 * WEEK };
  return { first: date, count: MONTH };
}

/** The date to look at after going on (+1) or back (−1). */
export function stepped(zoom: Zoom, date: string, by: 1 | -1): string {
  const { first, count } = viewOf(zoom, date);
  return plusDays(first, by * count);
}

/** The days of a zone from a date on. A day that a zone skipped whole is none. */
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

/** Where the days of another zone begin within a span. */
export function midnightsOf(zone: string, { from, to }: Span): number[] {
  const first = dateAt(zone, from);
  const count = Math.ceil((to - from) / DAY) + 2;
  const all = Array.from({ length: count }, (_, ahead) => instantOf(zone, wallOf(plusDays(first, ahead))));
  return [...new Set(all)].filter((instant) => from <= instant && instant < to);
}

/** The full hours of a day after its midnight, every few of them, by the clock on the wall. */
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
