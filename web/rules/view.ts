import type { RuleDraft } from '../../src/alerts/contract/rules';
import type { Ports } from '../ports';
import type { Touch } from '../useQuery';

export type RuleList = Awaited<ReturnType<Ports['alerts']['listRules']>>;
export type Rule = RuleList['rules'][number];
export type Draft = RuleDraft;

/** Dropped reports are counted without an event, so the list is polled too. */
export const TOUCHED: Touch = {
  modules: ['alerts'],
  by: ({ kind }) => /^rules?_/.test(kind),
  everyMs: 15_000,
};

/** The fields of a rule that people write. */
export const draftOf = ({ name, enabled, when, during, then, stop }: Draft): Draft => ({
  ...{ name, enabled, when, during, then, stop },
});

/** The items with one of them at another place. */
export function movedTo<T>(items: readonly T[], from: number, to: number): T[] {
  const rest = items.filter((_, at) => at !== from);
  return [...rest.slice(0, to), ...items.slice(from, from + 1), ...rest.slice(to)];
}

/** Rules in the order of their ids; rules without a place keep their order at the end. */
export function inOrder(rules: readonly Rule[], ids: readonly string[] | null): readonly Rule[] {
  if (ids === null) return rules;
  const place = new Map(ids.map((id, at) => [id, at]));
  return rules.toSorted((a, b) => (place.get(a.id) ?? ids.length) - (place.get(b.id) ?? ids.length));
}

/** The page of the rules with one of them chosen, or none. */
export const hrefOf = (id: string | null): string => (id === null ? '/rules' : `/rules?rule=${encodeURIComponent(id)}`);
