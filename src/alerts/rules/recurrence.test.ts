import { occurrencesAfter, type Recurrence } from './recurrence';
import { parseRrule, RruleRefused } from './rrule';

const at = (text: string) => new Date(text);
const every = (rrule: string, over: Partial<Recurrence> = {}): Recurrence => ({
  ...{ rrule, time_zone: 'Europe/Berlin', starts_at: '2026-03-01T02:30', duration_minutes: 60 },
  ...over,
});
const starts = (recurrence: Recurrence, after = '2026-01-01T00:00:00Z', most = 4) =>
  occurrencesAfter(recurrence, at(after), most).map(({ start }) => start.toISOString().slice(0, 16));

test('a weekly window keeps its local time over a clock change', () => {
  expect(starts(every('FREQ=WEEKLY', { starts_at: '2026-03-22T10:00' }))).toEqual([
    '2026-03-22T09:00',
    '2026-03-29T08:00',
    '2026-04-05T08:00',
    '2026-04-12T08:00',
  ]);
});

test('occurrences that begin at the end of a time, or later, are left out', () => {
  const weekly = every('FREQ=WEEKLY', { starts_at: '2026-03-22T10:00' });
  const before = (text: string) => occurrencesAfter(weekly, at('2026-03-01T00:00:00Z'), 9, at(text)).length;
  expect([before('2026-03-22T09:00:00Z'), before('2026-03-22T09:00:01Z'), before('2026-04-05T08:00:00Z')]).toEqual([
    0, 1, 2,
  ]);
});

test('a local time in the gap begins at the first instant after it, on that day only', () => {
  expect(starts(every('FREQ=DAILY', { starts_at: '2026-03-28T02:30' }), undefined, 3)).toEqual([
    '2026-03-28T01:30',
    '2026-03-29T01:00',
    '2026-03-30T00:30',
  ]);
});

test('a local time that exists twice is its first, and the window lasts as long as it says', () => {
  const [first] = occurrencesAfter(
    every('FREQ=DAILY', { starts_at: '2026-10-25T02:30' }),
    at('2026-10-24T00:00:00Z'),
    1,
  );
  expect(first).toEqual({ start: at('2026-10-25T00:30:00Z'), end: at('2026-10-25T01:30:00Z') });
});

test.each([
  [
    'FREQ=WEEKLY;BYDAY=MO,WE;INTERVAL=2',
    ['2026-03-09T01:30', '2026-03-11T01:30', '2026-03-23T01:30', '2026-03-25T01:30'],
  ],
  ['FREQ=MONTHLY;BYDAY=1SU', ['2026-03-01T01:30', '2026-04-05T00:30', '2026-05-03T00:30', '2026-06-07T00:30']],
  ['FREQ=MONTHLY;BYDAY=-1FR', ['2026-03-27T01:30', '2026-04-24T00:30', '2026-05-29T00:30', '2026-06-26T00:30']],
  ['FREQ=MONTHLY;BYMONTHDAY=31', ['2026-03-31T00:30', '2026-05-31T00:30', '2026-07-31T00:30', '2026-08-31T00:30']],
  ['FREQ=MONTHLY;BYMONTHDAY=-1', ['2026-03-31T00:30', '2026-04-30T00:30', '2026-05-31T00:30', '2026-06-30T00:30']],
  [
    'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
    ['2026-03-31T00:30', '2026-04-30T00:30', '2026-05-29T00:30', '2026-06-30T00:30'],
  ],
  [
    'FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1',
    ['2026-07-01T00:30', '2027-01-01T01:30', '2027-07-01T00:30', '2028-01-01T01:30'],
  ],
  ['FREQ=YEARLY', ['2026-03-01T01:30', '2027-03-01T01:30', '2028-03-01T01:30', '2029-03-01T01:30']],
  ['FREQ=DAILY;COUNT=2', ['2026-03-01T01:30', '2026-03-02T01:30']],
  ['FREQ=DAILY;UNTIL=20260302', ['2026-03-01T01:30', '2026-03-02T01:30']],
  ['FREQ=DAILY;UNTIL=20260302T013000Z', ['2026-03-01T01:30', '2026-03-02T01:30']],
  ['RRULE:FREQ=DAILY;BYDAY=SA', ['2026-03-07T01:30', '2026-03-14T01:30', '2026-03-21T01:30', '2026-03-28T01:30']],
  ['FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30', []],
])('%s', (rrule, expected) => {
  expect(starts(every(rrule))).toEqual(expected);
});

test('a rule that began long ago is not counted from its beginning, and its phase stays', () => {
  const old = { starts_at: '1990-01-01T02:00', time_zone: 'UTC' };
  expect(starts(every('FREQ=WEEKLY;INTERVAL=3', old), '2026-03-01T00:00:00Z', 2)).toEqual([
    '2026-03-02T02:00',
    '2026-03-23T02:00',
  ]);
  expect(starts(every('FREQ=DAILY', old), '2026-03-01T00:00:00Z', 1)).toEqual(['2026-03-01T02:00']);
});

test('an occurrence that runs is the first one', () => {
  const long = every('FREQ=DAILY', { time_zone: 'UTC', starts_at: '2026-03-01T23:00', duration_minutes: 120 });
  expect(starts(long, '2026-03-05T00:30:00Z', 1)).toEqual(['2026-03-04T23:00']);
  expect(starts(long, '2026-03-05T01:00:00Z', 1)).toEqual(['2026-03-05T23:00']);
});

test.each([
  ['', /form/],
  ['BYDAY=MO', /FREQ is missing/],
  ['FREQ=HOURLY', /FREQ must be one of/],
  ['FREQ=DAILY;BYHOUR=3', /BYHOUR is not supported/],
  ['FREQ=DAILY;INTERVAL=0', /INTERVAL/],
  ['FREQ=WEEKLY;BYDAY=1MO', /BYDAY/],
  ['FREQ=YEARLY;BYDAY=1MO', /BYMONTH/],
  ['FREQ=DAILY;COUNT=2;UNTIL=20260302', /not both/],
  ['FREQ=DAILY;FREQ=DAILY', /twice/],
  ['FREQ=DAILY;UNTIL=tomorrow', /UNTIL/],
  ['FREQ=MONTHLY;BYMONTHDAY=0', /BYMONTHDAY/],
])('the rule %s is refused', (rrule, reason) => {
  expect(() => parseRrule(rrule)).toThrow(RruleRefused);
  expect(() => parseRrule(rrule)).toThrow(reason);
});
