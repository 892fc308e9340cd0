/** @jest-environment @happy-dom/jest-environment */
import fc from 'fast-check';
import { age, countdown, span, spanBetween, took } from './times';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS: Record<string, number> = { s: 1, min: MINUTE, h: HOUR, day: DAY, days: DAY };

/** The seconds that a reader understands: the sum of numbers and units. */
const read = (text: string): number =>
  [...text.matchAll(/([\d,]+) ([a-z]+)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n?.replaceAll(',', '')) * (UNITS[unit as string] ?? Number.NaN),
    0,
  );
const someSeconds = fc.oneof(fc.nat(2 * HOUR), fc.nat(40 * DAY), fc.nat(5_000 * DAY));

describe('a duration', () => {
  it('is written in days from one day on', () => {
    expect(span(31 * DAY)).toBe('31 days');
    expect(span(30 * DAY + 1 * MINUTE)).toBe('30 days');
    expect(span(36 * HOUR)).toBe('1 day 12 h');
    expect(spanBetween('2026-03-28T00:00:00Z', '2026-03-30T00:00:00Z')).toBe('2 days');
    expect(age(31 * DAY + 5)).toBe('31 days');
  });

  it('for an attempt has one decimal, and from a minute on the usual format', () => {
    expect(took(0)).toBe('0 ms');
    expect(took(850)).toBe('850 ms');
    expect(took(1_449)).toBe('1.4 s');
    expect(took(59_999)).toBe('59.9 s');
    expect(took(181_000)).toBe('3 min 1 s');
    expect(took(90 * 1_000 * DAY)).toBe('90 days');
  });

  it('is never rounded up, and rounded down by less than its second unit', () => {
    fc.assert(
      fc.property(someSeconds, (seconds) => {
        const said = read(span(seconds));
        const unit = seconds >= DAY ? HOUR : seconds >= HOUR ? MINUTE : 1;
        expect(said <= seconds && seconds - said < unit).toBe(true);
      }),
    );
  });

  it('never has 24 hours, 60 minutes or 60 seconds, which are the next unit', () => {
    fc.assert(
      fc.property(someSeconds, (seconds) => {
        for (const text of [span(seconds), age(seconds), countdown(seconds)]) {
          for (const [, n, unit] of text.matchAll(/(\d+) (h|min|s)\b/g)) {
            expect(Number(n)).toBeLessThan(unit === 'h' ? 24 : 60);
          }
        }
      }),
    );
  });

  it('is never shorter in words when it is longer', () => {
    fc.assert(
      fc.property(someSeconds, someSeconds, (a, b) => {
        expect(read(span(Math.min(a, b)))).toBeLessThanOrEqual(read(span(Math.max(a, b))));
      }),
    );
  });
});
