import { ports } from '../../ports';
import { useQuery } from '../../useQuery';

/** The zone of a team's schedule; null until it is loaded, without a schedule, and without a team. */
export function useScheduleZone(team: string | null): string | null {
  const key = team === null || team === '' ? null : `schedule ${team}`;
  const asked = useQuery(key, () => ports.oncall.getSchedule({ team: team ?? '' }), { modules: ['oncall'] });
  return key === null || asked.turning ? null : (asked.value?.time_zone ?? null);
}
