import type { Span, Zoom } from './days';
import { gridOf, moved } from './drag';
import { instantOf, MINUTE, wallAt } from './zones';

/**
 * An override while it is moved, by pointer or keyboard. It moves in steps of local time relative to its own start, so
 * that an override that began at a quarter past still does. A part in the past cannot be moved.
 */
export type Part = 'whole' | 'start' | 'end';

export interface Moved extends Span {
  id: string;
  part: Part;
  /** The stored span, before the move. */
  before: Span;
}

/** The zone and the grid of a move; `now` separates the past. */
export interface MoveGrid {
  zone: string;
  zoom: Zoom;
  now: number;
}

/** The parts of a span that can still be moved. */
export function partsOf({ from, to }: Span, now: number): readonly Part[] {
  if (to <= now) return [];
  return from <= now ? ['end'] : ['whole', 'start', 'end'];
}

/** The part of a block at a position: an edge if it is near one. Null if no part can be moved. */
export function partUnder(span: Span, now: number, at: { px: number; widthPx: number; reachPx: number }): Part | null {
  const parts = partsOf(span, now);
  const reach = Math.min(at.reachPx, at.widthPx / 3);
  const meant: Part = at.px <= reach ? 'start' : at.px >= at.widthPx - reach ? 'end' : 'whole';
  return parts.includes(meant) ? meant : (parts[0] ?? null);
}

export function pickUp(id: string, { from, to }: Span, part: Part): Moved {
  return { id, part, from, to, before: { from, to } };
}

export const hasMoved = ({ from, to, before }: Moved): boolean => from !== before.from || to !== before.to;

/** The override after a drag from `began` to `at`. */
export function dragged(held: Moved, began: number, at: number, wall: MoveGrid): Moved {
  const steps = Math.round((wallAt(wall.zone, at) - wallAt(wall.zone, began)) / gridOf(wall.zoom));
  return { ...held, ...shifted(held.before, held.part, steps, wall) };
}

/** Moves one part of a span by steps. The span is never reversed and never moved into the past. */
export function shifted({ from, to }: Span, part: Part, steps: number, wall: MoveGrid): Span {
  const grid = gridOf(wall.zoom);
  const step = (instant: number, by: number): number => (by === 0 ? instant : moved(wall.zone, instant, grid, by));
  const earliest = Math.floor(wall.now / MINUTE) * MINUTE;
  if (part === 'end') {
    let end = step(to, steps);
    while (end <= Math.max(from, wall.now)) end = step(end, 1);
    return { from, to: end };
  }
  let start = Math.max(step(from, steps), earliest);
  if (part === 'whole') return { from: start, to: endFor(wall.zone, { from, to }, start) };
  while (start >= to) start = step(start, -1);
  return { from: Math.max(start, earliest), to };
}

/** The end for a new start: the local duration stays the same across a clock change. */
function endFor(zone: string, { from, to }: Span, start: number): number {
  const length = wallAt(zone, to) - wallAt(zone, from);
  const end = instantOf(zone, wallAt(zone, start) + length);
  return end > start ? end : start + (to - from);
}

type Key = Pick<KeyboardEvent, 'key' | 'shiftKey'>;

/** The result of a key on a moved override; undefined if the key has no meaning here. */
export function movedByKey({ key, shiftKey }: Key, held: Moved, wall: MoveGrid): Moved | null | 'put' | undefined {
  const parts = partsOf(held.before, wall.now);
  if (key === 'Escape') return null;
  if (key === 'Enter' || key === ' ') return 'put';
  if (key === 'Home' || key === 'End') {
    const part = key === 'Home' ? 'start' : 'end';
    return parts.includes(part) ? { ...held, part } : held;
  }
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return undefined;
  const part = shiftKey ? 'end' : held.part;
  return { ...held, part: held.part, ...shifted(held, part, key === 'ArrowRight' ? 1 : -1, wall) };
}

/** The next (or previous) override that can be moved; without a current one, the first (or last). */
export function nextToMove(
  of: readonly (Span & { id: string })[],
  held: Moved | null,
  { by, now }: { by: 1 | -1; now: number },
): Moved | null {
  const live = of.filter((span) => partsOf(span, now).length > 0).sort((a, b) => a.from - b.from);
  const at = live.findIndex(({ id }) => id === held?.id);
  const next = at === -1 ? live.at(by === 1 ? 0 : -1) : live[(at + by + live.length) % live.length];
  const [part] = next === undefined ? [] : partsOf(next, now);
  return next === undefined || part === undefined ? null : pickUp(next.id, next, part);
}
