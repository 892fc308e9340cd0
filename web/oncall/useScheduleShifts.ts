import { ports } from '../ports';
import { useQuery } from '../useQuery';
import { allOverrides } from './allOverrides';
import type { ScheduleShifts } from './calendar/lanesFromShifts';

/** The shifts of a stored schedule between two instants. */
const instant = (ms: number): string => new Date(ms).toISOString();

async function ask(team: string, from: number, to: number): Promise<ScheduleShifts> {
  const span = { team, from: instant(from), to: instant(to) };
  const [{ shifts, layers = [] }, primary, secondary] = await Promise.all([
    ports.oncall.scheduleShifts({ ...span, layers: 'true' }),
    ports.oncall.scheduleGaps({ ...span, role: 'primary' }),
    ports.oncall.scheduleGaps({ ...span, role: 'secondary' }),
  ]);
  return { shifts, layers, gaps: [...primary.gaps, ...secondary.gaps] };
}

const TOUCHED = { modules: ['oncall'] as const };

export const useScheduleShifts = (team: string, from: number, to: number) =>
  useQuery(`shifts ${team} ${from} ${to}`, () => ask(team, from, to), TOUCHED);

export const useOverrides = (team: string, from: number, to: number) =>
  useQuery(
    `overrides ${team} ${from} ${to}`,
    () => allOverrides({ team, from: instant(from), to: instant(to) }),
    TOUCHED,
  );
