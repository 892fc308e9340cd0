import { moved } from '../calendar/drag';
import type { Role } from '../calendar/lanesFromShifts';
import { HOUR, instantOfLocal, localAt, MINUTE } from '../calendar/zones';

/** The values of the override form, and the request that they make. */

export const KINDS = ['takeover', 'replace', 'add', 'remove'] as const;
export type Kind = (typeof KINDS)[number];

export interface Wish {
  kind: Kind;
  role: Role | null;
  layer: string | null;
  /** E-mail of the person who is replaced or removed. */
  out: string;
  name: string;
  email: string;
  /** Local times in the zone of the calendar. */
  from: string;
  to: string;
  reason: string;
}

interface Place {
  zone: string;
  from?: number;
  to?: number;
  role?: Role | null;
  layer?: string | null;
  out?: string;
}

const USUAL_LENGTH = 8 * HOUR;

/** Without a selected span: from now on, for eight hours. */
export function newOverride(place: Place, now: number): Wish {
  const { zone, layer = null, out = '' } = place;
  // Primary by default: a takeover of both roles would leave only one person on call.
  const role = layer === null ? (place.role ?? 'primary') : null;
  const from = place.from ?? Math.floor(now / MINUTE) * MINUTE;
  const to = place.to ?? moved(zone, from, USUAL_LENGTH, 1);
  return {
    kind: out === '' ? 'takeover' : 'replace',
    role,
    layer,
    out,
    name: '',
    email: '',
    from: localAt(zone, from),
    to: localAt(zone, to),
    reason: '',
  };
}

/** The local end a number of hours after a local start; empty without a start. */
export const endAfterHours = (zone: string, from: string, hours: number): string =>
  from === '' ? '' : localAt(zone, instantOfLocal(zone, from) + hours * HOUR);

export const needsOut = (kind: Kind): boolean => kind === 'replace' || kind === 'remove';
export const needsIn = (kind: Kind): boolean => kind !== 'remove';

export interface Known {
  name: string;
  email: string;
}

/** The request. A takeover without a person is a planned gap. */
export function requestOf(input: Wish, team: string, zone: string, people: readonly Known[]) {
  const known = people.find(({ name, email }) => name === input.name.trim() || email === input.name.trim());
  const email = input.email.trim() || known?.email || '';
  const comes = needsIn(input.kind) && email !== '' ? { name: known?.name ?? input.name.trim(), email } : null;
  const goes = people.find((each) => each.email === input.out);
  return {
    team,
    kind: input.kind,
    role: input.role,
    layer: input.layer,
    in: comes,
    out: needsOut(input.kind) && goes !== undefined ? { name: goes.name, email: goes.email } : null,
    starts_at: new Date(instantOfLocal(zone, input.from)).toISOString(),
    ends_at: new Date(instantOfLocal(zone, input.to)).toISOString(),
    reason: input.reason.trim() === '' ? null : input.reason.trim(),
  };
}

type WishFault = 'times' | 'order' | 'out' | 'in' | 'email';

/** Missing values by field; the server checks the rest. */
export function faultOf(input: Wish, planned: boolean): WishFault | null {
  if (input.from === '' || input.to === '') return 'times';
  if (input.from >= input.to) return 'order';
  if (needsOut(input.kind) && input.out === '') return 'out';
  if (needsIn(input.kind) && !planned && input.name.trim() === '') return 'in';
  return null;
}
