import { useEffect, useState } from 'preact/hooks';
import { type Day, type Span, spanOfDays } from './days';
import { gridOf, moved, snapped } from './drag';
import { type Held, hasMoved, heldByKey, nextToHold, type Wall } from './holding';
import { type Placed, takeable } from './lanes';

/**
 * What is chosen or taken up on a calendar, whichever way its time runs, and what keys do to it. A span is chosen: the arrows
 * move and stretch it and Enter takes it, which ends in a form. An override is taken up, moved or given another end, and put
 * down. Hands do the same on the timeline and on a phone, each in its own way.
 */
export interface Chosen extends Span {
  lane: string;
}

/** What a calendar tells of hands and keys. */
export interface Doings {
  /** Absent where this reader may not. */
  onChosen?: ((chosen: Chosen) => void) | undefined;
  onMoved?: ((id: string, to: Span) => void) | undefined;
  /** An override is carried to a place, or (null) is let go of before it was put there. */
  onCarried?: ((of: Pick<Held, 'id' | 'from' | 'to'> | null) => void) | undefined;
  onBlock(key: string): void;
  /** A form is open over the calendar: what was chosen stays to be seen until it closes. */
  asking: boolean;
}

export interface Taking extends Doings, Wall {
  placed: Placed;
  days: readonly Day[];
}

export function useTaking(options: Taking) {
  const [chosen, choose] = useState<Chosen | null>(null);
  const [held, hold] = useState<Held | null>(null);
  const { placed, onChosen, onMoved, onCarried, onBlock, asking } = options;
  const letGo = () => {
    choose(null);
    hold(null);
  };
  /** Carried somewhere, or (null) taken back to where it stands. */
  const carry = (next: Held | null) => {
    hold(next);
    onCarried?.(next !== null && hasMoved(next) ? next : null);
  };
  const drop = () => {
    letGo();
    onCarried?.(null);
  };
  const put = (of: Held) => {
    letGo();
    if (hasMoved(of)) onMoved?.(of.id, { from: of.from, to: of.to });
  };
  useEffect(() => {
    if (!asking) choose(null);
  }, [asking]);

  return {
    chosen,
    held,
    choose,
    carry,
    put,
    letGo: drop,
    /** `down`: a hand holds something, and of the keys only Escape means anything. */
    pressKey(event: KeyboardEvent, down: boolean, pressed: KeyPressed = event) {
      const taken = takenByKey(pressed, { down, chosen, held }, options);
      if (taken === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (taken === null) return drop();
      if (taken !== 'take') {
        choose('lane' in taken ? taken : null);
        return carry('lane' in taken ? null : taken);
      }
      if (held !== null && hasMoved(held)) return put(held);
      drop();
      if (held !== null) onBlock(keyOf(placed, held.id));
      else if (chosen !== null) onChosen?.(chosen);
    },
  };
}

/** The block of an override that can be taken up. */
export const keyOf = ({ lanes }: Placed, id: string): string =>
  lanes.flatMap(({ blocks }) => blocks).find(({ takes }) => takes?.id === id)?.key ?? '';

export type KeyPressed = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>;

interface InHand {
  down: boolean;
  chosen: Chosen | null;
  held: Held | null;
}

/** What a key makes of what is chosen or held: another choice, another hold, nothing (null), or it is taken as it is. */
function takenByKey(
  event: KeyPressed,
  { down, chosen, held }: InHand,
  options: Taking,
): Chosen | Held | null | 'take' | undefined {
  const { placed, now, onChosen, onMoved } = options;
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (down) return event.key === 'Escape' ? null : undefined;
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
  options: Pick<Taking, 'placed' | 'days' | 'zone' | 'zoom' | 'now'>,
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
