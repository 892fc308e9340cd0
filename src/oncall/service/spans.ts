import { days } from '../../kernel/clock';
import { invalid } from '../../kernel/problem';
import type { Version } from '../domain/calendar';
import { affordableDays, MOST_WORK, workOf } from '../domain/work';
import type { Range } from '../store/calendars';

/** The span that is asked about: from now on for some days unless said. */
export function spanOf(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  { now, length, longest = LONGEST_DAYS }: { now: Date; length: number; longest?: number },
): Range {
  const start = from === undefined ? now : new Date(from);
  const end = to === undefined ? new Date(start.getTime() + days(length)) : new Date(to);
  if (end <= start) throw invalid([{ path: 'to', message: 'Must be later than from, which is now unless said' }]);
  if (end.getTime() - start.getTime() > days(longest)) {
    const most = longest === LONGEST_DAYS ? 'two years' : `${longest} days`;
    throw invalid([{ path: 'to', message: `A span is at most ${most} long` }]);
  }
  return { from: start, to: end };
}

const LONGEST_DAYS = 731;

/** @throws Problem `invalid` where a schedule changes so often that this span of it is too much to compute at once */
export function requireAffordable(
  versions: readonly Version[],
  { from, to }: Range,
  { path = 'to', what = 'This schedule' } = {},
): void {
  if (workOf(versions, from, to) <= MOST_WORK) return;
  const most = affordableDays(versions);
  const message = `${what} changes so often that at most ${most} ${most === 1 ? 'day' : 'days'} of it are computed at once`;
  throw invalid([{ path, message }]);
}
