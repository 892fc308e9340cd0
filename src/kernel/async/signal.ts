/** Whoever waits for news, and is woken by whoever has some. */
export interface Signal {
  /** Begun before one looks, so that what comes between looking and waiting is noticed. */
  next(): Wake;
  all(): void;
}

export interface Wake {
  /** Resolves when there are news, or after `ms`. */
  within(ms: number): Promise<void>;
  cancel(): void;
}

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
