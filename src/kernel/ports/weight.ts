const CHARACTERS = 64;

/**
 * How much a JSON value weighs: one for each value in it, and one more for every 64 characters of text. The count stops
 * at `most`, so that weighing a large value costs no more than weighing a small one.
 */
export const weightOf = (value: unknown, most: number): number => sumOf(value, most, CHARACTERS);

/** How many values a JSON value holds, itself included; counted up to `most`. */
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

/** The most that is read, checked or written without a pause: about a millisecond of work. */
export const LIGHT = 2_000;

/** Neighbours of a list in groups, each light unless it is a single heavy item. */
export function* lightGroups<T>(items: readonly T[]): Generator<T[], void, void> {
  let group: T[] = [];
  let weight = 0;
  for (const item of items) {
    const more = weightOf(item, LIGHT);
    if (group.length > 0 && weight + more > LIGHT) {
      yield group;
      group = [];
      weight = 0;
    }
    group.push(item);
    weight += more;
  }
  if (group.length > 0) yield group;
}
