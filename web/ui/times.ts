import { signal } from '@preact/signals';
import { parts } from '../text/parts';

/** Instants and durations for people: in the viewer's zone, on a 24-hour clock, never rounded up. */

/** The current instant; the shell updates it every second. */
export const now = signal(Date.now());

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const part = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { hourCycle: 'h23', ...options });
const CLOCK = part({ hour: '2-digit', minute: '2-digit' });
const CLOCK_SECONDS = part({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const WEEKDAY = part({ weekday: 'short' });
const DATE = part({ day: 'numeric', month: 'long' });
const DATE_YEAR = part({ day: 'numeric', month: 'long', year: 'numeric' });
const ZONE = part({ timeZoneName: 'short' });

/** The viewer's time zone. The locale is always named, because the default of a browser can be invalid. */
export const HERE = part({}).resolvedOptions().timeZone;

const at = (instant: string | number): Date => new Date(instant);

export const clock = (instant: string | number): string => CLOCK.format(at(instant));
export const clockSeconds = (instant: string | number): string => CLOCK_SECONDS.format(at(instant));
export const zone = (instant: string | number = now.peek()): string =>
  ZONE.formatToParts(at(instant)).find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';

/** `Sat 28 March 2026, 03:12:04 CET`, for the text on hover. */
export const exact = (instant: string | number): string =>
  `${WEEKDAY.format(at(instant))} ${DATE_YEAR.format(at(instant))}, ${clockSeconds(instant)} ${zone(instant)}`;

const SHORT_DATE = part({ day: 'numeric', month: 'short' });
/** A calendar day such as `2026-03-28` as `28 Mar`, for axes. */
export const shortDate = (isoDay: string): string => SHORT_DATE.format(new Date(`${isoDay}T12:00:00`));

/** `Sat 28 March`, for headings. */
export const day = (instant: string | number): string => `${WEEKDAY.format(at(instant))} ${DATE.format(at(instant))}`;

const dayOf = (date: Date): number => Math.floor((date.getTime() - date.getTimezoneOffset() * 60_000) / 86_400_000);

/** A wall-clock time, with its date if that is not today. */
export function when(instant: string | number, from: number = now.peek()): string {
  const days = dayOf(at(instant)) - dayOf(at(from));
  if (days === 0) return clock(instant);
  if (Math.abs(days) < 7) return `${WEEKDAY.format(at(instant))} ${clock(instant)}`;
  const sameYear = at(instant).getFullYear() === at(from).getFullYear();
  return `${(sameYear ? DATE : DATE_YEAR).format(at(instant))}${sameYear ? ` ${clock(instant)}` : ''}`;
}

/** A duration of `seconds`: `2 min 41 s`, `1 h 4 min`, `31 days`, `3 days 2 h`. The two largest units, rounded down. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [d, h, m, s] = [
    Math.floor(whole / DAY),
    Math.floor((whole % DAY) / HOUR),
    Math.floor((whole % HOUR) / MINUTE),
    whole % MINUTE,
  ] as const;
  const said = [
    [d, parts.days],
    [h, parts.hours],
    [m, parts.minutes],
    [s, parts.seconds],
  ] as const;
  const first = said.findIndex(([n]) => n > 0);
  if (first === -1) return parts.seconds(0);
  return said
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => unit(n))
    .join(' ');
}

/** The duration of an attempt of `ms` milliseconds: `850 ms`, `1.4 s`, from a minute on as `span`. */
export function took(ms: number): string {
  if (ms < 1_000) return parts.milliseconds(ms);
  return ms < 60_000 ? parts.tenths(ms / 1_000) : span(ms / 1_000);
}

/** The duration between two ISO instants. */
export const spanBetween = (from: string, to: string): string => span((Date.parse(to) - Date.parse(from)) / 1_000);

/** A shorter duration, for columns: `19 min`, `2 h 12 min` up to a few hours, then hours and days. */
export function age(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return parts.seconds(whole);
  if (whole < HOUR) return parts.minutes(Math.floor(whole / MINUTE));
  if (whole < 4 * HOUR) return span(whole - (whole % MINUTE));
  if (whole < DAY) return parts.hours(Math.floor(whole / HOUR));
  return parts.days(Math.floor(whole / DAY));
}

/** Relative within an hour, then the clock, then the date. */
export function ago(instant: string | number, from: number): string {
  const seconds = (from - at(instant).getTime()) / 1_000;
  if (seconds < 1) return parts.now;
  return seconds < HOUR ? age(seconds) : when(instant, from);
}

/** `3:12` under an hour, then `1 h 4 min`. */
export function countdown(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds));
  if (left >= HOUR) return span(left - (left % MINUTE));
  return `${Math.floor(left / MINUTE)}:${String(left % MINUTE).padStart(2, '0')}`;
}
