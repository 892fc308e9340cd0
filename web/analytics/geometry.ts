/**
 * What the drawings of the analytics page are computed from: steps, ticks, shares and the sentence that says what one
 * would see. Pure, because a chart that is wrong by one bin looks exactly as convincing as one that is right.
 */

/** The darkest step of the heat map; the lightest, 0, means that nothing happened. */
const DARKEST = 4;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ROUND_SECONDS = [1, 2, 5, 10, 15, 30].flatMap((n) => [n, n * MINUTE]);
const ROUND_SPANS = [...ROUND_SECONDS, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY].sort(
  (a, b) => a - b,
);

/** The distance between ticks of a scale of spans in seconds: one that a clock knows. */
export function spanStep(most: number, ticks = 3): number {
  const wanted = Math.max(1, most) / ticks;
  const known = ROUND_SPANS.find((step) => step >= wanted);
  return known ?? Math.ceil(wanted / (30 * DAY)) * 30 * DAY;
}

/** The distance between ticks of a scale of counts: 1, 2 or 5 times a power of ten, and never a part of one. */
export function countStep(most: number, ticks = 3): number {
  const wanted = Math.max(1, most) / ticks;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map((n) => n * power).find((candidate) => candidate >= wanted) ?? 10 * power;
  return Math.max(1, step);
}

/** From nothing to the first tick that holds everything. */
export function ticksTo(most: number, step: number): number[] {
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

/** A part of a whole in per cent, to one digit; of nothing, nothing. */
export const share = (part: number, whole: number): number => (whole <= 0 ? 0 : Math.round((part / whole) * 1000) / 10);

/** Parts laid end to end, in per cent of their sum: where each begins and how wide it is. */
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

/** How many incidents one step of the heat map stands for: one each while few happen, more where that says nothing. */
export const heatWidth = (most: number): number => Math.max(1, Math.floor((most - 1) / (DARKEST - 1)));

export const heatStep = (count: number, width: number): number =>
  count <= 0 ? 0 : Math.min(DARKEST, Math.ceil(count / width));

/** The least count that the darkest step stands for, for the legend. */
export const darkestFrom = (width: number): number => (DARKEST - 1) * width + 1;

/** Monday first: 0 is Monday. */
export interface Cell {
  day: number;
  hour: number;
  count: number;
}

/** The busiest hour of the week, the earliest where several are; null where nothing happened. */
export function busiest(week: readonly (readonly number[])[]): Cell | null {
  let found: Cell | null = null;
  for (const [day, row] of week.entries()) {
    for (const [hour, count] of row.entries()) if (count > (found?.count ?? 0)) found = { day, hour, count };
  }
  return found;
}

/** Where the last known value of a series stands; null where none is known. */
export function lastKnown(values: readonly (number | null)[]): { index: number; value: number } | null {
  for (let index = values.length - 1; index >= 0; index--) {
    const value = values[index];
    if (value !== null && value !== undefined) return { index, value };
  }
  return null;
}

/** How far two labels must be moved apart so that each can be read: the upper up, the lower down, by half each. */
export function apart(upper: number, lower: number, height: number): [number, number] {
  const overlap = height - (lower - upper);
  return overlap <= 0 ? [upper, lower] : [upper - overlap / 2, lower + overlap / 2];
}
