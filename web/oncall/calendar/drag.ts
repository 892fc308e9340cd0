import type { Span, Zoom } from './days';
import { DAY, HOUR, instantOf, MINUTE, wallAt } from './zones';

/** Snaps a drag to the grid: local times, in steps that depend on the zoom. */

const GRID: Record<Zoom, number> = { day: 15 * MINUTE, week: HOUR, weeks: HOUR, month: DAY };

export const gridOf = (zoom: Zoom): number => GRID[zoom];

/** The nearest local time on the grid. In a zone with an offset of half an hour, full local hours stay full hours. */
export function snapped(zone: string, instant: number, grid: number): number {
  return instantOf(zone, Math.round(wallAt(zone, instant) / grid) * grid);
}

/** Moves an instant by steps of local time. Near a clock change a step can be longer or shorter, but never zero. */
export function moved(zone: string, instant: number, grid: number, steps: number): number {
  const wall = wallAt(zone, instant);
  for (let tries = 1; tries <= 25; tries++) {
    const next = instantOf(zone, wall + Math.sign(steps) * (Math.abs(steps) + tries - 1) * grid);
    if (steps > 0 ? next > instant : next < instant) return next;
  }
  return instant + steps * grid;
}

/** The span between the start of a drag and its current position, in either direction, at least one step long. */
export function draggedSpan(zone: string, zoom: Zoom, began: number, now: number): Span {
  const grid = gridOf(zoom);
  const [early, late] = [Math.min(began, now), Math.max(began, now)];
  const from = floored(zone, early, grid);
  const to = snapped(zone, late, grid);
  return { from, to: to > from ? to : moved(zone, from, grid, 1) };
}

/** A drag starts at the beginning of the grid cell under the pointer. */
function floored(zone: string, instant: number, grid: number): number {
  const cell = instantOf(zone, Math.floor(wallAt(zone, instant) / grid) * grid);
  return cell <= instant ? cell : moved(zone, cell, grid, -1);
}
