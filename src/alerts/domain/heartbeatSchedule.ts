import { Cron } from 'croner';
import type { HeartbeatSchedule } from '../contract/heartbeats';

/** When the next ping of a heartbeat is expected. */

/** The years that are searched for the next run of a cron expression: 29 February can be eight years away. */
const SEARCHED_YEARS = 8;

const cronOf = (cron: string, timezone: string, stopAt?: Date): Cron =>
  new Cron(cron, { timezone, mode: '5-part', paused: true, ...(stopAt && { stopAt }) });

/** The last instant of the search for a run after `from`. */
function horizon(from: Date): Date {
  const end = new Date(from);
  end.setUTCFullYear(end.getUTCFullYear() + SEARCHED_YEARS);
  return end;
}

/**
 * The next instant at which a ping is expected after `from`. A cron expression is read in its time zone: a local time that
 * a clock change skips runs when the change has passed, and one that comes twice runs once.
 * @returns null if a cron expression has no run within eight years
 */
export function expectedAfter(schedule: HeartbeatSchedule, from: Date): Date | null {
  if ('period' in schedule) return new Date(from.getTime() + schedule.period * 1_000);
  return cronOf(schedule.cron, schedule.time_zone, horizon(from)).nextRun(from);
}

/** Why a cron expression is refused; null for a good one. @param from an instant before its first run */
export function cronFault(cron: string, timeZone: string, from: Date): string | null {
  try {
    const next = cronOf(cron, timeZone, horizon(from)).nextRun(from);
    return next === null ? 'Has no run within eight years' : null;
  } catch {
    return 'Must be a cron expression of five fields, such as 0 3 * * *';
  }
}
