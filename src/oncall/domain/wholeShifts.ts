import { ROLES } from '../contract/shared';
import type { Version } from './calendar';
import type { Override, Role } from './duty';
import { type Shift, shifts } from './shifts';

interface Range {
  from: Date;
  to: Date;
}

const DAY_MS = 86_400_000;
const FIRST_MARGIN_DAYS = 35;
const WIDER = 4;

/**
 * The shifts that touch a span, none of them cut by its edges: they are looked for further and further out, for as long as
 * one of them reaches as far as was looked, and never beyond `reach`. Each role by itself, because none depends on the other:
 * one person who is secondary for ever does not make an hourly rotation of primaries be computed for years.
 */
export const wholeShifts = (
  versions: readonly Version[],
  overrides: readonly Override[],
  span: Range,
  reach: Range,
): Shift[] =>
  ROLES.flatMap((role) => wholeIn(role, versions.map(onlyOf(role)), overrides, span, reach)).sort(
    (a, b) => a.starts_at.getTime() - b.starts_at.getTime(),
  );

export const onlyOf =
  (role: Role) =>
  (version: Version): Version => ({ ...version, layers: version.layers.filter((layer) => layer.role === role) });

function wholeIn(
  role: Role,
  versions: readonly Version[],
  overrides: readonly Override[],
  span: Range,
  reach: Range,
): Shift[] {
  let before = FIRST_MARGIN_DAYS;
  let after = FIRST_MARGIN_DAYS;
  for (;;) {
    const from = new Date(Math.max(reach.from.getTime(), span.from.getTime() - before * DAY_MS));
    const to = new Date(Math.min(reach.to.getTime(), span.to.getTime() + after * DAY_MS));
    const found = shifts(versions, overrides, from, to).filter(
      (shift) => shift.role === role && shift.starts_at < span.to && span.from < shift.ends_at,
    );
    const cutBefore = from > reach.from && found.some(({ starts_at }) => starts_at <= from);
    const cutAfter = to < reach.to && found.some(({ ends_at }) => ends_at >= to);
    if (!cutBefore && !cutAfter) return found;
    if (cutBefore) before *= WIDER;
    if (cutAfter) after *= WIDER;
  }
}
