import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Button } from '../ui/button';
import { held, type Row, type Steady, taken } from './stableList';

export interface Reading<T extends Row> extends Steady<T> {
  /** For the element that holds the list. */
  box: RefObject<HTMLDivElement | null>;
  /** Shows the waiting rows. */
  take(): void;
}

export interface ReadingOptions {
  /** The rows of a page. The answer can hold more, so that rows that moved down do not count as removed. */
  most: number;
  /** Further states that count as reading: rows are selected. */
  busy?: boolean;
  /** Rows that the reader changed. */
  mine?: (id: string) => boolean;
  /** An element that holds several lists: a reader of one of them sees no list move. */
  box?: RefObject<HTMLDivElement | null>;
  /** Whether an empty list waits too, because its new rows would push others down. */
  pushes?: boolean;
}

/** The focus is in the list, a text of it is selected, or it is scrolled. */
function isRead(box: HTMLElement | null): boolean {
  if (box === null) return false;
  const marked = getSelection();
  return (
    box.contains(document.activeElement) ||
    (marked !== null && !marked.isCollapsed && box.contains(marked.anchorNode)) ||
    box.getBoundingClientRect().top < 0
  );
}

/** The rows for a reader. `key` names the list; another list or a first answer is shown unchanged. */
export function useReading<T extends Row>(
  key: string,
  answer: readonly T[] | undefined,
  { most, busy = false, mine = () => false, box: shared, pushes = false }: ReadingOptions,
): Reading<T> {
  const own = useRef<HTMLDivElement>(null);
  const box = shared ?? own;
  const [, draw] = useState(0);
  const state = useRef<{ key: string; answer: readonly T[] | undefined; steady: Steady<T> | null }>({
    key: '',
    answer: undefined,
    steady: null,
  });
  const now = state.current;
  if (answer !== undefined && (answer !== now.answer || key !== now.key)) {
    const before = key === now.key ? now.steady : null;
    const holds = before !== null && (pushes || before.rows.length > 0) && (busy || isRead(box.current));
    const steady = holds ? held(before, answer, most, mine) : taken(answer, most, before);
    state.current = { key, answer, steady };
  }
  const { steady } = state.current;
  return {
    ...(steady ?? taken<T>([], most, null)),
    box,
    take() {
      state.current = { ...state.current, steady: taken(state.current.answer ?? [], most, steady) };
      draw((n) => n + 1);
    },
  };
}

/** A button above the list that moves no row. */
export const Arrived = ({ n, text, onTake }: { n: number; text: string; onTake(): void }) => (
  <div class="arrived" role="status">
    {n > 0 && (
      <Button small icon="up" onClick={onTake}>
        {text}
      </Button>
    )}
  </div>
);
