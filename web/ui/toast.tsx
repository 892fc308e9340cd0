import { computed, signal } from '@preact/signals';
import { parts } from '../text/parts';
import { Button } from './button';

/** A result in the past tense, with Undo if possible. One at a time; it stays while it has the pointer or the focus. */
interface Said {
  text: string;
  undo?: (() => void) | undefined;
  id: number;
}

const SHOWN_MS = 6_000;
/** How long a toast offers to undo its change. */
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

/** The text of the toast, while it offers to undo the change. */
export const undoable = computed(() => (said.value?.undo ? said.value.text : null));

/** Undoes the change of the toast, if it offers that. */
export function undoShownChange(): void {
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
