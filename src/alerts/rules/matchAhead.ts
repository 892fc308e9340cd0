import { type MatcherIndex, type Matching, type Subject, valueIn } from './matcherIndex';
import { MOST_PARTS } from './pattern';

/** A value of this length makes a list of matchers with the most parts take 50 ms. */
const LONG_VALUE = 2_000;
/** Parts of patterns times characters of values in one turn of the event loop. */
const WORK_OF_A_TURN = MOST_PARTS * LONG_VALUE;

type Indexes = readonly MatcherIndex<Matching>[];

const costOf = (indexes: Indexes): number => indexes.reduce((sum, { cost }) => sum + cost, 0);

/** Whether all patterns together can take longer than one turn of the event loop. */
export const areCostly = (indexes: Indexes): boolean => costOf(indexes) > MOST_PARTS;

/**
 * Matches a report against what its rules and mutes have of costly patterns, with other requests in between. The matchers
 * remember the results, so that the decision about the report does not hold the event loop. Returns at once if all patterns
 * together are cheap for this report.
 * @param breathe called between two matchers
 */
export async function matchAhead(subject: Subject, indexes: Indexes, breathe: () => Promise<void>): Promise<void> {
  if (costOf(indexes) * longestValue(subject) <= WORK_OF_A_TURN) return;
  for (const { candidates, items } of indexes) {
    for (const place of candidates(subject)) {
      for (const { name, test } of items[place]?.matchers ?? []) {
        await breathe();
        if (!test(valueIn(subject, name))) break;
      }
    }
  }
}

function longestValue({ message, service, integration, labels }: Subject): number {
  let longest = Math.max(message.length, service.length, integration.length);
  for (const name in labels) longest = Math.max(longest, String(labels[name]).length);
  return longest;
}
