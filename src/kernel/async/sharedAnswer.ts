const KEPT_MS = 1_000;

/**
 * One answer for everyone who asks while it is under way or within `keptMs` after it, failures included: what the public
 * may ask costs the same however many ask.
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
