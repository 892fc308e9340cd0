import { inSlices } from '../../kernel/async/slices';
import type { Db } from '../../kernel/db/pool';
import { invalid } from '../../kernel/ports/problem';
import { costIn, MOST } from '../domain/queryCost';
import { namesOf, type Person } from '../domain/rotation';
import { names, othersOnCallIn, scopeOf, type TakenOut } from '../domain/takenOut';
import type { Override } from '../domain/types';
import { calendarOf, type Range } from '../store/calendars';

interface Checked extends Pick<Override, 'role' | 'layer' | 'out' | 'starts_at' | 'ends_at'> {
  /** The override itself, if it exists already: only those created before it count. */
  id?: string;
}

/**
 * Refuses an override that takes out a person who is not on call in its span, because it would change nothing.
 * If the span is too much to compute at once, only its beginning is computed, and for the rest it is enough that the
 * person is a member or put on call by another override.
 * @param reach the instants between which the calendar is read, if the override is moved from another span
 * @throws Problem `invalid` at `out`, naming who is on call
 */
export async function requireOnCall(db: Db, team: string, checked: Checked, reach: Range = rangeOf(checked)) {
  const { out, role, layer, id } = checked;
  if (out === null) return;
  const calendar = await calendarOf(db, team, reach);
  if (calendar === undefined) return;
  const place = calendar.overrides.findIndex((each) => each.id === id);
  const overrides = place === -1 ? calendar.overrides : calendar.overrides.slice(0, place);
  const scope = scopeOf({ versions: calendar.versions, overrides }, { layer });
  const { from, to } = rangeOf(checked);
  const { work } = await inSlices(costIn(scope, from, to));
  const share = Math.min(1, MOST.work / Math.max(work, 1));
  const until = new Date(from.getTime() + (to.getTime() - from.getTime()) * share);
  const others = await inSlices(othersOnCallIn(scope, { out, role, layer }, from, until));
  if (others === null || (share < 1 && names(scope, out))) return;
  throw invalid([{ path: 'out', message: notOnCall({ out, role, layer }, others) }]);
}

const rangeOf = ({ starts_at, ends_at }: Pick<Override, 'starts_at' | 'ends_at'>): Range => ({
  from: starts_at,
  to: ends_at,
});

function notOnCall({ out, role, layer }: TakenOut, others: readonly Person[]): string {
  const place = layer !== null ? ` in layer '${layer}'` : role !== null ? ` as ${role}` : '';
  const who = others.length === 0 ? 'No one is on call' : `On call: ${namesOf(others)}`;
  return `${namesOf([out])} is not on call${place} in this span. ${who}`;
}
