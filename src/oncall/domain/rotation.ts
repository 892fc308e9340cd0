import type { TURNS, UNITS } from '../contract/shared';
import { DAY_MINUTES, inMonth, localMinutes, modulo, monthOf } from './localDates';
import type { Span, Windows } from './restrictions';
import { changesBetween, reachedAt, startOf, type Zone } from './zones';

/**
 * Vocabulary. A **rotation** hands over from one slot to the next at **boundaries**: local date-times that repeat every
 * `length` units from its **handoff**. A boundary that a clock change moves onto the next one is **swallowed** and does
 * not count. A **turn** is the number of boundaries since the handoff, negative before it. A **slot** holds the people
 * who are on call together. The **turn offset** is added by edits, so that the person on call stays on call.
 */
export interface Person {
  name: string;
  email: string;
}

/**
 * The key that identifies a person: the address. Another name, or another spelling of the address, is the same person.
 */
export const keyOf = ({ email }: Pick<Person, 'email'>): string => email.trim().toLowerCase();

/** The most people that a message names. */
const MOST_NAMED = 10;

/** People and their addresses as text for a message; the first ten of many. */
export function namesOf(people: readonly Person[]): string {
  const named = people.slice(0, MOST_NAMED).map(({ name, email }) => `${name} <${email}>`);
  const more = people.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export type Unit = (typeof UNITS)[number];

export interface Rotation {
  unit: Unit;
  length: number;
  /** Local date-time in the zone of the version. */
  handoff: string;
  slots: Person[][];
  /** Whether every unit counts, or only the units that touch a restriction. */
  turns?: (typeof TURNS)[number];
  turn_offset: number;
}

const UNIT_MINUTES: Record<Exclude<Unit, 'monthly'>, number> = {
  hourly: 60,
  daily: DAY_MINUTES,
  weekly: 7 * DAY_MINUTES,
};

/** Local date-times that repeat: the n-th, and the last that is not after a local minute. */
interface Grid {
  nth(n: number): number;
  last(local: number): number;
}

function gridOf({ unit, handoff }: Rotation, length: number): Grid {
  const anchor = localMinutes(handoff);
  if (unit === 'monthly') return monthlyGrid(anchor, length);
  const step = UNIT_MINUTES[unit] * length;
  return { nth: (n) => anchor + n * step, last: (local) => Math.floor((local - anchor) / step) };
}

function monthlyGrid(anchor: number, length: number): Grid {
  const { month, day, minutes } = monthOf(anchor);
  const nth = (n: number) => inMonth(month + n * length, day, minutes);
  return {
    nth,
    last(local) {
      const n = Math.floor((monthOf(local).month - month) / length);
      return nth(n) <= local ? n : n - 1;
    },
  };
}

/** A turn with its span. */
export interface Turn extends Span {
  turn: number;
}

export interface Turns {
  at(minute: number): number;
  /** The first boundary after a minute. */
  next(minute: number): number;
  /** The turns of a span in order, cut at its ends. */
  within(from: number, to: number): Turn[];
}

/** The turns of a rotation in a zone. */
export const turnsOf = (rotation: Rotation, windows: Windows, zone: Zone): Turns =>
  rotation.turns === 'in_restrictions' && !windows.always
    ? countedTurns(rotation, windows, zone)
    : allTurns(rotation, zone);

/** The slot that has a turn. */
export const slotOf = ({ slots, turn_offset }: Pick<Rotation, 'slots' | 'turn_offset'>, turn: number): number =>
  modulo(turn + turn_offset, slots.length);

/** Every boundary is a hand-off, except those that a clock change swallows. */
function allTurns(rotation: Rotation, zone: Zone): Turns {
  const grid = gridOf(rotation, rotation.length);
  const anchor = startOf(zone, grid.nth(0));
  /** The number of boundaries from `first` up to `end` (exclusive) that share their instant with the next one. */
  function swallowed(first: number, end: number, minute: number): number {
    let count = 0;
    const [early, late] = minute < anchor ? [minute, anchor] : [anchor, minute];
    for (const { low, high, forward } of changesBetween(zone, early - 1, late)) {
      if (!forward) continue;
      const begin = Math.max(first, grid.last(low - 1) + 1);
      count += Math.max(0, Math.min(end, grid.last(high)) - begin);
    }
    return count;
  }
  const turnAt = (index: number, minute: number): number =>
    index >= 0 ? index - swallowed(0, index, minute) : index + swallowed(index, 0, minute);
  return walked({ grid, zone, turnAt, counts: () => 1 });
}

/** Only units that touch a restriction count; `length` of them are a turn. */
function countedTurns(rotation: Rotation, windows: Windows, zone: Zone): Turns {
  const grid = gridOf(rotation, 1);
  const touches = (n: number): boolean => windows.touch(startOf(zone, grid.nth(n)), startOf(zone, grid.nth(n + 1)));
  const countUpTo = unitCounter(rotation.unit, grid, windows);
  /**
   * The number of counted units from `first` up to `end` (exclusive): as in ordinary weeks, corrected around clock
   * changes.
   */
  function counted(first: number, end: number): number {
    let count = countUpTo.between(first, end);
    let unseen = first;
    for (const { low, high } of changesBetween(
      zone,
      startOf(zone, grid.nth(first)) - 1,
      startOf(zone, grid.nth(end)),
    )) {
      const last = Math.min(end - 1, grid.last(high) + 1);
      for (unseen = Math.max(unseen, grid.last(low) - 1); unseen <= last; unseen++) {
        count += Number(touches(unseen)) - Number(countUpTo.counts(unseen));
      }
    }
    return count;
  }
  const turnAt = (index: number): number => (index >= 0 ? counted(0, index) : -counted(index, 0));
  return walked({ grid, zone, turnAt, counts: (n) => Number(touches(n)), length: rotation.length });
}

/** Counts units by their weekly pattern, so that any number takes the same time. A month always holds a whole week. */
function unitCounter(unit: Unit, grid: Grid, windows: Windows) {
  if (unit === 'monthly') return { counts: () => true, between: (first: number, end: number) => end - first };
  const period = (7 * DAY_MINUTES) / UNIT_MINUTES[unit];
  const sums = [0];
  for (let n = 0; n < period; n++) {
    sums.push((sums[n] as number) + Number(windows.touchLocally(grid.nth(n), grid.nth(n + 1))));
  }
  const upTo = (n: number): number =>
    Math.floor(n / period) * (sums[period] as number) + (sums[modulo(n, period)] as number);
  return {
    counts: (n: number) => upTo(n + 1) > upTo(n),
    between: (first: number, end: number) => upTo(end) - upTo(first),
  };
}

interface Walk {
  grid: Grid;
  zone: Zone;
  /** The count at a boundary. */
  turnAt(index: number, minute: number): number;
  /** The amount that the unit or turn after this boundary adds to the count. */
  counts(index: number): number;
  length?: number;
}

function walked({ grid, zone, turnAt, counts, length = 1 }: Walk): Turns {
  const indexAt = (minute: number): number => grid.last(reachedAt(zone, minute));
  const startAt = (index: number): number => startOf(zone, grid.nth(index));
  return {
    at: (minute) => Math.floor(turnAt(indexAt(minute), minute) / length),
    next: (minute) => startAt(indexAt(minute) + 1),
    within(from, to) {
      const turns: Turn[] = [];
      let index = indexAt(from);
      let count = turnAt(index, from);
      for (let start = from; start < to; ) {
        const next = startAt(index + 1);
        const turn = Math.floor(count / length);
        const end = Math.min(next, to);
        const last = turns.at(-1);
        if (last?.turn === turn) last.end = end;
        else turns.push({ start, end, turn });
        count += counts(index);
        index += 1;
        // Boundaries at the same instant are one hand-off.
        while (startAt(index + 1) === next) index += 1;
        start = next;
      }
      return turns;
    },
  };
}
