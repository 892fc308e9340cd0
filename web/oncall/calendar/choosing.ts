import { useState } from 'preact/hooks';
import { type Span, spanOfDays } from './days';
import { draggedSpan } from './drag';
import { instantAt, shareOf } from './geometry';
import { carried, type Held, partUnder, takeUp } from './holding';
import { laneAt, type Placed, takeable } from './lanes';
import { keyOf, type Taking, useTaking } from './useSelection';

/**
 * Pointer input on the timeline: dragging across a lane selects a span; dragging an override moves it or one of its
 * ends.
 */

/** A pointer that is down. */
interface Hand {
  began: number;
  x: number;
  lane: string;
  /** The override under the pointer when it went down. */
  held: Held | null;
}

/** A pointer that moves less than this is a click. */
const PRESS_PX = 5;
/** Within this distance of an edge, a drag moves that edge. A finger is less precise than a mouse. */
const REACH_PX = { fine: 8, coarse: 16 } as const;

export function useChoosing(options: Taking) {
  const { placed, days, zone, zoom, now, onChosen, onMoved, onBlock } = options;
  const { chosen, held, choose, carry, put, letGo, pressKey } = useTaking(options);
  const [hand, setHand] = useState<Hand | null>(null);
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
      const taken = onMoved && takenAt(event, { placed, view: spanOfDays(days), now, instant, widthPx });
      setHand({ began: instant, x: event.clientX, lane: lane.lane.key, held: taken ?? null });
    },
    onPointerMove(event: PointerEvent) {
      if (hand === null || Math.abs(event.clientX - hand.x) < PRESS_PX) return;
      const { instant } = under(event);
      if (hand.held !== null) carry(carried(hand.held, hand.began, instant, wall));
      else if (onChosen) choose({ ...draggedSpan(zone, zoom, hand.began, instant), lane: hand.lane });
    },
    onPointerUp(event: PointerEvent) {
      if (hand === null) return;
      setHand(null);
      if (hand.held !== null && held !== null) put(held);
      else if (Math.abs(event.clientX - hand.x) >= PRESS_PX && chosen !== null) onChosen?.(chosen);
      else pressed(event, onBlock);
    },
    onPointerCancel() {
      setHand(null);
      letGo();
    },
    onKeyDown(event: KeyboardEvent) {
      if (hand !== null && event.key === 'Escape') setHand(null);
      pressKey(event, hand !== null);
    },
  };
}

/** A captured pointer reports the drawing as its target, so the element under it is looked up by position. */
function pressed(event: PointerEvent, onBlock: (key: string) => void): void {
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-block]');
  const key = under?.getAttribute('data-block');
  if (key) onBlock(key);
}

interface Touched {
  placed: Placed;
  view: Span;
  now: number;
  instant: number;
  widthPx: number;
}

/** The override under the pointer, and the part of it that a drag moves. */
function takenAt({ target, pointerType }: PointerEvent, at: Touched): Held | null {
  const key = (target as Element).closest?.('[data-block]')?.getAttribute('data-block');
  const of = takeable(at.placed).find(({ id }) => key !== undefined && key === keyOf(at.placed, id));
  if (of === undefined) return null;
  const px = (instant: number): number => shareOf(at.view, instant) * at.widthPx;
  const place = {
    px: px(at.instant) - px(of.from),
    widthPx: px(of.to) - px(of.from),
    reachPx: pointerType === 'mouse' ? REACH_PX.fine : REACH_PX.coarse,
  };
  const part = partUnder(of, at.now, place);
  return part === null ? null : takeUp(of.id, of, part);
}
