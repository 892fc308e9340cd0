export interface Chance {
  /** At least 0 and below 1. */
  next(): number;
  between(least: number, most: number): number;
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number;
  happens(probability: number): boolean;
  /** A random item of a list that is not empty. */
  one<T>(list: readonly T[]): T;
}

/**
 * A repeatable random stream: the same seed and name give the same choices in the same order. Every part of a run has its
 * own stream, so that one part does not change the choices of another.
 */
export function chance(seed: string, name: string): Chance {
  let state = [...`${seed} ${name}`].reduce(
    (hash, char) => Math.imul(hash ^ char.charCodeAt(0), 0x01000193),
    0x811c9dc5,
  );
  /** At least 0 and below 1 (mulberry32). */
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + next() * (most - least);
  return {
    next,
    between,
    whole: (least, most) => Math.floor(between(least, most + 1)),
    happens: (probability) => next() < probability,
    one: <T>(list: readonly T[]) => list[Math.floor(next() * list.length)] as T,
  };
}
