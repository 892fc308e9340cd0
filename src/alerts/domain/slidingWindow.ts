/** Counts events in a sliding window, with at most as many entries as the count that matters. */

/** So many events at this time, in milliseconds. */
export type Events = readonly [at: number, events: number];

/**
 * Adds events to a window. Only the latest `most` events are kept, because older ones cannot decide whether `most` events
 * fall within the window. A clock that is behind adds its events in their place.
 * @param events in the order of time
 */
export function addEvents(events: readonly Events[], at: number, count: number, most: number): Events[] {
  const place = events.findLastIndex(([time]) => time <= at) + 1;
  const added = [...events.slice(0, place), [at, count] as const, ...events.slice(place)];
  const kept: Events[] = [];
  let left = most;
  for (let index = added.length - 1; index >= 0 && left > 0; index--) {
    const [time, some] = added[index] as Events;
    const first = kept[0];
    const taken = Math.min(some, left);
    left -= taken;
    if (first?.[0] === time) kept[0] = [time, first[1] + taken];
    else kept.unshift([time, taken]);
  }
  return kept;
}

/** How many of these events are younger than the window is long. */
export function eventsWithin(events: readonly Events[], now: number, lengthMs: number): number {
  let sum = 0;
  for (const [at, count] of events) if (at > now - lengthMs) sum += count;
  return sum;
}
