import type { Version } from './calendar';
import { DAY_MINUTES } from './days';
import type { Layer } from './layers';
import { versionSpans } from './shifts';
import { minuteAfter, minuteOf } from './zones';

/**
 * How much there is to compute: so many changes of who is on call, each of which looks at every layer. One of these costs
 * about a microsecond; a span with more of them than this is not computed while somebody waits.
 */
export const MOST_WORK = 200_000;
/** What a change costs beside its layers, in layers. */
const EACH_CHANGE = 5;

const TURNS_A_DAY = { hourly: 24, daily: 1, weekly: 1 / 7, monthly: 1 / 28 } as const;
const WEEK = 7;

function changesADay({ rotation: { unit, length, slots, turns }, restrictions = [] }: Layer): number {
  const units = TURNS_A_DAY[unit] / (turns === 'in_restrictions' ? 1 : length);
  const windows = restrictions.reduce((sum, { days }) => sum + (2 * (days?.length ?? WEEK)) / WEEK, 0);
  return windows + (slots.length < 2 ? 0 : units);
}

const workADay = ({ layers }: Version): number =>
  layers.reduce((sum, layer) => sum + changesADay(layer), 0) * (EACH_CHANGE + layers.length);

/** About how much a span is. */
export const workOf = (versions: readonly Version[], from: Date, to: Date): number =>
  versionSpans(versions, minuteOf(from), minuteAfter(to)).reduce(
    (sum, { version, start, end }) => sum + (version === null ? 0 : (workADay(version) * (end - start)) / DAY_MINUTES),
    0,
  );

/** How many days of the busiest of these versions are computed at once; at least one. */
export const affordableDays = (versions: readonly Version[]): number =>
  Math.max(1, Math.floor(MOST_WORK / Math.max(1, ...versions.map(workADay))));
