import { keyOf } from './rotation';

/** Round-robin steps: each run pages the next of the step's people, so that incidents are shared out evenly. */

/** The person that a step paged last, and their place among its people then. */
export interface Turn {
  email: string;
  place: number;
}

/**
 * The person whose turn it is: the next one after the last who can be reached. If no one can be reached, the turn goes on all
 * the same, and the page shows that it reached no one. If the last person is no longer among the people, their place counts.
 * @param ahead how many turns after the next one
 * @returns null only if there are no people
 */
export function nextInTurn<P extends { email: string }>(
  people: readonly P[],
  last: Turn | null,
  canReach: (person: P) => boolean,
  ahead = 0,
): { person: P; turn: Turn } | null {
  const known = last === null ? -1 : people.findIndex((one) => keyOf(one) === keyOf(last));
  const start = last === null ? 0 : known >= 0 ? known + 1 : last.place;
  const order = people.map((_, n) => (start + n) % people.length);
  const reachable = order.filter((n) => canReach(people[n] as P));
  const candidates = reachable.length > 0 ? reachable : order;
  const place = candidates[ahead % candidates.length];
  if (place === undefined) return null;
  const person = people[place] as P;
  return { person, turn: { email: person.email, place } };
}
