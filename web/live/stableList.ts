/**
 * A list while a person reads it. New rows wait, so that nothing moves under the pointer; the shown rows
 * stay in place and show the newest data. Pure: the shown rows and the answer in, the rows to show out.
 */
export interface Row {
  id: string;
}

export interface Steady<T extends Row> {
  rows: T[];
  /** Still shown, although the list does not contain them any more. */
  left: ReadonlySet<string>;
  /** Arrived after the list was first shown. */
  fresh: ReadonlySet<string>;
  /** The number of waiting rows. */
  arrived: number;
}

const NONE: ReadonlySet<string> = new Set();

/** The list as answered; rows that were not in it before are new. */
export function taken<T extends Row>(answer: readonly T[], most: number, before: Steady<T> | null): Steady<T> {
  const rows = answer.slice(0, most);
  const known = new Set(before?.rows.map(({ id }) => id));
  const fresh = before === null ? NONE : new Set(rows.flatMap(({ id }) => (known.has(id) ? [] : [id])));
  return { rows, left: NONE, fresh, arrived: 0 };
}

/** The list for a reader. `mine` are rows that the reader changed: they may go. */
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
  // A row that is added below the last one moves nothing.
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
