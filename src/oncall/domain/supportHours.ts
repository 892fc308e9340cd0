import type { SupportHours } from '../contract';
import { DAY_MINUTES } from './localDates';
import { windowsOf } from './restrictions';
import { instantOf, minuteOf, zoneOf } from './zones';

/** Every window comes at least once a week; a clock change may swallow it in one. */
const LOOK_AHEAD_DAYS = 15;

/** When support hours are open next: at once where they are. */
export function opensAt({ time_zone, restrictions }: SupportHours, at: Date): Date {
  const windows = windowsOf(restrictions, zoneOf(time_zone));
  const minute = minuteOf(at);
  if (windows.openAt(minute)) return at;
  const [next] = windows.within(minute, minute + LOOK_AHEAD_DAYS * DAY_MINUTES);
  return next === undefined ? at : instantOf(next.start);
}
