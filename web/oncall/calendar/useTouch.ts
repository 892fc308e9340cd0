import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Span } from './days';
import { draggedSpan } from './drag';
import { carried, type Held, type Part, partsOf, takeUp } from './holding';
import { keyOf, type Taking, useTaking } from './useSelection';

/**
 * What a thumb does on a calendar whose time goes down. It scrolls, as anywhere; to the side it turns the page. Held still it
 * lifts what lies under it: an override, to be carried or, once let go of, taken by its ends; or a new span, to be drawn.
 * A mouse lifts at once.
 */
interface Thumbs extends Taking {
  /** The instant and the lane under a point of the screen. */
  under(event: PointerEvent): { instant: number; lane: string | null };
  /** The override that a block shows, where it does. */
  takesAt(key: string): (Span & { id: string }) | undefined;
  /** Later (+1) or earlier (−1). */
  onSwipe(by: 1 | -1): void;
}

/** A hand that is down, and what it lifted. */
interface Hand {
  began: number;
  x: number;
  y: number;
  lane: string | null;
  key: string | null;
  /** It came down on what is held already, on this part of it. */
  part: Part | null;
  /** It has gone further than a thumb trembles. */
  far: boolean;
  lifted: { held: Held } | { drawing: string } | null;
}

/** How long a thumb is still before it lifts, and how far it may tremble meanwhile. */
const LIFT_MS = 380;
const STILL_PX = 8;
/** A thumb that moves so far to the side means another week. */
const SWIPE_PX = 60;
const FELT_MS = 12;

export function useThumb(options: Thumbs, drawing: RefObject<Element | null>) {
  const { placed, zone, zoom, now, under, takesAt, onChosen, onMoved, onBlock, onSwipe } = options;
  const { chosen, held, choose, carry, put, letGo, pressKey } = useTaking(options);
  const hand = useRef<Hand | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const ended = useRef<Hand | null>(null);
  const wall = { zone, zoom, now };
  useNoScroll(drawing, () => hand.current?.lifted != null);
  useEffect(() => () => clearTimeout(timer.current), []);

  const draw = (from: Hand, lane: string, to: number) => choose({ ...draggedSpan(zone, zoom, from.began, to), lane });

  const lift = (of: Hand) => {
    const takes = of.part !== null && held !== null ? held : of.key === null ? undefined : takesAt(of.key);
    const part = of.part ?? (takes && partsOf(takes, now)[0]);
    if (takes !== undefined && part !== undefined && onMoved) {
      of.lifted = { held: takeUp(takes.id, takes, part) };
      carry(of.lifted.held);
    } else if (takes === undefined && of.lane !== null && onChosen) {
      of.lifted = { drawing: of.lane };
      carry(null);
      draw(of, of.lane, of.began);
    }
    if (of.lifted !== null && of.part === null) navigator.vibrate?.(FELT_MS);
  };

  const follow = (of: Hand, event: PointerEvent) => {
    if (of.lifted === null) return;
    drawing.current?.setPointerCapture?.(event.pointerId);
    const { instant } = under(event);
    if ('held' in of.lifted) carry(carried(of.lifted.held, of.began, instant, wall));
    else draw(of, of.lifted.drawing, instant);
  };

  const released = (of: Hand, event: PointerEvent) => {
    const [dx, dy] = [event.clientX - of.x, event.clientY - of.y];
    if (of.lifted === null) {
      if (Math.abs(dx) >= SWIPE_PX && Math.abs(dx) > 2 * Math.abs(dy)) onSwipe(dx < 0 ? 1 : -1);
    } else if ('drawing' in of.lifted) {
      if (chosen !== null) onChosen?.(chosen);
    } else {
      const there = carried(of.lifted.held, of.began, under(event).instant, wall);
      // What was lifted and not carried stays in the hand, with its ends to be taken.
      if (there.from !== of.lifted.held.from || there.to !== of.lifted.held.to) put(there);
    }
  };

  const over = () => {
    clearTimeout(timer.current);
    ended.current = hand.current;
    hand.current = null;
  };

  return {
    chosen,
    held,
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0 || hand.current !== null) return;
      const { instant, lane } = under(event);
      const on = (of: string) => (event.target as Element).closest(`[data-${of}]`)?.getAttribute(`data-${of}`) ?? null;
      const down = { began: instant, x: event.clientX, y: event.clientY, lane, far: false, lifted: null };
      const of: Hand = { ...down, key: on('block'), part: on('part') as Part | null };
      hand.current = of;
      if (of.part !== null) lift(of);
      else if (event.pointerType !== 'mouse') timer.current = setTimeout(() => lift(of), LIFT_MS);
    },
    onPointerMove(event: PointerEvent) {
      const of = hand.current;
      if (of === null) return;
      of.far ||= Math.hypot(event.clientX - of.x, event.clientY - of.y) >= STILL_PX;
      if (!of.far) return;
      clearTimeout(timer.current);
      if (of.lifted === null && event.pointerType === 'mouse') lift(of);
      follow(of, event);
    },
    onPointerUp(event: PointerEvent) {
      const of = hand.current;
      over();
      if (of !== null) released(of, event);
    },
    onPointerCancel() {
      const lifted = hand.current?.lifted != null;
      over();
      if (lifted) letGo();
    },
    /** A press; what ended a lift was none. */
    onClick({ target }: MouseEvent) {
      const was = ended.current;
      ended.current = null;
      if (was?.lifted != null && (was.far || was.part === null)) return;
      const inHand = held !== null && (target as Element).closest('[data-part]') !== null;
      const key = inHand
        ? keyOf(placed, held.id)
        : (target as Element).closest('[data-block]')?.getAttribute('data-block');
      if (held !== null) letGo();
      if (key) onBlock(key);
    },
    onContextMenu(event: Event) {
      if (hand.current?.lifted != null) event.preventDefault();
    },
    /** Along the time is down here, and from lane to lane is across. */
    onKeyDown(event: KeyboardEvent) {
      const { shiftKey, ctrlKey, metaKey, altKey } = event;
      if (hand.current !== null && event.key === 'Escape') over();
      pressKey(event, hand.current !== null, {
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

/** While something is lifted, a thumb does not scroll: browsers ask the first move of a touch, and only one that may refuse. */
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
