import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Button } from '../ui/button';
import { held, type Row, type Steady, taken } from './stableList';

export interface Reading<T extends Row> extends Steady<T> {
  /** On the element that holds the list. */
  box: RefObject<HTMLDivElement | null>;
  /** Lets in what waits. */
  take(): void;
}

export interface ReadingOptions {
  /** Rows on a page; the answer may hold more, so that rows pushed down are not taken for gone. */
  most: number;
  /** More that counts as reading: rows are chosen. */
  busy?: boolean;
  /** Rows that the reader changed. */
  mine?: (id: string) => boolean;
  /** The element that holds the list together with others: whoever reads one of them is spared the moves of all. */
  box?: RefObject<HTMLDivElement | null>;
  /** Whether a list without rows waits as well, because what it gets would push others down. */
  pushes?: boolean;
}

/** Somebody has the focus in it, has marked something of it, or has scrolled into it. */
function isRead(box: HTMLElement | null): boolean {
  if (box === null) return false;
  const marked = getSelection();
  return (
    box.contains(document.activeElement) ||
    (marked !== null && !marked.isCollapsed && box.contains(marked.anchorNode)) ||
    box.getBoundingClientRect().top < 0
  );
}

/** Rows as somebody reads them. `key` names the list; another list, or its first answer, is shown as it comes. */
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

/** Hangs above a list without moving it. */
export const Arrived = ({ n, text, onTake }: { n: number; text: string; onTake(): void }) => (
  <div class="arrived" role="status">
    {n > 0 && (
      <Button small icon="up" onClick={onTake}>
        {text}
      </Button>
    )}
  </div>
);
