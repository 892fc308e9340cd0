/** Dates without a zone: a **day** is counted from 1970-01-01, a local minute from the midnight of that day. */

export const DAY_MINUTES = 1_440;
export const WEEK_DAYS = 7;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday. */
const THURSDAY = 3;

/** The remainder of a division, never negative. */
export const modulo = (n: number, size: number): number => ((n % size) + size) % size;

/** The local minute of `2026-03-29T02:30`. */
export const localMinutes = (dateTime: string): number => Date.parse(`${dateTime}Z`) / MINUTE_MS;

/** Minutes since midnight of `02:30`. */
export const timeOfDay = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** The day of a local minute. */
export const dayOf = (local: number): number => Math.floor(local / DAY_MINUTES);

/** The weekday of a day; Monday is 0. */
export const weekdayOf = (day: number): number => modulo(day + THURSDAY, WEEK_DAYS);

/** Months since 1970, and the rest of the date. */
export function monthOf(local: number): { month: number; day: number; minutes: number } {
  const date = new Date(dayOf(local) * DAY_MS);
  const month = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
  return { month, day: date.getUTCDate(), minutes: modulo(local, DAY_MINUTES) };
}

/** The local minute of a day of a month. A day beyond the end of the month is its last day. */
export function inMonth(month: number, day: number, minutes: number): number {
  const last = new Date(Date.UTC(1970, month + 1, 0)).getUTCDate();
  return (Date.UTC(1970, month, Math.min(day, last)) / DAY_MS) * DAY_MINUTES + minutes;
}
