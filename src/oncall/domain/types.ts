import type { OVERRIDE_KINDS, ROLES } from '../contract/shared';
import type { Person } from './rotation';

/** Who is on call, and why. */

export type Role = (typeof ROLES)[number];

export type OverrideKind = (typeof OVERRIDE_KINDS)[number];

/**
 * A change of the calendar for a span. `replace` puts one person in another's place and has no effect where that one is not
 * on call; `add` and `remove` do what they say; a `takeover` replaces everybody, with nobody where `in` is empty.
 * One with a layer changes what that layer gives, before levels are compared; any other changes what a role has in the end.
 */
export interface Override {
  id: string;
  kind: OverrideKind;
  /** Without one: an `add` makes somebody primary, a `takeover` primary alone, the others concern both roles. */
  role: Role | null;
  layer: string | null;
  out: Person | null;
  in: Person | null;
  reason: string | null;
  starts_at: Date;
  ends_at: Date;
}

export type Source = { kind: 'layer'; layer: string; level: number } | { kind: 'override'; override: Override };

export interface OnDuty extends Person {
  source: Source;
}
