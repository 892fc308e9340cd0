import type { Role, ScheduleShifts } from './lanesFromShifts';

/** Reads who is on call now, who is next, and the next gap from the shifts of the coming days. */

type Shift = ScheduleShifts['shifts'][number];

export interface OnCallNow {
  people: Shift[];
  /** The instant of the next change; null if no change is known. */
  until: string | null;
  next: Shift[];
}

const at = (instant: string): number => Date.parse(instant);
const covers = (shift: Shift, now: number): boolean => at(shift.starts_at) <= now && now < at(shift.ends_at);
const sameAddresses = (a: readonly Shift[], b: readonly Shift[]): boolean =>
  a
    .map(({ person }) => person.email)
    .sort()
    .join() ===
  b
    .map(({ person }) => person.email)
    .sort()
    .join();

export function nowOf({ shifts }: ScheduleShifts, role: Role, now: number): OnCallNow {
  const mine = shifts.filter((shift) => shift.role === role);
  const people = mine.filter((shift) => covers(shift, now));
  const edges = [...new Set(mine.flatMap((shift) => [at(shift.starts_at), at(shift.ends_at)]))].sort((a, b) => a - b);
  const last = edges.at(-1);
  for (const edge of edges) {
    if (edge <= now || edge === last) continue;
    const then = mine.filter((shift) => covers(shift, edge));
    if (!sameAddresses(people, then)) return { people, until: new Date(edge).toISOString(), next: then };
  }
  return { people, until: null, next: [] };
}

export function nextGap(
  { gaps }: ScheduleShifts,
  roles: readonly Role[],
  now: number,
): ScheduleShifts['gaps'][number] | null {
  return gaps.find((gap) => roles.includes(gap.role) && at(gap.ends_at) > now) ?? null;
}
