import type { OVERRIDE_KINDS, ROLES } from '../contract/shared';
import type { Person } from './rotation';

/** The people on call and the reasons. */

export type Role = (typeof ROLES)[number];

export type OverrideKind = (typeof OVERRIDE_KINDS)[number];

/**
 * A change of the calendar for a span. `replace` puts one person in the place of another and has no effect if that
 * person is not on call; `add` and `remove` add or remove one person; a `takeover` replaces all people, and an empty
 * `in` leaves the role empty. An override with a layer changes the people of that layer, before levels are compared;
 * any other changes the people of a role at the end.
 */
export interface Override {
  id: string;
  kind: OverrideKind;
  /**
   * Without a role, an `add` and a `takeover` put a person on call as primary, and the takeover empties the secondary
   * role; the other kinds apply to both roles.
   */
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
