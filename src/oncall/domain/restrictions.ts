import { DAYS } from '../contract/shared';
import { DAY_MINUTES, dayOf, timeOfDay, weekdayOf } from './localDates';
import { endOf, localAt, startOf, type Zone } from './zones';

type Day = (typeof DAYS)[number];

/**
 * A daily window in local time in which a layer applies. If `to` is not later than `from`, it ends on the next day and
 * belongs to the first.
 */
export interface Restriction {
  /** Every day by default. */
  days?: readonly Day[] | null | undefined;
  from: string;
  to: string;
}

/** A half-open span in minutes. */
export interface Span {
  start: number;
  end: number;
}

interface DailyWindow {
  on: boolean[];
  from: number;
  to: number;
}

/**
 * How many days around a day can hold a window that reaches into it: windows run overnight, and a clock change can skip
 * or repeat a day.
 */
const DAYS_BEFORE = 3;
const DAYS_AFTER = 2;
/** How far ahead the next edge is searched: restrictions repeat every week. */
const LOOKAHEAD_DAYS = 8;

export interface Windows {
  /** True without restrictions: every minute is open. */
  always: boolean;
  openAt(minute: number): boolean;
  /** The first minute after this one at which a window opens or closes; infinite without restrictions. */
  nextEdge(minute: number): number;
  /** The union of windows within a span, in order. */
  within(from: number, to: number): Span[];
  touch(from: number, to: number): boolean;
  /** The same in local time without clock changes, as in an ordinary week. */
  touchLocally(from: number, to: number): boolean;
}

/** The windows of several restrictions in a zone, joined. */
export function windowsOf(restrictions: readonly Restriction[], zone: Zone): Windows {
  const daily = restrictions.map(dailyWindow);
  const always = restrictions.length === 0;
  const around = (from: number, to: number) =>
    windowsOn(daily, zone, dayOf(localAt(zone, from)) - DAYS_BEFORE, dayOf(localAt(zone, to)) + DAYS_AFTER);
  const touch = (from: number, to: number) =>
    from < to && (always || around(from, to).some(({ start, end }) => start < to && from < end));
  return {
    always,
    openAt: (minute) => always || touch(minute, minute + 1),
    nextEdge: (minute) => (always ? Number.POSITIVE_INFINITY : edgeAfter(daily, zone, minute)),
    within: (from, to) => (always ? [{ start: from, end: to }] : union(around(from, to), from, to)),
    touch,
    touchLocally: (from, to) => always || touchOnWall(daily, from, to),
  };
}

function dailyWindow({ days, from, to }: Restriction): DailyWindow {
  const start = timeOfDay(from);
  const end = timeOfDay(to);
  return {
    on: DAYS.map((day) => days === undefined || days === null || days.includes(day)),
    from: start,
    to: end > start ? end : end + DAY_MINUTES,
  };
}

function windowsOn(daily: readonly DailyWindow[], zone: Zone, first: number, last: number): Span[] {
  const found: Span[] = [];
  for (let day = first; day <= last; day++) {
    for (const { on, from, to } of daily) {
      if (!on[weekdayOf(day)]) continue;
      const start = startOf(zone, day * DAY_MINUTES + from);
      const end = endOf(zone, day * DAY_MINUTES + to);
      if (start < end) found.push({ start, end });
    }
  }
  return found;
}

function touchOnWall(daily: readonly DailyWindow[], from: number, to: number): boolean {
  for (let day = dayOf(from) - DAYS_BEFORE; day <= dayOf(to); day++) {
    const start = day * DAY_MINUTES;
    for (const window of daily) {
      if (window.on[weekdayOf(day)] && start + window.from < to && from < start + window.to) return true;
    }
  }
  return false;
}

/**
 * Finds the next edge day by day, because it is nearly always near. Windows of later days do not begin earlier, so the
 * search ends with the first window that begins after the open ones.
 */
function edgeAfter(daily: readonly DailyWindow[], zone: Zone, minute: number): number {
  const today = dayOf(localAt(zone, minute));
  const before = windowsOn(daily, zone, today - DAYS_BEFORE, today - 1);
  let open = before.reduce((end, window) => reaching(window, end), minute);
  for (let day = today; day <= today + LOOKAHEAD_DAYS; day++) {
    for (const window of windowsOn(daily, zone, day, day).sort((a, b) => a.start - b.start)) {
      if (window.start > open) return open > minute ? open : window.start;
      open = reaching(window, open);
    }
  }
  return minute + LOOKAHEAD_DAYS * DAY_MINUTES;
}

/** The end of the open time with one more window; a window that begins later changes nothing. */
const reaching = ({ start, end }: Span, open: number): number => (start <= open ? Math.max(open, end) : open);

/** Windows cut to a span, in order; windows that touch are merged. */
function union(windows: Span[], from: number, to: number): Span[] {
  const merged: Span[] = [];
  for (const { start, end } of windows.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    const clipped = { start: Math.max(start, from), end: Math.min(end, to) };
    if (clipped.start >= clipped.end) continue;
    if (last === undefined || last.end < clipped.start) merged.push(clipped);
    else last.end = Math.max(last.end, clipped.end);
  }
  return merged;
}
