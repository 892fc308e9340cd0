import { useRef, useState } from 'preact/hooks';
import type { RuleOrder } from './useRuleOrder';

/** A rule that the pointer holds, and the place at which it would be dropped. */
interface Held {
  id: string;
  from: number;
  to: number;
}

/** Within this distance of the edge of the window, a drag scrolls the page. */
const EDGE_PX = 72;
const SCROLL_PX = 16;

function scrollNear(y: number): void {
  if (y < EDGE_PX) scrollBy(0, -SCROLL_PX);
  else if (y > innerHeight - EDGE_PX) scrollBy(0, SCROLL_PX);
}

/** Moving a rule by its grip: with a pointer or a finger, and with the arrow keys. The rows stay in place until the drop. */
export function useRuleDrag({ rules, move }: Pick<RuleOrder, 'rules' | 'move'>) {
  const list = useRef<HTMLOListElement>(null);
  const [held, setHeld] = useState<Held | null>(null);

  /** How many of the other rows are above the pointer. */
  const placeAt = (id: string, y: number): number =>
    [...(list.current?.children ?? [])].filter((row) => {
      const { top, height } = row.getBoundingClientRect();
      return row.getAttribute('data-row') !== id && top + height / 2 < y;
    }).length;

  const gripOf = (id: string, at: number) => ({
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      (event.currentTarget as Element).setPointerCapture?.(event.pointerId);
      setHeld({ id, from: at, to: at });
    },
    onPointerMove(event: PointerEvent) {
      if (held?.id !== id) return;
      scrollNear(event.clientY);
      const to = placeAt(id, event.clientY);
      if (to !== held.to) setHeld({ ...held, to });
    },
    onPointerUp() {
      if (held?.id === id) move(id, held.to);
      setHeld(null);
    },
    onPointerCancel: () => setHeld(null),
    onKeyDown(event: KeyboardEvent) {
      if (event.key === 'Escape' && held !== null) setHeld(null);
      const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rules.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      move(id, to);
    },
  });

  /** The class of a row during a drag: held, or next to the line at which the rule would be dropped. */
  const rowClass = (id: string, at: number): string => {
    if (held === null || held.to === held.from) return held?.id === id ? 'held' : '';
    if (held.id === id) return 'held';
    if (at !== held.to) return '';
    return held.to < held.from ? 'drop-above' : 'drop-below';
  };

  return { list, gripOf, rowClass };
}
