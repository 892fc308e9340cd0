import type { Frequency, Rrule } from './rrule';

/** The days of a rule, period by period. A **day** is counted from 1970-01-01; a **period** is a day, week, month or year. */

const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;
/** 1970-01-01 was a Thursday; Monday is 0. */
const THURSDAY = 3;

/** How many periods are searched for the next day: five years or more. A rule such as February 30 never has one. */
const SEARCHED: Record<Frequency, number> = { DAILY: 1_900, WEEKLY: 600, MONTHLY: 300, YEARLY: 50 };
/** A rule with COUNT is searched from its beginning. */
const SEARCHED_TO_COUNT = 5;

export const periodsSearched = ({ freq, count }: Rrule): number =>
  SEARCHED[freq] * (count === null ? 1 : SEARCHED_TO_COUNT);

const modulo = (n: number, size: number): number => ((n % size) + size) % size;
const weekdayOf = (day: number): number => modulo(day + THURSDAY, WEEK_DAYS);

interface LocalDate {
  /** Months since 1970. */
  month: number;
  day: number;
}

const dateOf = (day: number): LocalDate => {
  const date = new Date(day * DAY_MS);
  return { month: (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth(), day: date.getUTCDate() };
};
const dayIn = (month: number, day: number): number => Date.UTC(1970, month, day) / DAY_MS;
const lengthOf = (month: number): number => new Date(Date.UTC(1970, month + 1, 0)).getUTCDate();
const monthNumber = (month: number): number => modulo(month, 12) + 1;

/** The number of a period shortly before a day, so that a rule that began long ago is not counted from its beginning. */
export function periodNear({ freq, interval, weekStart }: Rrule, firstDay: number, near: number): number {
  const first = dateOf(firstDay);
  const then = dateOf(near);
  const passed: Record<Frequency, number> = {
    DAILY: near - firstDay,
    WEEKLY: (near - weekBegin(firstDay, weekStart)) / WEEK_DAYS,
    MONTHLY: then.month - first.month,
    YEARLY: (then.month - first.month) / 12,
  };
  return Math.max(0, Math.floor(passed[freq] / interval) - 1);
}

const weekBegin = (day: number, weekStart: number): number => day - modulo(weekdayOf(day) - weekStart, WEEK_DAYS);

/** The days of the nth period, in order. */
export function daysOf(rule: Rrule, firstDay: number, period: number): number[] {
  const days = expand(rule, firstDay, period * rule.interval).sort((a, b) => a - b);
  if (rule.bySetPos.length === 0) return days;
  const places = new Set(rule.bySetPos.map((place) => (place > 0 ? place - 1 : days.length + place)));
  return days.filter((_, place) => places.has(place));
}

function expand(rule: Rrule, firstDay: number, offset: number): number[] {
  const { freq, byDay, weekStart } = rule;
  const first = dateOf(firstDay);
  if (freq === 'DAILY') return [firstDay + offset].filter((day) => fits(rule, day));
  if (freq === 'WEEKLY') {
    const monday = weekBegin(firstDay, weekStart) + offset * WEEK_DAYS;
    const weekdays = byDay.length > 0 ? byDay.map(({ weekday }) => weekday) : [weekdayOf(firstDay)];
    const week = Array.from({ length: WEEK_DAYS }, (_, i) => monday + i);
    return week.filter((day) => weekdays.includes(weekdayOf(day)) && fitsMonth(rule, dateOf(day).month));
  }
  if (freq === 'MONTHLY') return daysInMonth(rule, first.month + offset, first.day);
  const january = first.month - modulo(first.month, 12) + offset * 12;
  return monthsOfYear(rule, first).flatMap((month) => daysInMonth(rule, january + month, first.day));
}

/** Months of a year from 0. Without a part that names days, only the month of the first occurrence. */
function monthsOfYear({ byMonth, byDay, byMonthDay }: Rrule, first: LocalDate): number[] {
  const named = byDay.length > 0 || byMonthDay.length > 0;
  if (byMonth.length === 0 && !named) return [modulo(first.month, 12)];
  return Array.from({ length: 12 }, (_, month) => month);
}

function daysInMonth(rule: Rrule, month: number, firstDay: number): number[] {
  if (!fitsMonth(rule, month)) return [];
  const length = lengthOf(month);
  const all = Array.from({ length }, (_, i) => i + 1);
  const { byDay, byMonthDay } = rule;
  if (byDay.length === 0 && byMonthDay.length === 0) {
    return firstDay <= length ? [dayIn(month, firstDay)] : [];
  }
  return all
    .filter((day) => fitsMonthDay(rule, day, length) && fitsWeekday(rule, month, day, length))
    .map((day) => dayIn(month, day));
}

const fitsMonth = ({ byMonth }: Rrule, month: number): boolean =>
  byMonth.length === 0 || byMonth.includes(monthNumber(month));

const fitsMonthDay = ({ byMonthDay }: Rrule, day: number, length: number): boolean =>
  byMonthDay.length === 0 || byMonthDay.includes(day) || byMonthDay.includes(day - length - 1);

function fitsWeekday({ byDay }: Rrule, month: number, day: number, length: number): boolean {
  if (byDay.length === 0) return true;
  const weekday = weekdayOf(dayIn(month, day));
  const nth = Math.ceil(day / WEEK_DAYS);
  const fromEnd = -Math.ceil((length - day + 1) / WEEK_DAYS);
  return byDay.some((wanted) => wanted.weekday === weekday && [null, nth, fromEnd].includes(wanted.nth));
}

/** Whether a single day is within all parts of a daily rule. */
function fits(rule: Rrule, day: number): boolean {
  const { month, day: ofMonth } = dateOf(day);
  const length = lengthOf(month);
  return fitsMonth(rule, month) && fitsMonthDay(rule, ofMonth, length) && fitsWeekday(rule, month, ofMonth, length);
}
