import { Problem } from '../ports/problem';
import type { Steps } from './steps';

/**
 * Long computations run for a **slice** at a time, so that they do not block the event loop. All computations together
 * get one slice per turn of the loop, so that many at once block it no longer than one.
 */

/** How long one slice runs, in milliseconds. */
const SLICE_MS = 8;
/** How long all computations together run in the turn in which they begin, in milliseconds. */
const FIRST_SLICE_MS = 2;

let firstOfTurn: number | undefined;

/** The time at which the first computation of this turn of the event loop began. */
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
 * @throws Problem `malformed` if the client disconnects before the end; the computation stops then
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
