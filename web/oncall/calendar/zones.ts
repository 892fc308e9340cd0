/**
 * Vocabulary. An **instant** is counted in milliseconds since 1970. A **wall** time is the local time of a zone,
 * counted the same way as if it were UTC. A **date** is `2026-03-29`.
 *
 * The browser's own zone data is used; nothing is loaded.
 */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(zone, format);
  return format;
}

export function isZone(name: string): boolean {
  try {
    return formatOf(name) !== undefined;
  } catch {
    return false;
  }
}

export function wallAt(zone: string, instant: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(instant)) part[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const offsetAt = (zone: string, instant: number): number => wallAt(zone, instant) - Math.floor(instant / 1000) * 1000;

/** The first instant with a local time; if a clock change skips that time, the first instant after the gap. */
export function instantOf(zone: string, wall: number): number {
  const before = offsetAt(zone, wall - DAY);
  const after = offsetAt(zone, wall + DAY);
  const shown = [wall - before, wall - after].filter((instant) => wallAt(zone, instant) === wall);
  return shown.length > 0 ? Math.min(...shown) : changeBetween(zone, wall - after, wall - before);
}

/** The minute at which the offset of a zone changes; the change is after `from` and not after `to`. */
function changeBetween(zone: string, from: number, to: number): number {
  const offset = offsetAt(zone, from);
  let low = Math.floor(from / MINUTE);
  let high = Math.ceil(to / MINUTE);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle * MINUTE) === offset) low = middle;
    else high = middle;
  }
  return high * MINUTE;
}

export const wallOf = (date: string): number => Date.parse(`${date}T00:00:00Z`);
export const dateOf = (wall: number): string => new Date(wall).toISOString().slice(0, 10);
export const dateAt = (zone: string, instant: number): string => dateOf(wallAt(zone, instant));
export const plusDays = (date: string, days: number): string => dateOf(wallOf(date) + days * DAY);

/** `2026-03-29T02:30`, the value of a date-time field. */
export const localAt = (zone: string, instant: number): string =>
  new Date(wallAt(zone, instant)).toISOString().slice(0, 16);
export const instantOfLocal = (zone: string, local: string): number => instantOf(zone, Date.parse(`${local}:00Z`));
