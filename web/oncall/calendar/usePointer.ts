import { useState } from 'preact/hooks';
import { type Span, spanOfDays } from './days';
import { draggedSpan } from './drag';
import { instantAt, shareOf } from './geometry';
import { laneAt, movable, type Placed } from './lanes';
import { dragged, type Moved, partUnder, pickUp } from './movedOverride';
import { keyOf, type SelectionOptions, useSelection } from './useSelection';

/**
 * Pointer input on the timeline: dragging across a lane selects a span; dragging an override moves it or one of its
 * ends.
 */

/** A pointer that is down. */
interface Press {
  began: number;
  x: number;
  lane: string;
  /** The override under the pointer when it went down. */
  held: Moved | null;
}

/** A pointer that moves less than this is a click. */
const PRESS_PX = 5;
/** Within this distance of an edge, a drag moves that edge. A finger is less precise than a mouse. */
const REACH_PX = { fine: 8, coarse: 16 } as const;

export function usePointer(options: SelectionOptions) {
  const { placed, days, zone, zoom, now, onChosen, onMoved, onBlock } = options;
  const { chosen, held, choose, carry, put, letGo, pressKey } = useSelection(options);
  const [press, setPress] = useState<Press | null>(null);
  const wall = { zone, zoom, now };

  const under = (event: PointerEvent): { instant: number; y: number; widthPx: number } => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const zoomed = placed.height / box.height;
    return { instant: instantAt(spanOfDays(days), share), y: (event.clientY - box.top) * zoomed, widthPx: box.width };
  };

  return {
    chosen,
    held,
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      const { instant, y, widthPx } = under(event);
      const lane = laneAt(placed, y);
      if (lane === null) return;
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      const taken = onMoved && overrideAt(event, { placed, view: spanOfDays(days), now, instant, widthPx });
      setPress({ began: instant, x: event.clientX, lane: lane.lane.key, held: taken ?? null });
    },
    onPointerMove(event: PointerEvent) {
      if (press === null || Math.abs(event.clientX - press.x) < PRESS_PX) return;
      const { instant } = under(event);
      if (press.held !== null) carry(dragged(press.held, press.began, instant, wall));
      else if (onChosen) choose({ ...draggedSpan(zone, zoom, press.began, instant), lane: press.lane });
    },
    onPointerUp(event: PointerEvent) {
      if (press === null) return;
      setPress(null);
      if (press.held !== null && held !== null) put(held);
      else if (Math.abs(event.clientX - press.x) >= PRESS_PX && chosen !== null) onChosen?.(chosen);
      else click(event, onBlock);
    },
    onPointerCancel() {
      setPress(null);
      letGo();
    },
    onKeyDown(event: KeyboardEvent) {
      if (press !== null && event.key === 'Escape') setPress(null);
      pressKey(event, press !== null);
    },
  };
}

/** A captured pointer reports the drawing as its target, so the element under it is looked up by position. */
function click(event: PointerEvent, onBlock: (key: string) => void): void {
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-block]');
  const key = under?.getAttribute('data-block');
  if (key) onBlock(key);
}

interface PointerPlace {
  placed: Placed;
  view: Span;
  now: number;
  instant: number;
  widthPx: number;
}

/** The override under the pointer, and the part of it that a drag moves. */
function overrideAt({ target, pointerType }: PointerEvent, at: PointerPlace): Moved | null {
  const key = (target as Element).closest?.('[data-block]')?.getAttribute('data-block');
  const of = movable(at.placed).find(({ id }) => key !== undefined && key === keyOf(at.placed, id));
  if (of === undefined) return null;
  const px = (instant: number): number => shareOf(at.view, instant) * at.widthPx;
  const place = {
    px: px(at.instant) - px(of.from),
    widthPx: px(of.to) - px(of.from),
    reachPx: pointerType === 'mouse' ? REACH_PX.fine : REACH_PX.coarse,
  };
  const part = partUnder(of, at.now, place);
  return part === null ? null : pickUp(of.id, of, part);
}
