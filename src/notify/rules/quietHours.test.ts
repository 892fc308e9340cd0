import { quietUntil } from './quietHours';

const night = { from: '22:00', to: '07:00' };
const at = (text: string) => new Date(text);

test.each([
  ['2026-01-05T21:00:00Z', '2026-01-06T06:00:00.000Z'],
  ['2026-01-06T05:59:59Z', '2026-01-06T06:00:00.000Z'],
  ['2026-01-06T06:00:00Z', undefined],
  ['2026-01-05T20:59:59Z', undefined],
])('hold overnight in their zone: %s', (now, until) => {
  expect(quietUntil(night, 'Europe/Berlin', at(now))?.toISOString()).toBe(until);
});

test('belong to the day on which they begin', () => {
  const friday = { ...night, days: ['fri' as const] };
  expect(quietUntil(friday, 'UTC', at('2026-01-10T03:00:00Z'))).toEqual(at('2026-01-10T07:00:00Z'));
  expect(quietUntil(friday, 'UTC', at('2026-01-09T03:00:00Z'))).toBeNull();
});

test('end at the first occurrence of a time that a clock change repeats or skips', () => {
  const short = { from: '22:00', to: '02:30' };
  expect(quietUntil(short, 'Europe/Berlin', at('2026-10-24T22:00:00Z'))).toEqual(at('2026-10-25T00:30:00Z'));
  expect(quietUntil(short, 'Europe/Berlin', at('2026-03-28T22:00:00Z'))).toEqual(at('2026-03-29T01:00:00Z'));
});

test('end in the future, at an instant that is not quiet, for every instant of a year', () => {
  const days = { from: '12:00', to: '12:00', days: ['sat' as const, 'sun' as const] };
  for (let n = 0; n < 400; n++) {
    const now = new Date(Date.UTC(2026, 0, 1) + n * 79_000_000);
    for (const hours of [night, days]) {
      const until = quietUntil(hours, 'America/New_York', now);
      expect(until === null || (until > now && quietUntil(hours, 'America/New_York', until) === null)).toBe(true);
    }
  }
});
