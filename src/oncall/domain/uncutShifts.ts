import { atOnce, type Steps } from '../../kernel/async/steps';
import { ROLES } from '../contract/shared';
import type { Version } from './onCall';
import { affordableDaysIn } from './queryCost';
import { type Shift, shiftsIn, stretchesIn } from './shifts';
import type { Override, Role } from './types';

interface Range {
  from: Date;
  to: Date;
}

const DAY_MS = 86_400_000;
const FIRST_MARGIN_DAYS = 35;
const WIDER = 4;
/** The first margins, each extended to the turn of a month. */
const MARGINS_DAYS = 2 * (FIRST_MARGIN_DAYS + 31);

const daysIn = ({ from, to }: Range): number => (to.getTime() - from.getTime()) / DAY_MS;

/**
 * The shifts that touch a span, not cut at its edges: the search widens as long as a shift reaches the edge of what was
 * computed, but never beyond `reach`. Each role is computed alone, because a secondary without an end must not make the
 * hourly rotation of the primaries be computed for years.
 */
export function* uncutShiftsIn(
  versions: readonly Version[],
  overrides: readonly Override[],
  span: Range,
  reach: Range,
): Steps<Shift[]> {
  const all: Shift[] = [];
  for (const role of ROLES) {
    for (const shift of yield* wholeIn(role, versions.map(onlyOf(role)), overrides, span, reach)) all.push(shift);
  }
  return all.sort((a, b) => a.starts_at.getTime() - b.starts_at.getTime());
}

export const uncutShifts = (...asked: Parameters<typeof uncutShiftsIn>): Shift[] => atOnce(uncutShiftsIn(...asked));

/** Keeps only the layers of one role. */
export const onlyOf =
  (role: Role) =>
  (version: Version): Version => ({ ...version, layers: version.layers.filter((layer) => layer.role === role) });

/** The beginning of the month of an instant, or of a month after it. */
function turnOfMonth(ms: number, later: number): number {
  const at = new Date(ms);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + later);
}

function* wholeIn(
  role: Role,
  versions: readonly Version[],
  overrides: readonly Override[],
  span: Range,
  reach: Range,
): Steps<Shift[]> {
  const most = (yield* affordableDaysIn(versions)) / ROLES.length;
  function* found(from: Date, to: Date): Steps<Shift[]> {
    const shifts = yield* shiftsIn(yield* stretchesIn(versions, overrides, from, to));
    return shifts.filter((shift) => shift.role === role && shift.starts_at < span.to && span.from < shift.ends_at);
  }
  // If the margins alone are too much to compute, shifts are cut at the edges of the span.
  if (daysIn(span) + MARGINS_DAYS > most) return yield* found(span.from, span.to);
  let before = FIRST_MARGIN_DAYS;
  let after = FIRST_MARGIN_DAYS;
  for (;;) {
    const from = new Date(Math.max(reach.from.getTime(), turnOfMonth(span.from.getTime() - before * DAY_MS, 0)));
    const to = new Date(Math.min(reach.to.getTime(), turnOfMonth(span.to.getTime() + after * DAY_MS, 1)));
    const all = yield* found(from, to);
    const cutBefore = from > reach.from && all.some(({ starts_at }) => starts_at <= from);
    const cutAfter = to < reach.to && all.some(({ ends_at }) => ends_at >= to);
    if (!cutBefore && !cutAfter) return all;
    // A wider search is too much: the shifts are cut at the turn of a month, so that they stay the same until the next
    // one.
    if (daysIn({ from, to }) * WIDER > most) return all;
    if (cutBefore) before *= WIDER;
    if (cutAfter) after *= WIDER;
  }
}
