import type { Span, Zoom } from './days';
import { DAY, HOUR, instantOf, MINUTE, wallAt } from './zones';

/** What a hand means when it draws across the calendar: times on the wall, on a grid as fine as the zoom. */

const GRID: Record<Zoom, number> = { day: 15 * MINUTE, week: HOUR, weeks: HOUR, month: DAY };

export const gridOf = (zoom: Zoom): number => GRID[zoom];

/** The nearest time on the grid of the wall; the hours of a zone with half an hour to UTC stay full hours. */
export function snapped(zone: string, instant: number, grid: number): number {
  return instantOf(zone, Math.round(wallAt(zone, instant) / grid) * grid);
}

/** One step of the grid on or back, by the wall. At a clock change a step may be longer or shorter, never nothing. */
export function moved(zone: string, instant: number, grid: number, steps: number): number {
  const wall = wallAt(zone, instant);
  for (let tries = 1; tries <= 25; tries++) {
    const next = instantOf(zone, wall + Math.sign(steps) * (Math.abs(steps) + tries - 1) * grid);
    if (steps > 0 ? next > instant : next < instant) return next;
  }
  return instant + steps * grid;
}

/** The span between where a drag began and where it is now, in either direction, at least one step long. */
export function draggedSpan(zone: string, zoom: Zoom, began: number, now: number): Span {
  const grid = gridOf(zoom);
  const [early, late] = [Math.min(began, now), Math.max(began, now)];
  const from = floored(zone, early, grid);
  const to = snapped(zone, late, grid);
  return { from, to: to > from ? to : moved(zone, from, grid, 1) };
}

/** Where a drag begins, it takes the whole cell under the hand. */
function floored(zone: string, instant: number, grid: number): number {
  const cell = instantOf(zone, Math.floor(wallAt(zone, instant) / grid) * grid);
  return cell <= instant ? cell : moved(zone, cell, grid, -1);
}
