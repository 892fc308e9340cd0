import type { Span } from './restrictions';
import { keyOf, type Person } from './rotation';
import type { OnDuty, Override, Role, Source } from './types';
import { minuteAfter, minuteOf } from './zones';

/** The span of an override in minutes, rounded outward so that it applies at once. */
export const overrideSpan = ({ starts_at, ends_at }: Pick<Override, 'starts_at' | 'ends_at'>): Span => ({
  start: minuteOf(starts_at),
  end: minuteAfter(ends_at),
});

/** Whether an override applies at an instant. */
export const inForce = (override: Pick<Override, 'starts_at' | 'ends_at'>, at: Date): boolean => {
  const { start, end } = overrideSpan(override);
  const minute = minuteOf(at);
  return start <= minute && minute < end;
};

/** The people of a layer after the overrides in force; those are given in creation order. */
export function changedInLayer(
  people: readonly OnDuty[],
  layer: { name: string; role: Role },
  overrides: readonly Override[],
): readonly OnDuty[] {
  let changed = people;
  for (const override of overrides) {
    if (override.layer !== layer.name || (override.role !== null && override.role !== layer.role)) continue;
    changed = apply(override, changed, override.in);
  }
  return changed;
}

/** The people of a role after the overrides in force, and the override that left the role empty, if one did. */
export function changedInRole(
  people: readonly OnDuty[],
  role: Role,
  overrides: readonly Override[],
): { people: readonly OnDuty[]; emptiedBy: Override | null } {
  let changed = people;
  let emptiedBy: Override | null = null;
  for (const override of overrides) {
    if (override.layer !== null || (override.role !== null && override.role !== role)) continue;
    if (override.role === null && override.kind === 'add' && role === 'secondary') continue;
    const before = changed;
    const putsOn = override.kind !== 'takeover' || override.role !== null || role === 'primary';
    changed = apply(override, changed, putsOn ? override.in : null);
    if (changed.length > 0) emptiedBy = null;
    else if (before.length > 0 || override.kind === 'takeover') emptiedBy = override;
  }
  return { people: changed, emptiedBy };
}

function apply(override: Override, people: readonly OnDuty[], comes: Person | null): readonly OnDuty[] {
  const source: Source = { kind: 'override', override };
  const incoming: OnDuty[] = comes === null ? [] : [{ name: comes.name, email: comes.email, source }];
  const key = override.out === null ? null : keyOf(override.out);
  switch (override.kind) {
    case 'takeover':
      return incoming;
    case 'add':
      return onceEach([...people, ...incoming]);
    case 'remove':
      return people.filter((person) => keyOf(person) !== key);
    case 'replace':
      return people.some((person) => keyOf(person) === key)
        ? onceEach(people.flatMap((person) => (keyOf(person) === key ? incoming : [person])))
        : people;
  }
}

/** People, each once; the first mention counts. */
export function onceEach(people: readonly OnDuty[]): readonly OnDuty[] {
  if (people.length < 2) return people;
  const seen = new Set<string>();
  return people.filter((person) => !seen.has(keyOf(person)) && seen.add(keyOf(person)));
}
