import fc from 'fast-check';
import ICAL from 'ical.js';
import { days, hours } from '../../kernel/clock';
import { type Entry, type PublishedEvent, reconcile, windowAt } from './feedEvents';
import { calendarText } from './icalendar';
import { shifts } from './shifts';
import { uncutShifts } from './uncutShifts';

const NOW = new Date('2026-03-10T12:00:00Z');
const window = windowAt(NOW);
const at = (hour: number): Date => new Date(window.from.getTime() + hours(hour));
let names = 0;
const judged = (published: readonly PublishedEvent[], entries: readonly Entry[], now = NOW) =>
  reconcile(published, entries, { window: windowAt(now), now, newUid: () => `uid-${++names}` });
const entry = (from: number, to: number, more: Partial<Entry> = {}): Entry => ({
  ...{ key: 'ann', starts_at: at(from), ends_at: at(to), summary: 'Ann', description: '' },
  ...more,
});

/** Calendars of two people in which no one is on call twice at the same time. */
const calendar = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), fc.constantFrom('ann', 'bob')), {
    maxLength: 20,
  })
  .map((parts) => {
    let hour = 0;
    return parts.map(([pause, length, key]) => {
      hour += pause + length;
      return entry(hour - length, hour, { key, summary: key });
    });
  });
const span = ({ key, starts_at, ends_at }: Entry) => `${key} ${starts_at.toISOString()} ${ends_at.toISOString()}`;

test('after any edits the live events match the calendar, with unique uids and rising sequences', () => {
  fc.assert(
    fc.property(fc.array(calendar, { minLength: 1, maxLength: 5 }), (calendars) => {
      let published: PublishedEvent[] = [];
      for (const entries of calendars) {
        const { events, changed, gone } = judged(published, entries);
        expect(
          events
            .filter(({ cancelled }) => !cancelled)
            .map(span)
            .sort(),
        ).toEqual(entries.map(span).sort());
        expect(new Set(events.map(({ uid }) => uid)).size).toBe(events.length);
        expect(gone).toEqual([]);
        const before = new Map(published.map((event) => [event.uid, event]));
        for (const event of events) {
          const was = before.get(event.uid);
          expect(changed.includes(event)).toBe(was !== event);
          expect(event.sequence).toBe(was === undefined ? 0 : was === event ? was.sequence : was.sequence + 1);
        }
        for (const uid of before.keys()) expect(events.some((event) => event.uid === uid)).toBe(true);
        expect(judged(events, entries)).toMatchObject({ changed: [], gone: [] });
        published = events;
      }
    }),
  );
});

test('another text of a shift is a change of it, another person is another shift', () => {
  const { events } = judged([], [entry(0, 8)]);
  const [uid] = events.map((event) => event.uid);
  expect(judged(events, [entry(0, 8, { summary: 'Anne' })]).events).toMatchObject([
    { uid, sequence: 1, summary: 'Anne' },
  ]);
  const { events: other } = judged(events, [entry(0, 8, { key: 'bob', summary: 'Bob' })]);
  expect(other.find((event) => event.uid === uid)).toMatchObject({ cancelled: true, sequence: 1 });
  expect(other).toHaveLength(2);
});

test('a shift that moves by hours is the nearest one before; one that comes back weeks later is another', () => {
  const { events } = judged([], [entry(0, 8), entry(24, 32), entry(48, 56)]);
  const uids = events.map(({ uid }) => uid);
  const later = judged(events, [entry(10, 18), entry(34, 42), entry(58, 66)]).events;
  expect(later.filter(({ cancelled }) => !cancelled).map(({ uid }) => uid)).toEqual(uids);
  const weeks = judged(events, [entry(1_000, 1_008)]).events;
  expect(weeks.filter(({ cancelled }) => !cancelled).some(({ uid }) => uids.includes(uid))).toBe(false);
});

test('a process whose day is older keeps the events that another published for the next day', () => {
  const tomorrow = new Date(NOW.getTime() + days(1));
  const last = { starts_at: windowAt(NOW).to, ends_at: new Date(windowAt(NOW).to.getTime() + hours(8)) };
  const { events } = judged([], [entry(500, 508), entry(0, 0, last)], tomorrow);
  const { events: seen, changed } = judged(events, [entry(500, 508)]);
  expect(changed).toEqual([]);
  expect(seen).toEqual(events);
});

test('neither a calendar nor its cancelled events grow without bound', () => {
  const many = (n: number, key: string) => Array.from({ length: n }, (_, i) => entry(i / 2, (i + 1) / 2, { key }));
  const first = judged([], many(6_000, 'ann'));
  expect(first.events).toHaveLength(5_000);
  const second = judged(first.events, many(5_000, 'bob'), new Date(NOW.getTime() + 1));
  expect(second.events).toHaveLength(10_000);
  const third = judged(second.events, many(5_000, 'cy'), new Date(NOW.getTime() + 2));
  expect(third.events).toHaveLength(10_000);
  expect(third.gone.map(({ key }) => key)).toEqual(new Array(5_000).fill('ann'));
});

test('the uncut shifts of a span are those of a much wider span that touch it', () => {
  const person = (n: number) => ({ name: `P${n}`, email: `p${n}@example.com` });
  const unit = fc.constantFrom('daily' as const, 'weekly' as const, 'monthly' as const);
  const layer = fc.record({ unit, length: fc.integer({ min: 1, max: 5 }), people: fc.integer({ min: 1, max: 3 }) });
  const reach = { from: new Date('2024-01-01T00:00:00Z'), to: new Date('2028-01-01T00:00:00Z') };
  const anOverride = fc
    .record({
      kind: fc.constantFrom('takeover' as const, 'add' as const, 'remove' as const, 'replace' as const),
      role: fc.constantFrom('primary' as const, 'secondary' as const, null),
      layer: fc.constantFrom(null, 'layer 0', 'layer 1'),
      from: fc.integer({ min: -60, max: 190 }),
      length: fc.integer({ min: 1, max: 60 }),
    })
    .map(({ from, length, ...rest }) => ({
      ...{ id: `override ${from} ${length}`, ...rest, out: person(0), in: person(7), reason: null },
      ...{ starts_at: at(from * 24), ends_at: at((from + length) * 24) },
    }));
  fc.assert(
    fc.property(
      fc.array(layer, { minLength: 1, maxLength: 3 }),
      fc.array(anOverride, { maxLength: 3 }),
      (layers, overrides) => {
        const version = {
          effective_from: new Date('2025-03-03T10:00:00Z'),
          time_zone: 'Europe/Berlin',
          layers: layers.map(({ unit: each, length, people }, n) => ({
            ...{ name: `layer ${n}`, role: n === 0 ? ('primary' as const) : ('secondary' as const), level: 0 },
            rotation: {
              ...{ unit: each, length, handoff: '2025-01-06T09:00', turn_offset: 0 },
              slots: Array.from({ length: people }, (_, i) => [person(i)]),
            },
          })),
        };
        const all = shifts([version], overrides, reach.from, reach.to);
        const touching = all.filter(({ starts_at, ends_at }) => starts_at < window.to && window.from < ends_at);
        expect(uncutShifts([version], overrides, window, reach)).toEqual(touching);
      },
    ),
    { numRuns: 40 },
  );
});

test('any text of a calendar is read as it was written, from lines of at most 75 bytes', () => {
  const words = fc.string({ unit: 'binary', maxLength: 120 }).map((text) => text.replace(/\p{Cc}|\p{Cs}/gu, '-'));
  const special = fc.array(fc.constantFrom(...['\\', ';', ',', '\n', '"', ':', 'n', 'é', '🚨', ' ']), {
    maxLength: 90,
  });
  const text = fc.oneof(
    words,
    special.map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, text, (summary, description) => {
      const { events } = judged([], [entry(0, 8, { summary, description })]);
      const written = calendarText(summary, events, null);
      for (const line of written.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
      const calendar = new ICAL.Component(ICAL.parse(written));
      const event = new ICAL.Event(calendar.getFirstSubcomponent('vevent') as ICAL.Component);
      expect([event.summary, event.description]).toEqual([summary, description]);
      expect(event.startDate.toJSDate()).toEqual(at(0));
    }),
  );
});

test('any kind of line end is a line end, and other control characters are spaces', () => {
  const { events } = judged([], [entry(0, 8, { summary: 'a\r\nb\rc\u0000d\te' })]);
  expect(calendarText('x', events, null)).toContain('SUMMARY:a\\nb\\nc d e\r\n');
});
