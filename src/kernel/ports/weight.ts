const CHARACTERS = 64;

/**
 * The weight of a JSON value: one for each value in it, and one more for every 64 characters of text. Counting stops at
 * `most`, so that it is fast for large values too.
 */
export const weightOf = (value: unknown, most: number): number => sumOf(value, most, CHARACTERS);

/** The number of values in a JSON value, itself included; counts up to `most`. */
export const countOf = (value: unknown, most: number): number => sumOf(value, most, Number.POSITIVE_INFINITY);

function sumOf(value: unknown, most: number, characters: number): number {
  const open: unknown[] = [value];
  let weight = 0;
  while (open.length > 0 && weight <= most) {
    const item = open.pop();
    weight += typeof item === 'string' ? 1 + item.length / characters : 1;
    if (typeof item !== 'object' || item === null) continue;
    if (Array.isArray(item)) {
      if (item.length > most) return item.length;
      for (const each of item) open.push(each);
    } else for (const key in item) open.push((item as Record<string, unknown>)[key]);
  }
  return weight;
}

/** The weight that is processed without a pause: about a millisecond of work. */
export const LIGHT = 2_000;

/** Splits a list into groups of at most this weight; a heavier item is a group alone. */
export function* lightGroups<T>(items: readonly T[], most = LIGHT): Generator<T[], void, void> {
  let group: T[] = [];
  let weight = 0;
  for (const item of items) {
    const more = weightOf(item, most);
    if (group.length > 0 && weight + more > most) {
      yield group;
      group = [];
      weight = 0;
    }
    group.push(item);
    weight += more;
  }
  if (group.length > 0) yield group;
}
