import type { MuteRow } from '../store/mutes';
import type { RuleRow } from '../store/rules';
import { routeActionsOf } from './applyRoute';
import { type CompiledMute, type CompiledRule, NO_END } from './decide';
import { type CompiledMatcher, compileMatcher } from './matcher';
import { type Occurrence, occurrencesAfter } from './recurrence';
import { ruleHolds } from './ruleHolds';
import { compileDuring } from './ruleHours';

/** @throws MatcherRefused if this version of the engine does not take a pattern */
export const compileRule = ({
  id,
  name,
  matchers,
  during,
  actions,
  stop,
}: Pick<RuleRow, 'id' | 'name' | 'matchers' | 'during' | 'actions' | 'stop'>): CompiledRule => ({
  id,
  name,
  matchers: matchers.map(compileMatcher),
  appliesAt: compileDuring(during),
  set: actions.set,
  routing: routeActionsOf(actions),
  holds: ruleHolds(actions),
  drop: actions.drop,
  stop,
});

/** @throws MatcherRefused, RruleRefused */
export const compileMute = (row: MuteRow): CompiledMute => ({
  id: row.id,
  cause: row.cause,
  name: row.name,
  version: row.version,
  matchers: row.cause === 'upstream' ? [oneOf(row.services)] : matchersOf(row),
  endAt: endOf(row),
});

const matchersOf = ({ matchers, services }: MuteRow): CompiledMatcher[] => [
  ...matchers.map(compileMatcher),
  ...(services.length === 0 ? [] : [oneOf(services)]),
];

/** Services as a matcher, so that they are indexed like one. */
const oneOf = (services: readonly string[]): CompiledMatcher => {
  const known = new Set(services);
  return { name: 'service', values: services, cost: 0, test: (value) => known.has(value) };
};

function endOf(row: MuteRow): CompiledMute['endAt'] {
  if (row.cause === 'upstream') return () => NO_END;
  return row.recurrence === null ? endOfSpan(row) : endOfRecurrence(row, row.recurrence);
}

const endOfSpan =
  ({ starts_at, ends_at }: MuteRow) =>
  (now: Date): Date | null =>
    ends_at !== null && starts_at <= now && now < ends_at ? ends_at : null;

/** Keeps the occurrence that runs or follows, because computing it costs a thousand times as much as comparing. */
function endOfRecurrence({ over_until }: MuteRow, recurrence: NonNullable<MuteRow['recurrence']>) {
  let next: Occurrence | null | undefined;
  return (now: Date): Date | null => {
    if (next === undefined || (next !== null && next.end <= now)) next = nextOccurrence(recurrence, over_until, now);
    return next !== null && next.start <= now ? next.end : null;
  };
}

/** The first occurrence that is not over; null if none follows. */
export function nextOccurrence(
  recurrence: NonNullable<MuteRow['recurrence']>,
  overUntil: Date | null,
  now: Date,
): Occurrence | null {
  const after = overUntil !== null && overUntil > now ? overUntil : now;
  return occurrencesAfter(recurrence, after, 1)[0] ?? null;
}
