import { useEffect, useState } from 'preact/hooks';
import { type Day, type Span, spanOfDays, type Zoom } from './days';
import { draggedSpan, gridOf, moved, snapped } from './drag';
import { instantAt, shareOf } from './geometry';
import { carried, type Held, hasMoved, heldByKey, nextToHold, partUnder, takeUp } from './holding';
import { laneAt, type Placed, takeable } from './lanes';

/**
 * What hands and keys do on the timeline. A span is chosen: a hand draws across a lane, or the arrows move and stretch a
 * span and Enter takes it; both end in the same form. An override is taken up and put elsewhere: by its middle, by an edge,
 * or by keys.
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
  /** Absent where this reader may not. */
  onChosen?: ((chosen: Chosen) => void) | undefined;
  onMoved?: ((id: string, to: Span) => void) | undefined;
  onBlock(key: string): void;
  /** A form is open over the timeline: what was chosen stays to be seen until it closes. */
  asking: boolean;
}

/** A hand that is down. */
interface Hand {
  began: number;
  x: number;
  lane: string;
  /** Taken up where it came down. */
  held: Held | null;
}

/** A hand that moves less than this has pressed, not drawn. */
const PRESS_PX = 5;
/** How near an edge a hand must be to mean it: a thumb is broader than a pointer. */
const REACH_PX = { fine: 8, coarse: 16 } as const;

export function useChoosing(options: Choosing) {
  const [chosen, choose] = useState<Chosen | null>(null);
  const [held, hold] = useState<Held | null>(null);
  const [hand, setHand] = useState<Hand | null>(null);
  const { placed, days, zone, zoom, now, onChosen, onMoved, onBlock, asking } = options;
  const wall = { zone, zoom, now };
  const letGo = () => {
    setHand(null);
    choose(null);
    hold(null);
  };
  const put = (of: Held) => {
    letGo();
    if (hasMoved(of)) onMoved?.(of.id, { from: of.from, to: of.to });
  };
  useEffect(() => {
    if (!asking) choose(null);
  }, [asking]);

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
      if (hand.held !== null) hold(carried(hand.held, hand.began, instant, wall));
      else if (onChosen) choose({ ...draggedSpan(zone, zoom, hand.began, instant), lane: hand.lane });
    },
    onPointerUp(event: PointerEvent) {
      if (hand === null) return;
      setHand(null);
      if (hand.held !== null && held !== null) put(held);
      else if (Math.abs(event.clientX - hand.x) >= PRESS_PX && chosen !== null) onChosen?.(chosen);
      else pressed(event, onBlock);
    },
    onPointerCancel: letGo,
    onKeyDown(event: KeyboardEvent) {
      const take = () => {
        if (held !== null && hasMoved(held)) return put(held);
        letGo();
        if (held !== null) onBlock(keyOf(placed, held.id));
        else if (chosen !== null) onChosen?.(chosen);
      };
      const taken = takenByKey(event, { hand, chosen, held }, options);
      if (taken === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (taken === 'take') take();
      else if (taken === null) letGo();
      else {
        choose('lane' in taken ? taken : null);
        hold('lane' in taken ? null : taken);
      }
    },
  };
}

/** A captured pointer reports the drawing as its target; what lies under it is asked for. */
function pressed(event: PointerEvent, onBlock: (key: string) => void): void {
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-block]');
  const key = under?.getAttribute('data-block');
  if (key) onBlock(key);
}

const keyOf = ({ lanes }: Placed, id: string): string =>
  lanes.flatMap(({ blocks }) => blocks).find(({ takes }) => takes?.id === id)?.key ?? '';

interface Touched {
  placed: Placed;
  view: Span;
  now: number;
  instant: number;
  widthPx: number;
}

/** The override that a hand comes down on, by the part it means. */
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

type KeyPressed = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>;

interface InHand {
  hand: Hand | null;
  chosen: Chosen | null;
  held: Held | null;
}

/** What a key makes of what is chosen or held: another choice, another hold, nothing (null), or it is taken as it is. */
function takenByKey(
  event: KeyPressed,
  { hand, chosen, held }: InHand,
  options: Choosing,
): Chosen | Held | null | 'take' | undefined {
  const { placed, now, onChosen, onMoved } = options;
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (hand !== null) return event.key === 'Escape' ? null : undefined;
  if (onMoved && event.key.toLowerCase() === 'o') {
    return nextToHold(takeable(placed), held, { by: event.shiftKey ? -1 : 1, now }) ?? undefined;
  }
  if (held !== null) {
    const next = heldByKey(event, held, options);
    return next === 'put' ? 'take' : next;
  }
  return onChosen && byKey(event, chosen, options);
}

/** What a key makes of the choice; undefined where the key is none of ours. */
function byKey(
  { key, shiftKey }: KeyPressed,
  chosen: Chosen | null,
  options: Pick<Choosing, 'placed' | 'days' | 'zone' | 'zoom' | 'now'>,
): Chosen | null | 'take' | undefined {
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
