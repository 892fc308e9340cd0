import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Span } from './days';
import { draggedSpan } from './drag';
import { dragged, type Moved, type Part, partsOf, pickUp } from './movedOverride';
import { keyOf, type SelectionOptions, useSelection } from './useSelection';

/**
 * Touch input on the phone calendar. A vertical drag scrolls and a horizontal swipe turns the page. A long press picks
 * up the override under the finger, to be moved or resized, or starts a new span. A mouse needs no long press.
 */
interface TouchOptions extends SelectionOptions {
  /** The instant and the lane at a point of the screen. */
  under(event: PointerEvent): { instant: number; lane: string | null };
  /** The override shown in a block, if any. */
  takesAt(key: string): (Span & { id: string }) | undefined;
  /** Next page (+1) or previous page (−1). */
  onSwipe(by: 1 | -1): void;
}

/** A pointer that is down, and the override or span it picked up. */
interface Press {
  began: number;
  x: number;
  y: number;
  lane: string | null;
  key: string | null;
  /** The part of the already picked-up override under the pointer. */
  part: Part | null;
  /** The pointer has moved too far for a long press. */
  far: boolean;
  lifted: { held: Moved } | { drawing: string } | null;
}

/** The duration of a long press, and the movement allowed during it. */
const LIFT_MS = 380;
const STILL_PX = 8;
/** The horizontal distance of a swipe. */
const SWIPE_PX = 60;
const VIBRATE_MS = 12;

export function useTouch(options: TouchOptions, drawing: RefObject<Element | null>) {
  const { placed, zone, zoom, now, under, takesAt, onChosen, onMoved, onBlock, onSwipe } = options;
  const { chosen, held, choose, carry, put, letGo, pressKey } = useSelection(options);
  const press = useRef<Press | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const ended = useRef<Press | null>(null);
  const wall = { zone, zoom, now };
  useNoScroll(drawing, () => press.current?.lifted != null);
  useEffect(() => () => clearTimeout(timer.current), []);

  const draw = (from: Press, lane: string, to: number) => choose({ ...draggedSpan(zone, zoom, from.began, to), lane });

  const lift = (of: Press) => {
    const takes = of.part !== null && held !== null ? held : of.key === null ? undefined : takesAt(of.key);
    const part = of.part ?? (takes && partsOf(takes, now)[0]);
    if (takes !== undefined && part !== undefined && onMoved) {
      of.lifted = { held: pickUp(takes.id, takes, part) };
      carry(of.lifted.held);
    } else if (takes === undefined && of.lane !== null && onChosen) {
      of.lifted = { drawing: of.lane };
      carry(null);
      draw(of, of.lane, of.began);
    }
    if (of.lifted !== null && of.part === null) navigator.vibrate?.(VIBRATE_MS);
  };

  const follow = (of: Press, event: PointerEvent) => {
    if (of.lifted === null) return;
    drawing.current?.setPointerCapture?.(event.pointerId);
    const { instant } = under(event);
    if ('held' in of.lifted) carry(dragged(of.lifted.held, of.began, instant, wall));
    else draw(of, of.lifted.drawing, instant);
  };

  const released = (of: Press, event: PointerEvent) => {
    const [dx, dy] = [event.clientX - of.x, event.clientY - of.y];
    if (of.lifted === null) {
      if (Math.abs(dx) >= SWIPE_PX && Math.abs(dx) > 2 * Math.abs(dy)) onSwipe(dx < 0 ? 1 : -1);
    } else if ('drawing' in of.lifted) {
      if (chosen !== null) onChosen?.(chosen);
    } else {
      const there = dragged(of.lifted.held, of.began, under(event).instant, wall);
      // An override that was picked up but not moved stays picked up, so that its ends can be dragged.
      if (there.from !== of.lifted.held.from || there.to !== of.lifted.held.to) put(there);
    }
  };

  const over = () => {
    clearTimeout(timer.current);
    ended.current = press.current;
    press.current = null;
  };

  return {
    chosen,
    held,
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0 || press.current !== null) return;
      const { instant, lane } = under(event);
      const on = (of: string) => (event.target as Element).closest(`[data-${of}]`)?.getAttribute(`data-${of}`) ?? null;
      const down = { began: instant, x: event.clientX, y: event.clientY, lane, far: false, lifted: null };
      const of: Press = { ...down, key: on('block'), part: on('part') as Part | null };
      press.current = of;
      if (of.part !== null) lift(of);
      else if (event.pointerType !== 'mouse') timer.current = setTimeout(() => lift(of), LIFT_MS);
    },
    onPointerMove(event: PointerEvent) {
      const of = press.current;
      if (of === null) return;
      of.far ||= Math.hypot(event.clientX - of.x, event.clientY - of.y) >= STILL_PX;
      if (!of.far) return;
      clearTimeout(timer.current);
      if (of.lifted === null && event.pointerType === 'mouse') lift(of);
      follow(of, event);
    },
    onPointerUp(event: PointerEvent) {
      const of = press.current;
      over();
      if (of !== null) released(of, event);
    },
    onPointerCancel() {
      const lifted = press.current?.lifted != null;
      over();
      if (lifted) letGo();
    },
    /** A click that ends a drag is ignored. */
    onClick({ target }: MouseEvent) {
      const was = ended.current;
      ended.current = null;
      if (was?.lifted != null && (was.far || was.part === null)) return;
      const pickedUp = held !== null && (target as Element).closest('[data-part]') !== null;
      const key = pickedUp
        ? keyOf(placed, held.id)
        : (target as Element).closest('[data-block]')?.getAttribute('data-block');
      if (held !== null) letGo();
      if (key) onBlock(key);
    },
    onContextMenu(event: Event) {
      if (press.current?.lifted != null) event.preventDefault();
    },
    /** Time runs down here, so the arrow keys are turned by 90°. */
    onKeyDown(event: KeyboardEvent) {
      const { shiftKey, ctrlKey, metaKey, altKey } = event;
      if (press.current !== null && event.key === 'Escape') over();
      pressKey(event, press.current !== null, {
        ...{ shiftKey, ctrlKey, metaKey, altKey },
        key: TURNED[event.key] ?? event.key,
      });
    },
  };
}

const TURNED: Record<string, string> = {
  ArrowDown: 'ArrowRight',
  ArrowUp: 'ArrowLeft',
  ArrowRight: 'ArrowDown',
  ArrowLeft: 'ArrowUp',
};

/**
 * Stops scrolling during a drag. Browsers ask the first `touchmove`, and only a listener that is not passive can
 * refuse.
 */
function useNoScroll(drawing: RefObject<Element | null>, lifted: () => boolean): void {
  const latest = useRef(lifted);
  latest.current = lifted;
  useEffect(() => {
    const element = drawing.current;
    const refuse = (event: Event) => latest.current() && event.cancelable && event.preventDefault();
    element?.addEventListener('touchmove', refuse, { passive: false });
    return () => element?.removeEventListener('touchmove', refuse);
  }, []);
}
