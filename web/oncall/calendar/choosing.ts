import { useState } from 'preact/hooks';
import { type Day, type Span, spanOfDays, type Zoom } from './days';
import { draggedSpan, gridOf, moved, snapped } from './drag';
import { instantAt } from './geometry';
import { laneAt, type Placed } from './lanes';

/**
 * How a span is chosen on the timeline: a hand draws across a lane, or the arrows move and stretch a span and Enter takes
 * it. Both end in the same form; nothing is changed by the drawing itself.
 */
export interface Chosen extends Span {
  lane: string;
}

interface Choosing {
  placed: Placed;
  days: readonly Day[];
  zone: string;
  zoom: Zoom;
  now: number;
  onChosen(chosen: Chosen): void;
  onBlock(key: string): void;
}

interface Drag {
  began: number;
  x: number;
  lane: string;
}

/** A hand that moves less than this has pressed, not drawn. */
const PRESS_PX = 5;

export function useChoosing(options: Choosing) {
  const [chosen, choose] = useState<Chosen | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const { placed, days, zone, zoom, onChosen, onBlock } = options;

  const instantUnder = (event: PointerEvent): { instant: number; y: number } => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const zoomed = placed.height / box.height;
    return { instant: instantAt(spanOfDays(days), share), y: (event.clientY - box.top) * zoomed };
  };

  return {
    chosen,
    clear: () => choose(null),
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      const { instant, y } = instantUnder(event);
      const lane = laneAt(placed, y);
      if (lane === null) return;
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      setDrag({ began: instant, x: event.clientX, lane: lane.lane.key });
    },
    onPointerMove(event: PointerEvent) {
      if (drag === null || Math.abs(event.clientX - drag.x) < PRESS_PX) return;
      choose({ ...draggedSpan(zone, zoom, drag.began, instantUnder(event).instant), lane: drag.lane });
    },
    onPointerUp(event: PointerEvent) {
      if (drag === null) return;
      setDrag(null);
      if (Math.abs(event.clientX - drag.x) >= PRESS_PX && chosen !== null) onChosen(chosen);
      else pressed(event, onBlock);
    },
    onPointerCancel() {
      setDrag(null);
      choose(null);
    },
    onKeyDown(event: KeyboardEvent) {
      const next = byKey(event, chosen, options);
      if (next === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (next === 'take') onChosen(chosen as Chosen);
      else choose(next);
    },
  };
}

/** A captured pointer reports the drawing as its target; what lies under it is asked for. */
function pressed(event: PointerEvent, onBlock: (key: string) => void): void {
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-block]');
  const key = under?.getAttribute('data-block');
  if (key) onBlock(key);
}

/** What a key makes of the choice; undefined where the key is none of ours. */
export function byKey(
  {
    key,
    shiftKey,
    ctrlKey,
    metaKey,
    altKey,
  }: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>,
  chosen: Chosen | null,
  options: Pick<Choosing, 'placed' | 'days' | 'zone' | 'zoom' | 'now'>,
): Chosen | null | 'take' | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  if (key.startsWith('Arrow')) return chosen === null ? firstChoice(options) : stepped(key, shiftKey, chosen, options);
  if (chosen === null) return undefined;
  if (key === 'Enter' || key === ' ') return 'take';
  return key === 'Escape' ? null : undefined;
}

/** A first step of the grid, now where now is in view, in the first of the final lanes. */
function firstChoice({ placed, days, zone, zoom, now }: Parameters<typeof byKey>[2]): Chosen | null {
  const lane = placed.lanes.find((each) => each.lane.final) ?? placed.lanes[0];
  if (lane === undefined) return null;
  const view = spanOfDays(days);
  const grid = gridOf(zoom);
  const near = view.from <= now && now < view.to ? snapped(zone, now, grid) : view.from;
  const from = near < view.to ? near : view.from;
  return { from, to: moved(zone, from, grid, 1), lane: lane.lane.key };
}

function stepped(key: string, stretch: boolean, chosen: Chosen, options: Parameters<typeof byKey>[2]): Chosen {
  const { placed, days, zone, zoom } = options;
  if (key === 'ArrowUp' || key === 'ArrowDown') return { ...chosen, lane: neighbour(placed, chosen.lane, key) };
  const steps = key === 'ArrowRight' ? 1 : -1;
  const view = spanOfDays(days);
  const to = moved(zone, chosen.to, gridOf(zoom), steps);
  const from = stretch ? chosen.from : moved(zone, chosen.from, gridOf(zoom), steps);
  return to > from && from >= view.from && to <= view.to ? { ...chosen, from, to } : chosen;
}

function neighbour({ lanes }: Placed, key: string, arrow: string): string {
  const at = lanes.findIndex((each) => each.lane.key === key);
  return lanes[at + (arrow === 'ArrowUp' ? -1 : 1)]?.lane.key ?? key;
}
