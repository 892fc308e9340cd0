import { type Signal, useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import { useKeys } from './keys';

export interface Cursor {
  /** The row that keys act on. */
  id: Signal<string | null>;
  step(by: number): void;
}

/** j and k select rows of a list, Enter opens one, / goes to the search. */
export function useCursor(rows: readonly { id: string }[], hrefOf: (id: string) => string): Cursor {
  const { route } = useLocation();
  const cursor = useSignal<string | null>(null);
  const at = rows.findIndex(({ id }) => id === cursor.value);
  const step = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (!next) return;
    cursor.value = next.id;
    const row = document.querySelector(`[data-row="${next.id}"]`);
    row?.querySelector<HTMLElement>('a.t')?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  };
  useKeys({
    j: () => step(1),
    k: () => step(at === -1 ? 1 : -1),
    Enter: () => {
      const here = rows[at];
      if (here) route(hrefOf(here.id));
    },
    '/': () => document.getElementById('search')?.focus(),
  });
  return { id: cursor, step };
}
