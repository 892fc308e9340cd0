import { invalid } from '../../kernel/ports/problem';

/** From when to when something is looked at; `to` itself lies outside. */
export interface Span {
  from: Date;
  to: Date;
}

const DAY_MS = 86_400_000;
const USUAL_DAYS = 30;
const LONGEST_DAYS = 400;

/** The span that was asked for; the last thirty days where nothing was. */
export function spanOf({ from, to }: { from?: string | undefined; to?: string | undefined }, now: Date): Span {
  const end = to === undefined ? now : new Date(to);
  const begin = from === undefined ? new Date(end.getTime() - USUAL_DAYS * DAY_MS) : new Date(from);
  if (begin >= end) throw invalid([{ path: 'from', message: 'Must lie before `to`' }]);
  if (end.getTime() - begin.getTime() > LONGEST_DAYS * DAY_MS) {
    throw invalid([{ path: 'from', message: `A span has at most ${LONGEST_DAYS} days` }]);
  }
  return { from: begin, to: end };
}

/** The span of the same length that ends where this one begins. */
export const before = ({ from, to }: Span): Span => ({ from: new Date(2 * from.getTime() - to.getTime()), to: from });
