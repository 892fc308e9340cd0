const KEPT_MS = 1_000;

/**
 * Shares one call among all callers: those during the call and up to `keptMs` milliseconds after it get the same result
 * or error. So a public route costs the same for any number of callers.
 */
export function shared<T>(ask: () => Promise<T>, keptMs = KEPT_MS): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let until = Number.POSITIVE_INFINITY;
  return () => {
    if (answer !== undefined && performance.now() < until) return answer;
    until = Number.POSITIVE_INFINITY;
    const settled = (): void => {
      until = performance.now() + keptMs;
    };
    answer = ask();
    answer.then(settled, settled);
    return answer;
  };
}
