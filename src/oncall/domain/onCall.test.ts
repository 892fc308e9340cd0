import fc from 'fast-check';
import { atOnce } from '../../kernel/async/steps';
import { slowOnCall } from '../../testing/slowCalendar';
import { wholeStretches } from '../../testing/wholeCalendar';
import { DAYS, OVERRIDE_KINDS, ROLES, UNITS } from '../contract/shared';
import { keepTurns, keptInTurn } from './keepTurn';
import { dutiesIn, type Layer } from './layers';
import { calendarsOf, onCallAt, type Version } from './onCall';
import { type Restriction, windowsOf } from './restrictions';
import type { Person, Rotation, Unit } from './rotation';
import { gapsOf, handoffsOf, layerShifts, type Shift, shifts, shiftsOf, stretches } from './shifts';
import type { Override, Role } from './types';
import { zoneOf } from './zones';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const at = (text: string): Date => new Date(text);
const person = (name: string): Person => ({ name, email: `${name.toLowerCase()}@example.com` });
const people = (names: string): Person[][] =>
  names.split(' ').map((slot) => (slot === '-' ? [] : slot.split('+').map(person)));

interface Said extends Partial<Omit<Layer, 'rotation'>>, Partial<Omit<Rotation, 'slots'>> {
  slots?: string;
}
/** A layer in short form: by default a daily hand-off at midnight from 2024-01-01 between Ann, Bob and Cy. */
function layer({
  slots = 'Ann Bob Cy',
  name,
  role,
  level,
  restrictions,
  starts_at,
  ends_at,
  ...rotation
}: Said = {}): Layer {
  return {
    name: name ?? 'one',
    role: role ?? 'primary',
    level: level ?? 0,
    restrictions: restrictions ?? [],
    starts_at,
    ends_at,
    rotation: {
      unit: 'daily',
      length: 1,
      handoff: '2024-01-01T00:00',
      turn_offset: 0,
      turns: 'always',
      ...rotation,
      slots: people(slots),
    },
  };
}
const version = (time_zone: string, ...layers: Layer[]): Version => ({
  effective_from: at('1960-01-01T00:00:00Z'),
  time_zone,
  layers,
});
const override = (over: Partial<Override>): Override => ({
  id: 'o',
  kind: 'takeover',
  role: null,
  layer: null,
  out: null,
  in: null,
  reason: null,
  starts_at: at('2026-01-05T00:00:00Z'),
  ends_at: at('2026-01-06T00:00:00Z'),
  ...over,
});
const names = (list: readonly Person[]): string => list.map(({ name }) => name).join('+') || '-';
const who = (zone: string, one: Layer, when: string): string =>
  names(onCallAt([version(zone, one)], [], at(when)).primaries);
/** Shifts as `Ann 2026-03-28T23:00 2026-03-29T22:00`, in UTC. */
const told = (list: readonly Shift[]): string[] =>
  list.map(({ person: { name }, starts_at, ends_at }) => [name, short(starts_at), short(ends_at)].join(' '));
const short = (when: Date): string => when.toISOString().slice(0, 16);
const between = (zone: string, one: Layer, from: string, to: string): string[] =>
  told(shifts([version(zone, one)], [], at(from), at(to)));

/** Zones with all kinds of clock changes, and days around those changes. */
const ZONES: Record<string, string[]> = {
  UTC: ['2024-02-29', '2026-12-31'],
  'America/Chicago': ['2026-03-08', '2026-11-01', '2024-02-29'],
  'Europe/Berlin': ['2026-03-29', '2026-10-25', '2027-01-01'],
  'Australia/Lord_Howe': ['2026-04-05', '2026-10-04'],
  'Asia/Kolkata': ['2026-06-30'],
  'America/Sao_Paulo': ['2018-11-04', '2019-02-17', '2019-11-03'],
  'Pacific/Apia': ['2011-12-30', '2011-09-24', '2021-04-04'],
  'America/St_Johns': ['2011-03-13', '2010-11-07'],
  'Africa/Casablanca': ['2026-02-15', '2026-03-22'],
  'Antarctica/Troll': ['2026-03-29', '2026-10-25'],
  'Asia/Kathmandu': ['1986-01-01'],
  'Pacific/Kwajalein': ['1993-08-21'],
  'America/Caracas': ['2007-12-09', '2016-05-01'],
};
const aPlace = fc
  .constantFrom(...Object.keys(ZONES))
  .chain((zone) => fc.tuple(fc.constant(zone), fc.constantFrom(...(ZONES[zone] as string[]))));
const aName = fc.constantFrom('Ann', 'Bob', 'Cy', 'Dee', 'Eve');
const aRole = fc.constantFrom<Role>(...ROLES);
const aTime = fc.oneof(
  fc.constantFrom('00:00', '01:00', '02:00', '02:30', '03:00', '23:00', '23:30'),
  fc.integer({ min: 0, max: 1_439 }).map((n) => new Date(n * MINUTE).toISOString().slice(11, 16)),
);
const aRestriction: fc.Arbitrary<Restriction> = fc.record({
  days: fc.option(fc.subarray([...DAYS], { minLength: 1 }), { nil: null }),
  from: aTime,
  to: aTime,
});
const aSlot = fc.uniqueArray(aName, { maxLength: 2 }).map((list) => list.map(person));
/** The largest distance of a hand-off from the tested days; the slow calendar steps from one to the other. */
const REACH_DAYS: Record<Unit, number> = { hourly: 12, daily: 120, weekly: 700, monthly: 3_000 };

const aLayer = (day: string, name: string): fc.Arbitrary<Layer> =>
  fc.constantFrom<Unit>(...UNITS).chain((unit) =>
    fc.record({
      name: fc.constant(name),
      role: aRole,
      level: fc.integer({ min: 0, max: 2 }),
      restrictions: fc.oneof(fc.constant([]), fc.array(aRestriction, { maxLength: 2 })),
      starts_at: fc.option(aMoment(day), { nil: null, freq: 8 }),
      ends_at: fc.option(aMoment(day), { nil: null, freq: 8 }),
      rotation: fc.record({
        unit: fc.constant(unit),
        length: fc.integer({ min: 1, max: unit === 'hourly' ? 30 : 3 }),
        handoff: fc
          .tuple(fc.integer({ min: -REACH_DAYS[unit], max: REACH_DAYS[unit] }), aTime)
          .map(([days, time]) => `${new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10)}T${time}`),
        slots: fc.array(aSlot, { minLength: 1, maxLength: 4 }),
        turns: fc.constantFrom('always', 'in_restrictions'),
        turn_offset: fc.integer({ min: -3, max: 5 }),
      }),
    }),
  ) as fc.Arbitrary<Layer>;

/** An instant to the second within two days of a day. */
const aMoment = (day: string): fc.Arbitrary<string> =>
  fc.integer({ min: -2 * 86_400, max: 3 * 86_400 }).map((n) => new Date(Date.parse(day) + n * 1_000).toISOString());

const anOverride = (day: string): fc.Arbitrary<Override> =>
  fc
    .record({
      id: fc.uuid(),
      kind: fc.constantFrom(...OVERRIDE_KINDS),
      role: fc.option(aRole, { nil: null }),
      layer: fc.option(fc.constantFrom('one', 'two', 'three', 'gone'), { nil: null }),
      out: aName.map(person),
      in: aName.map(person),
      reason: fc.constant(null),
      starts_at: aMoment(day).map(at),
      ends_at: fc.constant(at(day)),
      hours: fc.integer({ min: 1, max: 3_000 }),
      planned: fc.boolean(),
    })
    .map(({ hours, planned, ...rest }) => ({
      ...rest,
      in: rest.kind === 'remove' || (rest.kind === 'takeover' && planned) ? null : rest.in,
      ends_at: new Date(rest.starts_at.getTime() + hours * MINUTE),
    }));

interface Case {
  zone: string;
  day: string;
  versions: Version[];
  overrides: Override[];
}

const aVersion = (zone: string, day: string, from: fc.Arbitrary<string>): fc.Arbitrary<Version> =>
  fc
    .tuple(from, fc.integer({ min: 1, max: 3 }), aLayer(day, 'one'), aLayer(day, 'two'), aLayer(day, 'three'))
    .map(([effective_from, count, ...layers]) => ({
      effective_from: at(effective_from),
      time_zone: zone,
      layers: layers.slice(0, count),
    }));

const aCase: fc.Arbitrary<Case> = aPlace.chain(([zone, day]) =>
  fc
    .record({
      first: aVersion(zone, day, fc.constant('1960-01-01T00:00:00Z')),
      later: fc.array(aVersion(zone, day, aMoment(day)), { maxLength: 1 }),
      overrides: fc.array(anOverride(day), { maxLength: 4 }),
    })
    .map(({ first, later, overrides }) => ({ zone, day, versions: [first, ...later], overrides })),
);

const keys = (role: Role, list: readonly Person[]): string => list.map(({ email }) => `${role}:${email}`).join(' ');
const emails = (list: readonly Person[]): string[] => list.map(({ email }) => email);

describe('the calendar and a slow, simple implementation of it', () => {
  test('give the same people in the same order at any minute, in any zone, before and after hand-offs', () => {
    fc.assert(
      fc.property(
        aCase,
        fc.array(fc.integer({ min: -2 * 1_440, max: 3 * 1_440 }), { minLength: 4, maxLength: 8 }),
        ({ day, versions, overrides }, offsets) => {
          const from = Date.parse(day) - 2 * DAY;
          const edges = stretches(versions, overrides, new Date(from), new Date(from + 5 * DAY))
            .slice(0, 12)
            .flatMap(({ start }) => [start * MINUTE - MINUTE, start * MINUTE]);
          for (const ms of [...edges, ...offsets.map((n) => Date.parse(day) + n * MINUTE)]) {
            const found = onCallAt(versions, overrides, new Date(ms));
            const said = [emails(found.primaries), emails(found.secondaries)];
            const slow = ROLES.map((role) => slowOnCall(versions, overrides, new Date(ms), role));
            expect([new Date(ms).toISOString(), ...said]).toEqual([new Date(ms).toISOString(), ...slow]);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  test('a calendar computed in parts of any length equals the calendar computed as a whole', () => {
    fc.assert(
      fc.property(aCase, fc.integer({ min: 1, max: 4_000 }), ({ day, versions, overrides }, part) => {
        const [from, to] = [Date.parse(day) - 5 * DAY, Date.parse(day) + 9 * DAY];
        for (const calendar of versions.flatMap(calendarsOf)) {
          const [start, end] = [from / MINUTE, to / MINUTE];
          expect(atOnce(dutiesIn(calendar, start, end, part))).toEqual(calendar.within(start, end));
        }
        const asked = [versions, overrides, new Date(from), new Date(to)] as const;
        expect(stretches(...asked)).toEqual(wholeStretches(...asked));
      }),
      { numRuns: 150 },
    );
  });

  test('shifts match the people on call at every minute, without overlaps', () => {
    fc.assert(
      fc.property(aCase, ({ day, versions, overrides }) => {
        const from = new Date(Date.parse(day) - DAY);
        const to = new Date(Date.parse(day) + 2 * DAY);
        const all = stretches(versions, overrides, from, to);
        const list = shiftsOf(all);
        let next = 0;
        for (let ms = from.getTime(); ms < to.getTime(); ms += MINUTE) {
          while ((all[next]?.end ?? 0) * MINUTE <= ms) next += 1;
          const found = onCallAt(versions, overrides, new Date(ms));
          const wanted = [keys('primary', found.primaries), keys('secondary', found.secondaries)].join(' ');
          const { primary, secondary } = all[next]!.roles;
          const stretch = [keys('primary', primary.people), keys('secondary', secondary.people)].join(' ');
          const running = list.filter(({ starts_at, ends_at }) => starts_at.getTime() <= ms && ms < ends_at.getTime());
          const shifting = running
            .map(({ role, person: one }) => keys(role, [one]))
            .sort()
            .join(' ')
            .trim();
          // Compared as text, because thousands of comparisons by jest take seconds.
          if (stretch !== wanted) expect([new Date(ms), stretch]).toEqual([new Date(ms), wanted]);
          if (shifting !== wanted.trim().split(' ').sort().join(' '))
            expect([new Date(ms), shifting]).toEqual([new Date(ms), wanted]);
        }
      }),
      { numRuns: 6 },
    );
  });

  test('nothing changes before the next edge', () => {
    fc.assert(
      fc.property(aCase, fc.integer({ min: -1_440, max: 1_440 }), ({ day, versions, overrides }, offset) => {
        const when = new Date(Date.parse(day) + offset * MINUTE);
        const { until, primaries, secondaries } = onCallAt(versions, overrides, when);
        const to = new Date(when.getTime() + 9 * DAY);
        const [first, second] = stretches(versions, overrides, when, to);
        expect([first?.roles.primary.people, first?.roles.secondary.people]).toEqual([primaries, secondaries]);
        if (second !== undefined) expect(until!.getTime()).toBeLessThanOrEqual(second.start * MINUTE);
        if (until !== null) expect(until.getTime()).toBeGreaterThan(when.getTime());
      }),
      { numRuns: 200 },
    );
  });

  test('the next edge of windows is a beginning or an end of their union', () => {
    const someRestrictions = fc.array(aRestriction, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(aPlace, someRestrictions, fc.integer({ min: -2_880, max: 2_880 }), ([name, day], list, offset) => {
        const windows = windowsOf(list, zoneOf(name));
        const minute = Date.parse(day) / MINUTE + offset;
        const end = minute + 6 * 1_440;
        const edges = windows.within(minute - 1, end).flatMap((span) => [span.start, span.end]);
        const expected = edges.find((edge) => edge > minute && edge < end);
        if (expected !== undefined) expect(windows.nextEdge(minute)).toBe(expected);
        else expect(windows.nextEdge(minute)).toBeGreaterThanOrEqual(end);
      }),
      { numRuns: 500 },
    );
  });

  test('a span of shifts is the sum of its parts', () => {
    fc.assert(
      fc.property(aCase, fc.integer({ min: 1, max: 5 * 1_440 - 1 }), ({ day, versions, overrides }, cut) => {
        const [from, to] = [Date.parse(day) - 2 * DAY, Date.parse(day) + 3 * DAY].map((ms) => new Date(ms)) as [
          Date,
          Date,
        ];
        const middle = new Date(from.getTime() + cut * MINUTE);
        const minutesOf = (list: Shift[]): number =>
          list.reduce((sum, { starts_at, ends_at }) => sum + ends_at.getTime() - starts_at.getTime(), 0);
        const parts = [shifts(versions, overrides, from, middle), shifts(versions, overrides, middle, to)];
        expect(minutesOf(parts.flat())).toBe(minutesOf(shifts(versions, overrides, from, to)));
      }),
      { numRuns: 100 },
    );
  });

  test('twenty-four hours are the same as one day', () => {
    fc.assert(
      fc.property(aPlace, aTime, fc.integer({ min: -200, max: 200 }), ([zone, day], time, days) => {
        const handoff = `${new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10)}T${time}`;
        const from = new Date(Date.parse(day) - 5 * DAY).toISOString();
        const to = new Date(Date.parse(day) + 5 * DAY).toISOString();
        const daily = between(zone, layer({ handoff }), from, to);
        expect(between(zone, layer({ handoff, unit: 'hourly', length: 24 }), from, to)).toEqual(daily);
        expect(between(zone, layer({ handoff, unit: 'daily', length: 7 }), from, to)).toEqual(
          between(zone, layer({ handoff, unit: 'weekly' }), from, to),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('each hand-off is to the next in the order: no one is skipped, whatever the clock changes', () => {
    const after: Record<string, string> = { Ann: 'Bob', Bob: 'Cy', Cy: 'Ann' };
    fc.assert(
      fc.property(aPlace, aTime, fc.constantFrom<Unit>(...UNITS), ([zone, day], time, unit) => {
        const span = { hourly: 4, daily: 30, weekly: 300, monthly: 1_500 }[unit] * DAY;
        const one = layer({ unit, handoff: `${day}T${time}` });
        const list = shifts(
          [version(zone, one)],
          [],
          new Date(Date.parse(day) - span),
          new Date(Date.parse(day) + span),
        );
        expect(list.length).toBeGreaterThan(20);
        list.slice(1).forEach(({ person: { name }, starts_at }, i) => {
          expect([after[list[i]!.person.name], list[i]!.ends_at]).toEqual([name, starts_at]);
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe('clock changes', () => {
  test.each([
    [
      'America/Chicago',
      '02:30',
      '2026-03-07T12:00:00Z',
      [
        'Ann 2026-03-07T12:00 2026-03-08T08:00',
        'Bob 2026-03-08T08:00 2026-03-09T07:30',
        'Cy 2026-03-09T07:30 2026-03-10T00:00',
      ],
    ],
    [
      'America/Chicago',
      '01:30',
      '2026-10-31T12:00:00Z',
      [
        'Ann 2026-10-31T12:00 2026-11-01T06:30',
        'Bob 2026-11-01T06:30 2026-11-02T07:30',
        'Cy 2026-11-02T07:30 2026-11-03T00:00',
      ],
    ],
    [
      'Europe/Berlin',
      '02:30',
      '2026-03-28T12:00:00Z',
      [
        'Ann 2026-03-28T12:00 2026-03-29T01:00',
        'Bob 2026-03-29T01:00 2026-03-30T00:30',
        'Cy 2026-03-30T00:30 2026-03-31T00:00',
      ],
    ],
    [
      'Europe/Berlin',
      '02:30',
      '2026-10-24T12:00:00Z',
      [
        'Ann 2026-10-24T12:00 2026-10-25T00:30',
        'Bob 2026-10-25T00:30 2026-10-26T01:30',
        'Cy 2026-10-26T01:30 2026-10-27T00:00',
      ],
    ],
    [
      'Australia/Lord_Howe',
      '02:15',
      '2026-10-03T00:00:00Z',
      [
        'Ann 2026-10-03T00:00 2026-10-03T15:30',
        'Bob 2026-10-03T15:30 2026-10-04T15:15',
        'Cy 2026-10-04T15:15 2026-10-05T12:00',
      ],
    ],
    [
      'Australia/Lord_Howe',
      '01:45',
      '2026-04-04T00:00:00Z',
      [
        'Ann 2026-04-04T00:00 2026-04-04T14:45',
        'Bob 2026-04-04T14:45 2026-04-05T15:15',
        'Cy 2026-04-05T15:15 2026-04-06T12:00',
      ],
    ],
    [
      'Asia/Kolkata',
      '09:00',
      '2026-03-28T12:00:00Z',
      [
        'Ann 2026-03-28T12:00 2026-03-29T03:30',
        'Bob 2026-03-29T03:30 2026-03-30T03:30',
        'Cy 2026-03-30T03:30 2026-03-31T00:00',
      ],
    ],
    [
      'America/Sao_Paulo',
      '00:00',
      '2018-11-03T12:00:00Z',
      [
        'Ann 2018-11-03T12:00 2018-11-04T03:00',
        'Bob 2018-11-04T03:00 2018-11-05T02:00',
        'Cy 2018-11-05T02:00 2018-11-06T00:00',
      ],
    ],
    [
      'America/Sao_Paulo',
      '23:30',
      '2019-02-16T12:00:00Z',
      [
        'Ann 2019-02-16T12:00 2019-02-17T01:30',
        'Bob 2019-02-17T01:30 2019-02-18T02:30',
        'Cy 2019-02-18T02:30 2019-02-19T00:00',
      ],
    ],
    [
      'America/Sao_Paulo',
      '00:00',
      '2019-11-02T12:00:00Z',
      [
        'Ann 2019-11-02T12:00 2019-11-03T03:00',
        'Bob 2019-11-03T03:00 2019-11-04T03:00',
        'Cy 2019-11-04T03:00 2019-11-05T00:00',
      ],
    ],
    [
      'Pacific/Apia',
      '09:00',
      '2011-12-29T12:00:00Z',
      [
        'Ann 2011-12-29T12:00 2011-12-29T19:00',
        'Bob 2011-12-29T19:00 2011-12-30T10:00',
        'Cy 2011-12-30T10:00 2011-12-30T19:00',
        'Ann 2011-12-30T19:00 2011-12-31T12:00',
      ],
    ],
    [
      'Pacific/Apia',
      '00:00',
      '2011-12-29T12:00:00Z',
      [
        'Ann 2011-12-29T12:00 2011-12-30T10:00',
        'Bob 2011-12-30T10:00 2011-12-31T10:00',
        'Cy 2011-12-31T10:00 2011-12-31T12:00',
      ],
    ],
  ])('a daily hand-off in %s at %s keeps its local time from %s on', (zone, time, from, expected) => {
    const to = new Date(`${expected.at(-1)!.split(' ')[2]}:00Z`);
    const handoff = `${expected[0]!.split(' ')[1]!.slice(0, 10)}T${time}`;
    // Ann has the turn until the first hand-off, on any local day.
    const [first] = shifts([version(zone, layer({ handoff }))], [], at(from), to);
    const turn_offset = { Ann: 0, Bob: 2, Cy: 1 }[first!.person.name]!;
    expect(between(zone, layer({ handoff, turn_offset }), from, to.toISOString())).toEqual(expected);
  });

  test('hourly hand-offs swallow the hour that does not exist, and no one is skipped', () => {
    const hourly = layer({ unit: 'hourly', handoff: '2026-03-29T00:00' });
    expect(between('Europe/Berlin', hourly, '2026-03-28T23:00:00Z', '2026-03-29T04:00:00Z')).toEqual([
      'Ann 2026-03-28T23:00 2026-03-29T00:00',
      'Bob 2026-03-29T00:00 2026-03-29T01:00',
      'Cy 2026-03-29T01:00 2026-03-29T02:00',
      'Ann 2026-03-29T02:00 2026-03-29T03:00',
      'Bob 2026-03-29T03:00 2026-03-29T04:00',
    ]);
  });

  test('an hour that is repeated is one turn of two hours', () => {
    const hourly = layer({ unit: 'hourly', handoff: '2026-10-25T00:00' });
    expect(between('Europe/Berlin', hourly, '2026-10-24T22:00:00Z', '2026-10-25T03:00:00Z')).toEqual([
      'Ann 2026-10-24T22:00 2026-10-24T23:00',
      'Bob 2026-10-24T23:00 2026-10-25T00:00',
      'Cy 2026-10-25T00:00 2026-10-25T02:00',
      'Ann 2026-10-25T02:00 2026-10-25T03:00',
    ]);
  });

  test('the half-hour change at Lord Howe neither swallows nor repeats an hourly turn', () => {
    const hourly = layer({ unit: 'hourly', handoff: '2026-10-04T01:00' });
    expect(between('Australia/Lord_Howe', hourly, '2026-10-03T14:30:00Z', '2026-10-03T17:00:00Z')).toEqual([
      'Ann 2026-10-03T14:30 2026-10-03T15:30',
      'Bob 2026-10-03T15:30 2026-10-03T16:00',
      'Cy 2026-10-03T16:00 2026-10-03T17:00',
    ]);
  });
});

describe('restrictions', () => {
  const night = (from: string, to: string, days?: Restriction['days']) =>
    layer({ slots: 'Ann', restrictions: [{ from, to, days: days ?? null }] });

  test.each([
    [
      'the spring night is an hour shorter',
      '22:00',
      '06:00',
      '2026-03-28T12:00:00Z',
      '2026-03-29T12:00:00Z',
      ['Ann 2026-03-28T21:00 2026-03-29T04:00'],
    ],
    [
      'the autumn night is an hour longer',
      '22:00',
      '06:00',
      '2026-10-24T12:00:00Z',
      '2026-10-25T12:00:00Z',
      ['Ann 2026-10-24T20:00 2026-10-25T05:00'],
    ],
    [
      'a start in the gap is the first instant after it',
      '02:30',
      '06:00',
      '2026-03-29T00:00:00Z',
      '2026-03-29T12:00:00Z',
      ['Ann 2026-03-29T01:00 2026-03-29T04:00'],
    ],
    [
      'an end in the gap is the first instant after it',
      '22:00',
      '02:30',
      '2026-03-28T12:00:00Z',
      '2026-03-29T12:00:00Z',
      ['Ann 2026-03-28T21:00 2026-03-29T01:00'],
    ],
    [
      'a start that exists twice is the first',
      '02:30',
      '06:00',
      '2026-10-25T00:00:00Z',
      '2026-10-25T12:00:00Z',
      ['Ann 2026-10-25T00:30 2026-10-25T05:00'],
    ],
    [
      'an end that exists twice is the last',
      '22:00',
      '02:30',
      '2026-10-24T12:00:00Z',
      '2026-10-25T12:00:00Z',
      ['Ann 2026-10-24T20:00 2026-10-25T01:30'],
    ],
    [
      'equal times are twenty-four hours by the clock',
      '09:00',
      '09:00',
      '2026-03-28T12:00:00Z',
      '2026-03-29T12:00:00Z',
      ['Ann 2026-03-28T12:00 2026-03-29T12:00'],
    ],
  ])('%s', (_, from, to, begin, end, expected) => {
    expect(between('Europe/Berlin', night(from, to), begin, end)).toEqual(expected);
  });

  test('a night belongs to the day on which it starts', () => {
    expect(between('UTC', night('22:00', '06:00', ['fri']), '2026-01-05T00:00:00Z', '2026-01-12T00:00:00Z')).toEqual([
      'Ann 2026-01-09T22:00 2026-01-10T06:00',
    ]);
  });

  test('several windows are joined', () => {
    const both = layer({
      slots: 'Ann',
      restrictions: [
        { from: '09:00', to: '17:00', days: ['mon', 'tue'] },
        { from: '16:00', to: '20:00', days: ['tue'] },
      ],
    });
    expect(between('UTC', both, '2026-01-05T00:00:00Z', '2026-01-12T00:00:00Z')).toEqual([
      'Ann 2026-01-05T09:00 2026-01-05T17:00',
      'Ann 2026-01-06T09:00 2026-01-06T20:00',
    ]);
  });

  test('turns of days count always, or only if they touch a restriction', () => {
    const weekend = (turns: 'always' | 'in_restrictions') =>
      layer({
        turns,
        restrictions: [{ from: '00:00', to: '00:00', days: ['sat', 'sun'] }],
        handoff: '2026-01-03T00:00',
      });
    const month = (turns: 'always' | 'in_restrictions') =>
      between('UTC', weekend(turns), '2026-01-03T00:00:00Z', '2026-01-19T00:00:00Z').map((line) =>
        line.slice(0, 15).trim(),
      );
    expect(month('always')).toEqual([
      'Ann 2026-01-03T',
      'Bob 2026-01-04T',
      'Bob 2026-01-10T',
      'Cy 2026-01-11T0',
      'Cy 2026-01-17T0',
      'Ann 2026-01-18T',
    ]);
    expect(month('in_restrictions')).toEqual([
      'Ann 2026-01-03T',
      'Bob 2026-01-04T',
      'Cy 2026-01-10T0',
      'Ann 2026-01-11T',
      'Bob 2026-01-17T',
      'Cy 2026-01-18T0',
    ]);
  });

  test('a turn of two working days continues over weekends, however far ahead', () => {
    const working = layer({
      turns: 'in_restrictions',
      length: 2,
      handoff: '2026-01-05T00:00',
      restrictions: [{ from: '09:00', to: '17:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'] }],
    });
    const days = ['05', '06', '07', '08', '09', '12', '13'];
    expect(days.map((day) => who('UTC', working, `2026-01-${day}T10:00:00Z`)).join(' ')).toBe(
      'Ann Ann Bob Bob Cy Cy Ann',
    );
    // 2,600 working days later it is again the first of the order: 1,300 turns after turn 0, 1,300 = 3 × 433 + 1.
    expect(who('UTC', working, '2035-12-24T10:00:00Z')).toBe('Bob');
  });
});

describe('calendar arithmetic', () => {
  test.each([
    ['31st', '2026-01-31T09:00', ['2026-02-28T09:00', '2026-03-31T09:00', '2026-04-30T09:00', '2026-05-31T09:00']],
    ['29th of a leap year', '2024-01-29T09:00', ['2024-02-29T09:00', '2024-03-29T09:00', '2024-04-29T09:00']],
    ['29th', '2026-01-29T09:00', ['2026-02-28T09:00', '2026-03-29T09:00', '2026-04-29T09:00']],
  ])('months from the %s clamp to the last day and return to it', (_, handoff, expected) => {
    const from = new Date(`${handoff}Z`);
    const to = new Date(`${expected.at(-1)}Z`);
    const list = shifts([version('UTC', layer({ unit: 'monthly', handoff }))], [], from, to);
    expect(list.map(({ ends_at }) => short(ends_at))).toEqual(expected);
  });

  test('a leap day counts as a day, and a year of 53 weeks has one more turn', () => {
    const daily = layer({ handoff: '2024-02-28T00:00' });
    expect(['28', '29'].map((day) => who('UTC', daily, `2024-02-${day}T12:00:00Z`))).toEqual(['Ann', 'Bob']);
    expect(who('UTC', daily, '2024-03-01T12:00:00Z')).toBe('Cy');
    const weekly = layer({ unit: 'weekly', handoff: '2026-12-21T00:00' });
    const weeks = ['2026-12-21', '2026-12-28', '2027-01-04'].map((day) => who('UTC', weekly, `${day}T00:00:00Z`));
    expect(weeks).toEqual(['Ann', 'Bob', 'Cy']);
  });

  test('seventy years before or after, the order and the local time are the same', () => {
    const weekly = layer({ unit: 'weekly', handoff: '2026-01-05T09:00' });
    const far = shifts([version('Europe/Berlin', weekly)], [], at('2096-07-02T00:00:00Z'), at('2096-07-20T00:00:00Z'));
    expect(far.map(({ ends_at }) => short(ends_at)).slice(0, 2)).toEqual(['2096-07-02T07:00', '2096-07-09T07:00']);
    // 3,678 weeks after the anchor: 3,678 = 3 × 1,226.
    expect(who('Europe/Berlin', weekly, '2096-07-02T08:00:00Z')).toBe('Ann');
    // 2,922 weeks before it: 2,922 = 3 × 974.
    expect(who('Europe/Berlin', weekly, '1970-01-05T09:00:00Z')).toBe('Ann');
  });

  test('a span given to the second is rounded outward', () => {
    const short_ = layer({ slots: 'Ann', starts_at: '2026-01-05T10:00:59Z', ends_at: '2026-01-05T11:00:01Z' });
    expect(between('UTC', short_, '2026-01-05T00:00:00Z', '2026-01-06T00:00:00Z')).toEqual([
      'Ann 2026-01-05T10:00 2026-01-05T11:01',
    ]);
  });
});

describe('layers', () => {
  const MONDAY = at('2026-01-05T12:00:00Z');
  const found = (layers: Layer[], overrides: Override[] = []) => {
    const { primaries, secondaries } = onCallAt([version('UTC', ...layers)], overrides, MONDAY);
    return `${names(primaries)} ${names(secondaries)}`;
  };
  const fixed = (name: string, slots: string, level = 0, role: Role = 'primary') => layer({ name, slots, level, role });

  test.each([
    ['layers of one level add up, each person once', [fixed('a', 'Ann+Bob'), fixed('b', 'Bob+Cy')], 'Ann+Bob+Cy -'],
    ['the highest level wins', [fixed('a', 'Ann'), fixed('b', 'Bob', 2), fixed('c', 'Cy', 1)], 'Bob -'],
    ['a level without a person lets the next one win', [fixed('a', 'Ann'), fixed('b', '-', 2)], 'Ann -'],
    ['roles have levels of their own', [fixed('a', 'Ann', 5), fixed('b', 'Bob', 0, 'secondary')], 'Ann Bob'],
  ])('%s', (_, layers, expected) => {
    expect(found(layers)).toBe(expected);
  });

  const LAYERS = [fixed('low', 'Ann+Bob'), fixed('high', 'Cy', 1), fixed('second', 'Dee', 0, 'secondary')];
  test.each([
    ['a replacement takes the place', [{ kind: 'replace', out: person('Cy'), in: person('Eve') }], 'Eve Dee'],
    [
      'a replacement of a person who is not on call has no effect',
      [{ kind: 'replace', out: person('Ann'), in: person('Eve') }],
      'Cy Dee',
    ],
    [
      'a replacement by a person who is on call leaves one',
      [
        { kind: 'replace', layer: 'low', out: person('Ann'), in: person('Bob') },
        { kind: 'remove', layer: 'high', out: person('Cy') },
      ],
      'Bob Dee',
    ],
    ['an addition comes last and is a primary', [{ kind: 'add', in: person('Eve') }], 'Cy+Eve Dee'],
    ['an addition may be a secondary', [{ kind: 'add', role: 'secondary', in: person('Eve') }], 'Cy Dee+Eve'],
    [
      'a removal applies to both roles',
      [
        { kind: 'add', in: person('Dee') },
        { kind: 'remove', out: person('Dee') },
      ],
      'Cy -',
    ],
    [
      'a removal from a layer lets a lower level win',
      [{ kind: 'remove', layer: 'high', out: person('Cy') }],
      'Ann+Bob Dee',
    ],
    ['a takeover leaves no secondary', [{ kind: 'takeover', in: person('Eve') }], 'Eve -'],
    ['a takeover of one role leaves the other', [{ kind: 'takeover', role: 'secondary', in: person('Eve') }], 'Cy Eve'],
    ['a takeover without a person is a planned gap', [{ kind: 'takeover' }], '- -'],
    ['a takeover of a layer applies before levels are compared', [{ kind: 'takeover', layer: 'high' }], 'Ann+Bob Dee'],
    [
      'later overrides apply to the result of earlier ones',
      [
        { kind: 'takeover', in: person('Eve') },
        { kind: 'replace', out: person('Eve'), in: person('Ann') },
      ],
      'Ann -',
    ],
    [
      'earlier overrides do not see later ones',
      [
        { kind: 'replace', out: person('Eve'), in: person('Ann') },
        { kind: 'takeover', in: person('Eve') },
      ],
      'Eve -',
    ],
  ] as [string, Partial<Override>[], string][])('%s', (_, overrides, expected) => {
    expect(
      found(
        LAYERS,
        overrides.map((each, i) => override({ ...each, id: String(i) })),
      ),
    ).toBe(expected);
  });

  test('planned versions keep the person on call at their beginning, whichever versions before them come or go', () => {
    const aRotation = fc.record({
      slots: fc.uniqueArray(fc.constantFrom('Ann', 'Bob', 'Cy', 'Dee'), { minLength: 1, maxLength: 4 }),
      unit: fc.constantFrom<Unit>('hourly', 'daily', 'weekly'),
      length: fc.integer({ min: 1, max: 3 }),
      day: fc.integer({ min: 0, max: 60 }),
    });
    const now = at('2026-03-01T00:00:00Z');
    const primaryOf = (one: Version, when: Date) => onCallAt([one], [], when).primary?.name;
    fc.assert(
      fc.property(
        fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe'),
        fc.array(aRotation, { minLength: 2, maxLength: 6 }),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        (zone, said, gone) => {
          const all = said
            .map(({ slots, day, ...rest }, i) => ({
              ...version(zone, layer({ slots: slots.join(' '), ...rest })),
              effective_from: i === 0 ? now : new Date(now.getTime() + (day + 1) * DAY + i * 60 * MINUTE),
            }))
            .sort((a, b) => a.effective_from.getTime() - b.effective_from.getTime());
          const left = keptInTurn(all, now).filter((_, i) => i === 0 || !gone[i]);
          const kept = keptInTurn(left, now);
          kept.slice(1).forEach((next, i) => {
            const was = primaryOf(kept[i]!, next.effective_from) as string;
            const members = next.layers[0]!.rotation.slots.flat().map(({ name }) => name);
            if (members.includes(was)) expect(primaryOf(next, next.effective_from)).toBe(was);
          });
          expect(keptInTurn(kept, now)).toEqual(kept);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('an edit keeps the person on call, with restrictions, zones and slots of several people', () => {
    fc.assert(
      fc.property(aPlace, aCase, aCase, ([zone, day], { versions: [old] }, { versions: [next] }) => {
        const when = at(`${day}T12:00:00Z`);
        const before = { ...old!, time_zone: zone };
        const layers = keepTurns({ time_zone: zone, layers: next!.layers }, before, when);
        const pairs = layers.flatMap((each) => {
          const previous = before.layers.find(({ name, role }) => name === each.name && role === each.role);
          return previous === undefined ? [] : [[previous, each] as const];
        });
        for (const [was, is] of pairs) {
          const free = (one: Layer) => ({ ...one, restrictions: [], starts_at: null, ends_at: null });
          if (was.restrictions!.length > 0 || is.restrictions!.length > 0) continue;
          const current = onCallAt([version(zone, { ...free(was), role: 'primary' })], [], when).primaries;
          const members = is.rotation.slots.flat().map(({ name }) => name);
          if (!current.some(({ name }) => members.includes(name))) continue;
          const now = onCallAt([version(zone, { ...free(is), role: 'primary' })], [], when).primaries;
          expect(now.map(({ name }) => name)).toEqual(
            expect.arrayContaining([current.find(({ name }) => now.some((n) => n.name === name))!.name]),
          );
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('queries for a span', () => {
  const gapped = layer({ slots: 'Ann -', handoff: '2026-01-05T00:00' });
  const planned = override({ id: 'p', starts_at: at('2026-01-05T10:00:00Z'), ends_at: at('2026-01-05T12:00:00Z') });

  test('gaps are the spans without a primary, and name the override that planned them', () => {
    const all = stretches([version('UTC', gapped)], [planned], at('2026-01-05T00:00:00Z'), at('2026-01-07T12:00:00Z'));
    expect(gapsOf(all).map((gap) => [short(gap.starts_at), short(gap.ends_at), gap.override?.id ?? null])).toEqual([
      ['2026-01-05T10:00', '2026-01-05T12:00', 'p'],
      ['2026-01-06T00:00', '2026-01-07T00:00', null],
    ]);
  });

  test('hand-offs name the people who come, go and stay', () => {
    const both = layer({ slots: 'Ann+Bob Bob+Cy', handoff: '2026-01-05T00:00' });
    const all = stretches([version('UTC', both)], [], at('2026-01-05T00:00:00Z'), at('2026-01-06T12:00:00Z'));
    expect(handoffsOf(all)).toEqual([
      {
        at: at('2026-01-06T00:00:00Z'),
        role: 'primary',
        off: [person('Ann')],
        on: [person('Cy')],
        staying: [person('Bob')],
      },
    ]);
  });

  test('each layer has its own shifts, across an edit that keeps its name', () => {
    const edit = { ...version('UTC', layer({ slots: 'Zed' })), effective_from: at('2026-01-06T00:00:00Z') };
    const rows = layerShifts(
      [version('UTC', layer({ slots: 'Ann' })), edit],
      at('2026-01-05T00:00:00Z'),
      at('2026-01-07T00:00:00Z'),
    );
    expect(rows.map((row) => row.shifts.map((each) => names(each.people)))).toEqual([['Ann', 'Zed']]);
  });
});
