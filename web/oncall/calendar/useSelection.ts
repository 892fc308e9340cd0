import { useEffect, useState } from 'preact/hooks';
import { type Day, type Span, spanOfDays } from './days';
import { gridOf, moved, snapped } from './drag';
import { movable, type Placed } from './lanes';
import { hasMoved, type Moved, type MoveGrid, movedByKey, nextToMove } from './movedOverride';

/**
 * The selected span or the moved override, and the keys that change it; for both directions of time. For a span, the
 * arrows move and stretch it and Enter opens the form. An override is picked up, moved or resized, and put down. The
 * timeline and the phone add pointer input, each in its own file.
 */
export interface Selected extends Span {
  lane: string;
}

/** Callbacks for pointer and keyboard input. */
export interface SelectionHandlers {
  /** Absent if the viewer cannot add overrides. */
  onChosen?: ((chosen: Selected) => void) | undefined;
  onMoved?: ((id: string, to: Span) => void) | undefined;
  /** An override is shown at a new position; null ends the move without a change. */
  onCarried?: ((of: Pick<Moved, 'id' | 'from' | 'to'> | null) => void) | undefined;
  onBlock(key: string): void;
  /** A dialog is open over the calendar: the selection stays visible until it closes. */
  asking: boolean;
}

export interface SelectionOptions extends SelectionHandlers, MoveGrid {
  placed: Placed;
  days: readonly Day[];
}

export function useSelection(options: SelectionOptions) {
  const [chosen, choose] = useState<Selected | null>(null);
  const [held, hold] = useState<Moved | null>(null);
  const { placed, onChosen, onMoved, onCarried, onBlock, asking } = options;
  const letGo = () => {
    choose(null);
    hold(null);
  };
  /** Shows the override at a new position, or (null) at its stored position. */
  const carry = (next: Moved | null) => {
    hold(next);
    onCarried?.(next !== null && hasMoved(next) ? next : null);
  };
  const drop = () => {
    letGo();
    onCarried?.(null);
  };
  const put = (of: Moved) => {
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
    /** `down`: a pointer drags something, so only Escape has an effect. */
    pressKey(event: KeyboardEvent, down: boolean, pressed: KeyPressed = event) {
      const taken = resultOfKey(pressed, { down, chosen, held }, options);
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

/** The key of the block of an override that can be moved. */
export const keyOf = ({ lanes }: Placed, id: string): string =>
  lanes.flatMap(({ blocks }) => blocks).find(({ takes }) => takes?.id === id)?.key ?? '';

export type KeyPressed = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>;

interface State {
  down: boolean;
  chosen: Selected | null;
  held: Moved | null;
}

/** The result of a key: a new selection, a new move, none (null), or `take` to confirm. */
function resultOfKey(
  event: KeyPressed,
  { down, chosen, held }: State,
  options: SelectionOptions,
): Selected | Moved | null | 'take' | undefined {
  const { placed, now, onChosen, onMoved } = options;
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (down) return event.key === 'Escape' ? null : undefined;
  if (onMoved && event.key.toLowerCase() === 'o') {
    return nextToMove(movable(placed), held, { by: event.shiftKey ? -1 : 1, now }) ?? undefined;
  }
  if (held !== null) {
    const next = movedByKey(event, held, options);
    return next === 'put' ? 'take' : next;
  }
  return onChosen && spanByKey(event, chosen, options);
}

/** The result of a key on the selected span; undefined if the key has no meaning here. */
function spanByKey(
  { key, shiftKey }: KeyPressed,
  chosen: Selected | null,
  options: Pick<SelectionOptions, 'placed' | 'days' | 'zone' | 'zoom' | 'now'>,
): Selected | null | 'take' | undefined {
  if (key.startsWith('Arrow')) return chosen === null ? firstSpan(options) : stepped(key, shiftKey, chosen, options);
  if (chosen === null) return undefined;
  if (key === 'Enter' || key === ' ') return 'take';
  return key === 'Escape' ? null : undefined;
}

/** The first selection by keyboard: one grid step from now if now is in view, in the first final lane. */
function firstSpan({ placed, days, zone, zoom, now }: Parameters<typeof spanByKey>[2]): Selected | null {
  const lane = placed.lanes.find((each) => each.lane.final) ?? placed.lanes[0];
  if (lane === undefined) return null;
  const view = spanOfDays(days);
  const grid = gridOf(zoom);
  const near = view.from <= now && now < view.to ? snapped(zone, now, grid) : view.from;
  const from = near < view.to ? near : view.from;
  return { from, to: moved(zone, from, grid, 1), lane: lane.lane.key };
}

function stepped(key: string, stretch: boolean, chosen: Selected, options: Parameters<typeof spanByKey>[2]): Selected {
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
