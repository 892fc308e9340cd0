import type { Steps } from '../../kernel/async/steps';
import { ROLES } from '../contract/shared';
import type { Version } from './onCall';
import { keyOf, type Person } from './rotation';
import { stretchesIn } from './shifts';
import type { Override } from './types';

/** The person that a `replace` or a `remove` takes off call, and the role or layer in which it does. */
export interface TakenOut extends Pick<Override, 'role' | 'layer'> {
  out: Person;
}

interface Schedule {
  versions: readonly Version[];
  /** In creation order. */
  overrides: readonly Override[];
}

/**
 * The part of a schedule that an override sees: one with a layer sees this layer and its overrides, any other sees all
 * of it.
 */
export function scopeOf({ versions, overrides }: Schedule, { layer }: Pick<Override, 'layer'>): Schedule {
  if (layer === null) return { versions, overrides };
  return {
    versions: versions.map((version) => ({
      ...version,
      layers: version.layers.filter(({ name }) => name === layer),
    })),
    overrides: overrides.filter((override) => override.layer === layer),
  };
}

/**
 * The other people on call in a span, or null if the person in `out` is on call at any instant of it.
 * @param schedule as `scopeOf` returns it, with the overrides that were created before
 */
export function* othersOnCallIn(
  { versions, overrides }: Schedule,
  { out, role }: TakenOut,
  from: Date,
  to: Date,
): Steps<Person[] | null> {
  const others = new Map<string, Person>();
  for (const { roles } of yield* stretchesIn(versions, overrides, from, to)) {
    for (const each of role === null ? ROLES : [role]) {
      for (const person of roles[each].people) {
        if (keyOf(person) === keyOf(out)) return null;
        others.set(keyOf(person), person);
      }
    }
    yield;
  }
  return [...others.values()];
}

/** Whether a schedule names a person: as a member of any slot, or as the person that an override puts on call. */
export function names({ versions, overrides }: Schedule, person: Person): boolean {
  const isMeant = (other: Person | null) => other !== null && keyOf(other) === keyOf(person);
  return (
    overrides.some((override) => isMeant(override.in)) ||
    versions.some(({ layers }) => layers.some(({ rotation }) => rotation.slots.some((slot) => slot.some(isMeant))))
  );
}
