import { days } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { invalid } from '../../kernel/ports/problem';
import type { Role } from '../domain/types';
import { instantOf, minuteAfter, minuteOf } from '../domain/zones';
import { versionsFrom } from '../store/schedules';

/** The spans that overrides may have, and the role to which an override applies in its span. */

export const LONGEST_DAYS = 731;

/**
 * The span of a new override in whole minutes, rounded outward. An override never changes the past: it begins now at
 * the earliest.
 */
export function overrideSpanOf(wanted: { starts_at?: string | undefined; ends_at: string }, now: Date) {
  const start = wanted.starts_at === undefined ? now : new Date(wanted.starts_at);
  const end = new Date(wanted.ends_at);
  const fault = (message: string) => invalid([{ path: 'ends_at', message }]);
  if (end <= start) throw fault('Must be later than starts_at, which is now by default');
  if (end <= now) throw fault('Must be in the future');
  if (end.getTime() - start.getTime() > days(LONGEST_DAYS))
    throw fault('An override is at most two years long. Make a second one for the time after that');
  return { starts_at: instantOf(minuteOf(start < now ? now : start)), ends_at: instantOf(minuteAfter(end)) };
}

interface Wanted {
  starts_at?: string | undefined;
  ends_at?: string | undefined;
}

/**
 * The new span of an override that is moved. A running override keeps its beginning, because the past does not change.
 */
export function movedSpanOf(row: { starts_at: Date; ends_at: Date }, wanted: Wanted, now: Date) {
  const { starts_at = row.starts_at.toISOString(), ends_at = row.ends_at.toISOString() } = wanted;
  const begun = row.starts_at <= now;
  if (begun && minuteOf(new Date(starts_at)) !== minuteOf(row.starts_at)) {
    throw invalid([{ path: 'starts_at', message: 'This override has begun, so its beginning cannot change' }]);
  }
  const span = overrideSpanOf({ starts_at, ends_at }, now);
  return begun ? { ...span, starts_at: row.starts_at } : span;
}

interface Aim {
  layer: string | null;
  role: Role | null;
  starts_at: Date;
  ends_at: Date;
}

/** The role to which an override applies; for one with a layer, the role of the layer. */
export async function roleOf(
  trx: Db,
  scheduleId: string,
  { layer, role, starts_at, ends_at }: Aim,
): Promise<Role | null> {
  if (layer === null) return role;
  const versions = await versionsFrom(trx, scheduleId, starts_at);
  const layers = versions.filter(({ effective_from }) => effective_from < ends_at).flatMap((each) => each.layers);
  const found = layers.find(({ name }) => name === layer);
  if (found === undefined)
    throw invalid([{ path: 'layer', message: `The schedule has no layer '${layer}' in this span` }]);
  if (role !== null && role !== found.role) {
    throw invalid([{ path: 'role', message: `The layer '${layer}' has the role ${found.role}` }]);
  }
  return found.role;
}
