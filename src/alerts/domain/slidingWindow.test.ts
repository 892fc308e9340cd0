import fc from 'fast-check';
import { addEvents, type Events, eventsWithin } from './slidingWindow';

const arrivals = fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 4 })), {
  maxLength: 60,
});
const most = fc.integer({ min: 2, max: 12 });
const length = fc.integer({ min: 1, max: 200 });

test('the window finds the same number of events as a list of all of them, up to the count that matters', () => {
  fc.assert(
    fc.property(arrivals, most, length, (all, limit, span) => {
      let window: Events[] = [];
      const seen: Events[] = [];
      for (const [at, count] of all) {
        window = addEvents(window, at, count, limit);
        seen.push([at, count]);
        const now = Math.max(...seen.map(([time]) => time));
        expect(Math.min(eventsWithin(window, now, span), limit)).toBe(Math.min(eventsWithin(seen, now, span), limit));
      }
    }),
  );
});

test('the window never holds more entries than the count that matters', () => {
  fc.assert(
    fc.property(arrivals, most, (all, limit) => {
      let window: Events[] = [];
      for (const [at, count] of all) window = addEvents(window, at, count, limit);
      expect(window.length).toBeLessThanOrEqual(limit);
      expect(window.reduce((sum, [, count]) => sum + count, 0)).toBeLessThanOrEqual(limit);
      expect(window.map(([at]) => at)).toEqual([...window.map(([at]) => at)].sort((a, b) => a - b));
    }),
  );
});

test('an event leaves the window when it is as old as the window is long', () => {
  const window = addEvents([], 1_000, 1, 3);
  expect(eventsWithin(window, 1_999, 1_000)).toBe(1);
  expect(eventsWithin(window, 2_000, 1_000)).toBe(0);
});
