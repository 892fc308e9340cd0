import type { SupportHours } from '../contract';
import { DAY_MINUTES } from './localDates';
import { windowsOf } from './restrictions';
import { instantOf, minuteOf, zoneOf } from './zones';

/** Every window comes at least once a week, but a clock change can swallow it once. */
const LOOK_AHEAD_DAYS = 15;

/** The next instant at which support hours are open; `at` itself if they are open already. */
export function opensAt({ time_zone, restrictions }: SupportHours, at: Date): Date {
  const windows = windowsOf(restrictions, zoneOf(time_zone));
  const minute = minuteOf(at);
  if (windows.openAt(minute)) return at;
  const [next] = windows.within(minute, minute + LOOK_AHEAD_DAYS * DAY_MINUTES);
  return next === undefined ? at : instantOf(next.start);
}
