/** The part of RFC 5545's recurrence rules that a maintenance window can use. */
export interface Rrule {
  freq: Frequency;
  interval: number;
  count: number | null;
  /** The last start; `zoned` if it is an instant in UTC, otherwise a local time as if its zone were UTC. */
  until: { at: Date; zoned: boolean } | null;
  byDay: readonly { nth: number | null; weekday: number }[];
  byMonthDay: readonly number[];
  byMonth: readonly number[];
  bySetPos: readonly number[];
  /** Monday is 0. */
  weekStart: number;
}

export const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** A rule that is refused, with the reason. */
export class RruleRefused extends Error {
  override readonly name = 'RruleRefused';
}

const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const LONGEST_RRULE = 500;
const MOST_VALUES = 62;
const MOST_COUNTED = 500;

/**
 * Parses a rule, with or without `RRULE:` in front.
 * @throws RruleRefused that names the faulty part
 */
export function parseRrule(text: string): Rrule {
  if (text.length > LONGEST_RRULE) throw new RruleRefused(`A rule has at most ${LONGEST_RRULE} characters`);
  const parts = partsOf(text);
  const take = <T>(name: string, read: (value: string) => T, otherwise: T): T => {
    const value = parts.get(name);
    parts.delete(name);
    return value === undefined ? otherwise : read(value);
  };
  const rule: Rrule = {
    freq: take<Frequency | null>('FREQ', frequency, null) ?? missingFrequency(),
    interval: take('INTERVAL', (value) => integer('INTERVAL', value, 1, 1_000), 1),
    count: take<number | null>('COUNT', (value) => integer('COUNT', value, 1, MOST_COUNTED), null),
    until: take<Rrule['until']>('UNTIL', readUntil, null),
    byDay: take<Rrule['byDay']>('BYDAY', (value) => list('BYDAY', value, weekday), []),
    byMonthDay: take<readonly number[]>('BYMONTHDAY', (value) => list('BYMONTHDAY', value, signed(31)), []),
    byMonth: take<readonly number[]>('BYMONTH', (value) => list('BYMONTH', value, month), []),
    bySetPos: take<readonly number[]>('BYSETPOS', (value) => list('BYSETPOS', value, signed(366)), []),
    weekStart: take('WKST', (value) => WEEKDAYS.indexOf(oneOf('WKST', value, WEEKDAYS)), 0),
  };
  const [other] = parts.keys();
  if (other !== undefined) throw new RruleRefused(`${other} is not supported`);
  requireSense(rule);
  return rule;
}

function partsOf(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text
    .trim()
    .replace(/^RRULE:/i, '')
    .split(';')) {
    const [name = '', value, ...more] = part.toUpperCase().split('=');
    if (value === undefined || value === '' || more.length > 0) {
      throw new RruleRefused('A rule has the form FREQ=WEEKLY;BYDAY=SU');
    }
    if (parts.has(name)) throw new RruleRefused(`${name} is given twice`);
    parts.set(name, value);
  }
  return parts;
}

function requireSense({ freq, count, until, byDay, byMonth, byMonthDay }: Rrule): void {
  if (count !== null && until !== null) throw new RruleRefused('Give COUNT or UNTIL, not both');
  const numbered = byDay.some(({ nth }) => nth !== null);
  if (numbered && (freq === 'DAILY' || freq === 'WEEKLY')) {
    throw new RruleRefused('A number in BYDAY needs FREQ=MONTHLY or FREQ=YEARLY');
  }
  if (numbered && freq === 'YEARLY' && byMonth.length === 0) {
    throw new RruleRefused('A number in BYDAY with FREQ=YEARLY needs BYMONTH');
  }
  if (freq === 'WEEKLY' && byMonthDay.length > 0) throw new RruleRefused('BYMONTHDAY does not fit FREQ=WEEKLY');
}

const frequency = (value: string): Frequency => oneOf('FREQ', value, FREQUENCIES);

function missingFrequency(): never {
  throw new RruleRefused('FREQ is missing');
}

function oneOf<T extends string>(name: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new RruleRefused(`${name} must be one of ${words.join(', ')}`);
  return found;
}

function integer(name: string, value: string, least: number, most: number): number {
  const number = /^[+-]?\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new RruleRefused(`${name} must be a number from ${least} to ${most}`);
}

function list<T>(name: string, value: string, read: (name: string, item: string) => T): T[] {
  const items = value.split(',');
  if (items.length > MOST_VALUES) throw new RruleRefused(`${name} has more than ${MOST_VALUES} values`);
  return items.map((item) => read(name, item));
}

const month = (name: string, value: string): number => integer(name, value, 1, 12);

/** A number from 1, or from the end if it is negative. */
const signed =
  (most: number) =>
  (name: string, value: string): number => {
    const number = integer(name, value, -most, most);
    if (number === 0) throw new RruleRefused(`${name} must not be 0`);
    return number;
  };

function weekday(name: string, value: string): { nth: number | null; weekday: number } {
  const [, nth = '', day = ''] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(value) ?? [];
  const index = WEEKDAYS.indexOf(day);
  if (index < 0) throw new RruleRefused(`${name} must hold days such as MO or 1SU`);
  return { weekday: index, nth: nth === '' ? null : signed(5)(name, nth) };
}

const UNTIL = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/;

/** A date alone means the end of that day. */
function readUntil(value: string): Rrule['until'] {
  const [all, year, month, day, hour = '23', minute = '59', second = '59', zoned] = UNTIL.exec(value) ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (all === undefined || Number.isNaN(at.getTime())) {
    throw new RruleRefused('UNTIL must be a date or a time, such as 20261231 or 20261231T235959Z');
  }
  return { at, zoned: zoned !== undefined };
}
