import type { Span, Zoom } from './days';
import { gridOf, moved } from './drag';
import { instantOf, MINUTE, wallAt } from './zones';

/**
 * An override that is taken up, by hand or by keys, to be put elsewhere or given another end. It moves along the wall by
 * steps of the grid, so that what began at a quarter past still does. What has passed cannot be moved.
 */
export type Part = 'whole' | 'start' | 'end';

export interface Held extends Span {
  id: string;
  part: Part;
  /** Where it stands until it is put down. */
  before: Span;
}

/** Whose clock it moves along, in which steps, and what has passed. */
export interface Wall {
  zone: string;
  zoom: Zoom;
  now: number;
}

/** What of a span can still be changed. */
export function partsOf({ from, to }: Span, now: number): readonly Part[] {
  if (to <= now) return [];
  return from <= now ? ['end'] : ['whole', 'start', 'end'];
}

/** The part that a hand means at a place of a block: an edge where it is near one. Null where nothing can be moved. */
export function partUnder(span: Span, now: number, at: { px: number; widthPx: number; reachPx: number }): Part | null {
  const parts = partsOf(span, now);
  const reach = Math.min(at.reachPx, at.widthPx / 3);
  const meant: Part = at.px <= reach ? 'start' : at.px >= at.widthPx - reach ? 'end' : 'whole';
  return parts.includes(meant) ? meant : (parts[0] ?? null);
}

export function takeUp(id: string, { from, to }: Span, part: Part): Held {
  return { id, part, from, to, before: { from, to } };
}

export const hasMoved = ({ from, to, before }: Held): boolean => from !== before.from || to !== before.to;

/** Where a hand has carried it that took it at one instant and is at another now. */
export function carried(held: Held, began: number, at: number, wall: Wall): Held {
  const steps = Math.round((wallAt(wall.zone, at) - wallAt(wall.zone, began)) / gridOf(wall.zoom));
  return { ...held, ...shifted(held.before, held.part, steps, wall) };
}

/** One part of a span, so many steps on or back: never turned over, never into the past. */
export function shifted({ from, to }: Span, part: Part, steps: number, wall: Wall): Span {
  const grid = gridOf(wall.zoom);
  const step = (instant: number, by: number): number => (by === 0 ? instant : moved(wall.zone, instant, grid, by));
  const earliest = Math.floor(wall.now / MINUTE) * MINUTE;
  if (part === 'end') {
    let end = step(to, steps);
    while (end <= Math.max(from, wall.now)) end = step(end, 1);
    return { from, to: end };
  }
  let start = Math.max(step(from, steps), earliest);
  if (part === 'whole') return { from: start, to: alongTheWall(wall.zone, { from, to }, start) };
  while (start >= to) start = step(start, -1);
  return { from: Math.max(start, earliest), to };
}

/** The end of a span that begins elsewhere: as long by the wall, whatever the clocks do in between. */
function alongTheWall(zone: string, { from, to }: Span, start: number): number {
  const length = wallAt(zone, to) - wallAt(zone, from);
  const end = instantOf(zone, wallAt(zone, start) + length);
  return end > start ? end : start + (to - from);
}

type Key = Pick<KeyboardEvent, 'key' | 'shiftKey'>;

/** What a key makes of what is held; undefined where the key is none of ours. */
export function heldByKey({ key, shiftKey }: Key, held: Held, wall: Wall): Held | null | 'put' | undefined {
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

/** The one after (or before) what is held, of those that can still be changed; the first or last where nothing is. */
export function nextToHold(
  of: readonly (Span & { id: string })[],
  held: Held | null,
  { by, now }: { by: 1 | -1; now: number },
): Held | null {
  const live = of.filter((span) => partsOf(span, now).length > 0).sort((a, b) => a.from - b.from);
  const at = live.findIndex(({ id }) => id === held?.id);
  const next = at === -1 ? live.at(by === 1 ? 0 : -1) : live[(at + by + live.length) % live.length];
  const [part] = next === undefined ? [] : partsOf(next, now);
  return next === undefined || part === undefined ? null : takeUp(next.id, next, part);
}
