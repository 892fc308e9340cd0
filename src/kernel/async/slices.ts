import { Problem } from '../ports/problem';
import type { Steps } from './steps';

/**
 * Long computations that leave the event loop to others: they run for a **slice** at a time. All of them together get one slice for each turn of the loop, so that
 * many at once hold it no longer than one.
 */
/** How long one slice runs, in milliseconds. */
const SLICE_MS = 8;
/** In a turn that began with other work, computations have so long all together. */
const FIRST_SLICE_MS = 2;

let firstOfTurn: number | undefined;

/** When the first computation of this turn of the event loop began. */
function turnBegan(): number {
  if (firstOfTurn !== undefined) return firstOfTurn;
  firstOfTurn = performance.now();
  setImmediate(() => {
    firstOfTurn = undefined;
  });
  return firstOfTurn;
}

const waiting: (() => void)[] = [];
let scheduled = false;

function schedule(): void {
  if (scheduled || waiting.length === 0) return;
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    waiting.shift()?.();
    schedule();
  });
}

/** Waits for the next free turn of the event loop. */
export const nextSlice = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    schedule();
  });

/**
 * Runs a computation in slices.
 * @throws Problem `malformed` if the client goes away before the end; the computation ends there
 */
export async function inSlices<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  let until = turnBegan() + FIRST_SLICE_MS;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() < until) continue;
    await nextSlice();
    if (signal?.aborted) throw new Problem('malformed', 'The client closed the connection before the answer.');
    until = performance.now() + SLICE_MS;
  }
}
