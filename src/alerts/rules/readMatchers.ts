import { type FieldFault, invalid } from '../../kernel/ports/problem';
import { LONGEST_MATCHERS } from '../contract/matchers';
import {
  type CompiledMatcher,
  compileMatcher,
  type Matcher,
  MatcherRefused,
  matchesEverything,
  parseMatchers,
} from './matcher';
import { MOST_PARTS } from './pattern';

const MOST_MATCHERS = 20;

/**
 * Matchers as the API takes them: a list of texts, each with one matcher or several.
 * @throws Problem `invalid` that names the text, as in `matchers.0`
 */
export function readMatchers(texts: readonly string[], field: string): Matcher[] {
  const faults: FieldFault[] = [];
  const matchers = texts.flatMap((text, at) => {
    const parsed = refusedAt(`${field}.${at}`, faults, () => parseMatchers(text)) ?? [];
    for (const matcher of parsed) refusedAt(`${field}.${at}`, faults, () => compileMatcher(matcher));
    return parsed;
  });
  if (faults.length > 0) throw invalid(faults);
  requireCheap(matchers, matchers.map(compileMatcher), field);
  return matchers;
}

/**
 * Requires matchers that can be compiled and do not match every alert.
 * @throws Problem `invalid`
 */
export function requireNarrow(matchers: readonly Matcher[], field: string): void {
  const faults: FieldFault[] = [];
  const compiled = matchers.flatMap(
    (matcher, at) => refusedAt(`${field}.${at}`, faults, () => compileMatcher(matcher)) ?? [],
  );
  if (faults.length > 0) throw invalid(faults);
  requireCheap(matchers, compiled, field);
  if (!matchesEverything(compiled)) return;
  throw invalid([{ path: field, message: 'At least one matcher must not match an empty value' }]);
}

/** The result of `read`; undefined if it is refused, which is added to the faults. */
function refusedAt<T>(path: string, faults: FieldFault[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MatcherRefused)) throw error;
    faults.push({ path, message: error.message });
    return undefined;
  }
}

function requireCheap(matchers: readonly Matcher[], compiled: readonly CompiledMatcher[], field: string): void {
  const length = matchers.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  if (length > LONGEST_MATCHERS) {
    throw invalid([{ path: field, message: `At most ${LONGEST_MATCHERS} characters in all matchers together` }]);
  }
  if (compiled.length > MOST_MATCHERS) throw invalid([{ path: field, message: `At most ${MOST_MATCHERS} matchers` }]);
  const cost = compiled.reduce((sum, matcher) => sum + matcher.cost, 0);
  if (cost <= MOST_PARTS) return;
  throw invalid([{ path: field, message: 'All patterns together take too long to match' }]);
}
