/**
 * A list that somebody reads. What arrives meanwhile waits instead of moving what they are about to press; rows they
 * see stay where they are and show what is known newest. Pure: what was shown and what was answered in, what to show out.
 */
export interface Row {
  id: string;
}

export interface Steady<T extends Row> {
  rows: T[];
  /** Shown still, although the list does not hold them any more. */
  left: ReadonlySet<string>;
  /** Came in since the list was shown first. */
  fresh: ReadonlySet<string>;
  /** How many wait. */
  arrived: number;
}

const NONE: ReadonlySet<string> = new Set();

/** The list as answered; what was not there before is fresh. */
export function taken<T extends Row>(answer: readonly T[], most: number, before: Steady<T> | null): Steady<T> {
  const rows = answer.slice(0, most);
  const known = new Set(before?.rows.map(({ id }) => id));
  const fresh = before === null ? NONE : new Set(rows.flatMap(({ id }) => (known.has(id) ? [] : [id])));
  return { rows, left: NONE, fresh, arrived: 0 };
}

/** The list for somebody who reads it. `mine` are rows that the reader changed: they may go, because that is no surprise. */
export function held<T extends Row>(
  shown: Steady<T>,
  answer: readonly T[],
  most: number,
  mine: (id: string) => boolean,
): Steady<T> {
  const place = new Map(answer.map((row, at) => [row.id, at]));
  const kept = shown.rows.filter(({ id }) => place.has(id) || !mine(id));
  const lowest = Math.max(-1, ...kept.map(({ id }) => place.get(id) ?? -1));
  const known = new Set(shown.rows.map(({ id }) => id));
  const unknown = answer.filter(({ id }) => !known.has(id));
  const above = unknown.filter(({ id }) => (place.get(id) as number) < lowest);
  // Below the last row nothing is moved by what is added.
  const below = unknown
    .filter(({ id }) => (place.get(id) as number) > lowest)
    .slice(0, Math.max(0, most - kept.length));
  return {
    rows: [...kept.map((row) => answer[place.get(row.id) ?? -1] ?? row), ...below],
    left: new Set(kept.flatMap(({ id }) => (place.has(id) ? [] : [id]))),
    fresh: shown.fresh,
    arrived: above.length,
  };
}
