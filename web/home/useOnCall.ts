import type { Ports } from '../ports';

/** Who is on call, and the next hand-off of each. */

type Now = Awaited<ReturnType<Ports['oncall']['onCallNow']>>['teams'][number];
type Shift = Awaited<ReturnType<Ports['oncall']['scheduleShifts']>>['shifts'][number];
export type Role = Shift['role'];

export interface OnDuty {
  name: string;
  email: string;
  role: Role;
  override: boolean;
  /** The instant of the hand-off; null if the known shifts contain none. */
  until: string | null;
}

export interface TeamNow {
  team: string;
  people: OnDuty[];
}

/** The end of the shifts that this person holds without a break from `at` on. */
export function relievedAt(shifts: readonly Shift[], role: Role, email: string, at: string): string | null {
  const mine = shifts.filter((shift) => shift.role === role && shift.person.email === email);
  let until: string | null = null;
  for (let next = at; ; next = until) {
    const on = mine.find(({ starts_at, ends_at }) => starts_at <= next && ends_at > next);
    if (on === undefined) return until;
    until = on.ends_at;
  }
}

export function teamNow(
  { team, primaries, secondaries }: Now,
  shifts: readonly Shift[],
  at: string,
  to: string,
): TeamNow {
  const of = (role: Role, people: Now['primaries']) =>
    people.map(({ name, email, source }) => {
      const until = relievedAt(shifts, role, email, at);
      return {
        name,
        email,
        role,
        override: source.kind === 'override',
        until: until === null || until >= to ? null : until,
      };
    });
  return { team, people: [...of('primary', primaries), ...of('secondary', secondaries)] };
}
