import { Problem } from './problem';

/**
 * Long computations that leave the event loop to others. A computation is a generator that yields wherever it can be
 * interrupted; it runs for a **slice** at a time. All of them together get one slice for each turn of the loop, so that
 * many at once hold it no longer than one.
 */
export type Steps<T> = Generator<void, T, void>;

/** How long one slice runs, in milliseconds. */
const SLICE_MS = 8;
/** The first one begins within a turn that others use too. */
const FIRST_SLICE_MS = 2;

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
  let until = performance.now() + FIRST_SLICE_MS;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() < until) continue;
    await nextSlice();
    if (signal?.aborted) throw new Problem('malformed', 'The client closed the connection before the answer.');
    until = performance.now() + SLICE_MS;
  }
}

/** Runs a computation without interruption: for small inputs and tests. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Applies a function to each item, interruptible between any two. */
export function* mapSteps<T, R>(items: readonly T[], map: (item: T, index: number) => R): Steps<R[]> {
  const mapped: R[] = [];
  for (const [index, item] of items.entries()) {
    mapped.push(map(item, index));
    yield;
  }
  return mapped;
}
