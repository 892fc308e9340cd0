/**
 * The numbers behind the drawings of the analytics page: steps, ticks, shares and the sentence that describes them.
 * Pure, so that tests can check them: a chart that is wrong by one bin looks right.
 */

/** The darkest step of the heat map; 0, the lightest, means no incident. */
const DARKEST = 4;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ROUND_SECONDS = [1, 2, 5, 10, 15, 30].flatMap((n) => [n, n * MINUTE]);
const ROUND_SPANS = [...ROUND_SECONDS, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY].sort(
  (a, b) => a - b,
);

/** The distance between ticks of a duration axis, in seconds: a round duration. */
export function spanStep(most: number, ticks = 3): number {
  const wanted = Math.max(1, most) / ticks;
  const known = ROUND_SPANS.find((step) => step >= wanted);
  return known ?? Math.ceil(wanted / (30 * DAY)) * 30 * DAY;
}

/** The distance between ticks of a count axis: 1, 2 or 5 times a power of ten, at least 1. */
export function countStep(most: number, ticks = 3): number {
  const wanted = Math.max(1, most) / ticks;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map((n) => n * power).find((candidate) => candidate >= wanted) ?? 10 * power;
  return Math.max(1, step);
}

/** From zero to the first tick above every value. */
export function ticksTo(most: number, step: number): number[] {
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

/** A share in per cent with one decimal; 0 of a total of 0. */
export const share = (part: number, whole: number): number => (whole <= 0 ? 0 : Math.round((part / whole) * 1000) / 10);

/** Adjacent parts in per cent of their sum: the start and the width of each. */
export function laidOut(parts: readonly number[]): { from: number; width: number }[] {
  const sum = parts.reduce((total, part) => total + part, 0);
  let from = 0;
  return parts.map((part) => {
    const width = sum === 0 ? 0 : (part / sum) * 100;
    const laid = { from, width };
    from += width;
    return laid;
  });
}

/** The number of incidents per step of the heat map: 1 for few incidents, more for many. */
export const heatWidth = (most: number): number => Math.max(1, Math.floor((most - 1) / (DARKEST - 1)));

export const heatStep = (count: number, width: number): number =>
  count <= 0 ? 0 : Math.min(DARKEST, Math.ceil(count / width));

/** The lowest count of the darkest step, for the legend. */
export const darkestFrom = (width: number): number => (DARKEST - 1) * width + 1;

/** Monday first: 0 is Monday. */
export interface Cell {
  day: number;
  hour: number;
  count: number;
}

/** The busiest hour of the week, the earliest of several; null without incidents. */
export function busiest(week: readonly (readonly number[])[]): Cell | null {
  let found: Cell | null = null;
  for (const [day, row] of week.entries()) {
    for (const [hour, count] of row.entries()) if (count > (found?.count ?? 0)) found = { day, hour, count };
  }
  return found;
}

/** The index of the last known value of a series; null without one. */
export function lastKnown(values: readonly (number | null)[]): { index: number; value: number } | null {
  for (let index = values.length - 1; index >= 0; index--) {
    const value = values[index];
    if (value !== null && value !== undefined) return { index, value };
  }
  return null;
}

/** The distance by which two labels are moved apart: half of it up, half of it down. */
export function apart(upper: number, lower: number, height: number): [number, number] {
  const overlap = height - (lower - upper);
  return overlap <= 0 ? [upper, lower] : [upper - overlap / 2, lower + overlap / 2];
}
