import { invalid } from '../../kernel/ports/problem';

/** A time range: `from` is included, `to` is not. */
export interface Span {
  from: Date;
  to: Date;
}

const DAY_MS = 86_400_000;
const USUAL_DAYS = 30;
const LONGEST_DAYS = 400;

/**
 * The span of a query; the last thirty days by default.
 * @throws Problem `invalid` if `from` is not before `to`, or if the span has more than 400 days
 */
export function spanOf({ from, to }: { from?: string | undefined; to?: string | undefined }, now: Date): Span {
  const end = to === undefined ? now : new Date(to);
  const begin = from === undefined ? new Date(end.getTime() - USUAL_DAYS * DAY_MS) : new Date(from);
  if (begin >= end) throw invalid([{ path: 'from', message: 'Must lie before `to`' }]);
  if (end.getTime() - begin.getTime() > LONGEST_DAYS * DAY_MS) {
    throw invalid([{ path: 'from', message: `A span has at most ${LONGEST_DAYS} days` }]);
  }
  return { from: begin, to: end };
}

/** The span of the same length right before this one. */
export const before = ({ from, to }: Span): Span => ({ from: new Date(2 * from.getTime() - to.getTime()), to: from });
