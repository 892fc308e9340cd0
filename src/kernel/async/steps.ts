/**
 * A computation that yields wherever it can be interrupted. The caller decides how it runs: without interruption
 * (`atOnce`) or in slices of the event loop (`inSlices`).
 */
export type Steps<T> = Generator<void, T, void>;

/** Runs a computation without interruption: for small inputs and tests. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Applies a function to each item; can be interrupted between any two items. */
export function* mapSteps<T, R>(items: readonly T[], map: (item: T, index: number) => R): Steps<R[]> {
  const mapped: R[] = [];
  for (const [index, item] of items.entries()) {
    mapped.push(map(item, index));
    yield;
  }
  return mapped;
}
