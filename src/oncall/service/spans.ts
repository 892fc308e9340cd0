import { days } from '../../kernel/clock';
import { invalid } from '../../kernel/problem';
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
