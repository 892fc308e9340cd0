/** A condition variable: waiters sleep until `all()` wakes them or their timeout passes. */
export interface Signal {
  /** Registers a waiter. Call it before the check, so that a wake-up between the check and the wait is not missed. */
  next(): Wake;
  /** Wakes all waiters. */
  all(): void;
}

export interface Wake {
  /** Resolves on the next `all()`, at the latest after `ms` milliseconds. */
  within(ms: number): Promise<void>;
  /** Removes the waiter, if it does not wait after all. */
  cancel(): void;
}

/** A signal without waiters. */
export function signal(): Signal {
  let waiters = new Set<() => void>();
  return {
    next() {
      let wake = (): void => {};
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      waiters.add(wake);
      return {
        async within(ms) {
          const timer = setTimeout(wake, Math.max(0, ms));
          await woken;
          clearTimeout(timer);
          waiters.delete(wake);
        },
        cancel: () => void waiters.delete(wake),
      };
    },
    all() {
      const woken = waiters;
      waiters = new Set();
      for (const wake of woken) wake();
    },
  };
}
