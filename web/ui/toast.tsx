import { computed, signal } from '@preact/signals';
import { parts } from '../text/parts';
import { Button } from './button';

/** Past tense, and the way back where there is one. One at a time; it waits under the pointer and under focus. */
interface Said {
  text: string;
  undo?: (() => void) | undefined;
  id: number;
}

const SHOWN_MS = 6_000;
/** How long a change can be undone from here. */
const UNDO_MS = 10_000;
const said = signal<Said | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;
let last = 0;

export function say(text: string, undo?: () => void): void {
  said.value = { text, undo, id: ++last };
  restart();
}

export function unsay(): void {
  clearTimeout(timer);
  said.value = null;
}

function restart(): void {
  clearTimeout(timer);
  timer = setTimeout(unsay, said.peek()?.undo ? UNDO_MS : SHOWN_MS);
}

function takeBack({ undo }: Said): void {
  unsay();
  undo?.();
}

/** What the toast says was done, while it offers to undo that. */
export const undoable = computed(() => (said.value?.undo ? said.value.text : null));

/** Undoes what the toast says was done, if it offers that. */
export function undoSaid(): void {
  const shown = said.peek();
  if (shown?.undo) takeBack(shown);
}

export function Toasts() {
  const shown = said.value;
  const undo = shown?.undo && (() => takeBack(shown));
  return (
    <div class="toasts" role="status" onPointerEnter={() => clearTimeout(timer)} onPointerLeave={restart}>
      {shown && (
        <div class="toast" key={shown.id} onFocusIn={() => clearTimeout(timer)} onFocusOut={restart}>
          <span>{shown.text}</span>
          {undo && (
            <Button small onClick={undo}>
              {parts.undo}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
