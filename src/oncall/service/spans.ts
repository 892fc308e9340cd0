import { inSlices } from '../../kernel/async/slices';
import { days, hours } from '../../kernel/clock';
import { invalid } from '../../kernel/ports/problem';
import { type Cost, type CostQuery, costIn, MOST } from '../domain/queryCost';
import type { Range } from '../store/calendars';

/**
 * The span of a query, from now by default.
 * @throws Problem `invalid` at `to` if it is not later than `from`, or too late
 */
export function spanOf(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  { now, length, longest = LONGEST_DAYS }: { now: Date; length: number; longest?: number },
): Range {
  const start = from === undefined ? now : new Date(from);
  const end = to === undefined ? new Date(start.getTime() + days(length)) : new Date(to);
  if (end <= start) throw invalid([{ path: 'to', message: 'Must be later than from, which is now by default' }]);
  if (end.getTime() - start.getTime() > days(longest)) {
    const most = longest === LONGEST_DAYS ? 'two years' : `${longest} days`;
    const last = new Date(start.getTime() + days(longest)).toISOString();
    throw invalid([
      {
        path: 'to',
        message: `A span is at most ${most} long. Request it until ${last}, and the rest as another span`,
      },
    ]);
  }
  return { from: start, to: end };
}

const LONGEST_DAYS = 731;

/**
 * Returns the cost of a span.
 * @param asked the calendar, and the lists of people in the answer
 * @param field the input that makes the span shorter, and the name of the schedule
 * @throws Problem `invalid` at that field if the span is too much to compute or to send at once
 */
export async function requireAffordable(
  asked: CostQuery,
  { from, to }: Range,
  { path = 'to', what = 'This schedule' }: { path?: string; what?: string } = {},
): Promise<Cost> {
  const cost = await inSlices(costIn(asked, from, to));
  const { work, bytes } = cost;
  const share = Math.min(MOST.work / Math.max(work, 1), MOST.bytes / Math.max(bytes, 1));
  if (share >= 1) return cost;
  const most = lengthOf(((to.getTime() - from.getTime()) * share) / hours(1));
  const why = work / MOST.work > bytes / MOST.bytes ? 'changes so often' : 'names so many people';
  const advice = most === null ? 'Use fewer people or shorter names in its slots' : 'Ask for a shorter span';
  const limit = most ?? 'not even an hour';
  throw invalid([{ path, message: `${what} ${why} that ${limit} of it are computed at once. ${advice}` }]);
}

function lengthOf(inHours: number): string | null {
  const [n, unit] = inHours < 24 ? [Math.floor(inHours), 'hour'] : [Math.floor(inHours / 24), 'day'];
  return n === 0 ? null : `at most ${n} ${unit}${n === 1 ? '' : 's'}`;
}
