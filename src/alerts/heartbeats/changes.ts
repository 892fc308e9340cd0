import { invalid } from '../../kernel/ports/problem';
import type { HeartbeatScheduleIn } from '../contract/heartbeats';
import { cronFault } from '../domain/heartbeatSchedule';
import { restart } from '../domain/heartbeats';
import type { HeartbeatRow } from '../store/heartbeats';

/** What a person can change of a heartbeat. */
export interface Changes {
  name?: string | undefined;
  slug?: string | undefined;
  team?: string | undefined;
  service?: string | undefined;
  severity?: HeartbeatRow['severity'] | undefined;
  schedule?: HeartbeatScheduleIn | undefined;
  paused?: boolean | undefined;
}

/**
 * The schedule of a valid input.
 * @throws Problem `invalid` for a cron expression that cannot be read or never runs
 */
export function scheduleOf(
  { period, cron, time_zone, grace }: HeartbeatScheduleIn,
  now: Date,
): HeartbeatRow['schedule'] {
  if (period !== undefined) return { period, grace };
  const fault = cronFault(cron as string, time_zone as string, now);
  if (fault !== null) throw invalid([{ path: 'schedule.cron', message: fault }]);
  return { cron: cron as string, time_zone: time_zone as string, grace };
}

/** The heartbeat paused or resumed. A heartbeat that is resumed waits for its next ping from now on. */
export const paused = (row: HeartbeatRow, to: boolean, now: Date): HeartbeatRow => ({
  ...row,
  paused: to,
  pulse: to ? row.pulse : restart(row.pulse, now),
});

/** The heartbeat after the changes of a person. Another schedule counts from now on, unless the heartbeat is down. */
export function applied(row: HeartbeatRow, changes: Changes, now: Date): HeartbeatRow {
  const { team, service, schedule: given, paused: to = row.paused } = changes;
  const schedule = given === undefined ? row.schedule : scheduleOf(given, now);
  const rescheduled = JSON.stringify(schedule) !== JSON.stringify(row.schedule);
  const owner = team !== undefined ? { team, service: null } : service !== undefined ? { team: null, service } : {};
  const edited: HeartbeatRow = {
    ...row,
    ...owner,
    name: changes.name ?? row.name,
    slug: changes.slug ?? row.slug,
    severity: changes.severity ?? row.severity,
    schedule,
    pulse: rescheduled && row.pulse.down === null ? restart(row.pulse, now) : row.pulse,
  };
  return to === row.paused ? edited : paused(edited, to, now);
}

const LONGEST_SLUG = 100;

/** A name in lower case with hyphens; '' if it has no Latin letter and no digit. */
export const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST_SLUG)
    .replace(/-+$/, '');
