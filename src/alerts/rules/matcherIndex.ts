import type { Labels, Severity } from '../../kernel/ports/values';
import type { CompiledMatcher } from './matcher';
import type { Route } from './route';

/** What rules and mutes see of a report. */
export interface Subject {
  service: string;
  severity: Severity;
  message: string;
  source: string;
  /** Name of the integration; empty for reports of people and API keys. */
  integration: string;
  labels: Labels;
  /** Where the report goes, if its source or a rule says so. Matchers do not see it. */
  route?: Route | undefined;
}

const NAMES = ['service', 'severity', 'message', 'source', 'integration'] as const;
type Name = (typeof NAMES)[number];
const isName = (name: string): name is Name => (NAMES as readonly string[]).includes(name);

/** The value of a name or a label as text; empty if the report has no such label. The names win over labels. */
export function valueIn(subject: Subject, name: string): string {
  if (isName(name)) return subject[name];
  return Object.hasOwn(subject.labels, name) ? String(subject.labels[name]) : '';
}

export function matchesAll(matchers: readonly CompiledMatcher[], subject: Subject): boolean {
  for (const { name, test } of matchers) if (!test(valueIn(subject, name))) return false;
  return true;
}

/** Something with matchers, of which all must match. */
export interface Matching {
  matchers: readonly CompiledMatcher[];
}

/** Finds the items whose matchers all match, without comparing all items. */
export interface MatcherIndex<T extends Matching> {
  /** Positions of the items that can match, in ascending order. */
  candidates(subject: Subject): readonly number[];
  items: readonly T[];
  /** What all matchers cost together; see `CompiledMatcher.cost`. */
  cost: number;
}

/**
 * Indexes items by one matcher that accepts only certain values. Items without such a matcher are always candidates. The
 * empty value is not indexed: it also means that the label is absent, which is no narrow choice.
 */
export function indexOf<T extends Matching>(items: readonly T[]): MatcherIndex<T> {
  const always: number[] = [];
  const byName = new Map<string, Map<string, number[]>>();
  items.forEach(({ matchers }, place) => {
    const key = matchers.find(({ values }) => values !== null && !values.includes(''));
    if (key === undefined) {
      always.push(place);
      return;
    }
    const byValue = byName.get(key.name) ?? new Map<string, number[]>();
    byName.set(key.name, byValue);
    for (const value of new Set(key.values)) byValue.set(value, [...(byValue.get(value) ?? []), place]);
  });
  return {
    items,
    cost: items.reduce((sum, { matchers }) => matchers.reduce((own, { cost }) => own + cost, sum), 0),
    candidates(subject) {
      let found: readonly number[] = always;
      for (const [name, byValue] of byName) {
        const places = byValue.get(valueIn(subject, name));
        if (places !== undefined) found = found.length === 0 ? places : merged(found, places);
      }
      return found;
    },
  };
}

/** Two ascending lists without a common number, as one. */
function merged(some: readonly number[], others: readonly number[]): number[] {
  const all: number[] = [];
  let next = 0;
  for (const place of some) {
    for (; next < others.length && (others[next] as number) < place; next++) all.push(others[next] as number);
    all.push(place);
  }
  for (; next < others.length; next++) all.push(others[next] as number);
  return all;
}
