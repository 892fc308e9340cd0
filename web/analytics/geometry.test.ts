import fc from 'fast-check';
import {
  apart,
  busiest,
  countStep,
  darkestFrom,
  heatStep,
  heatWidth,
  laidOut,
  lastKnown,
  share,
  spanStep,
  ticksTo,
} from './geometry';

describe('the scales of the charts', () => {
  it('have ticks at round durations', () => {
    expect([8, 170, 400, 5_000, 90_000].map((most) => spanStep(most))).toEqual([5, 60, 300, 1_800, 43_200]);
  });

  it('have ticks at whole numbers', () => {
    expect([0, 2, 7, 40, 1_250].map((most) => countStep(most))).toEqual([1, 1, 5, 20, 500]);
  });

  it('contain every value below their last tick, with few ticks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 8 }), (most) => {
        for (const step of [spanStep(most), countStep(most)]) {
          const ticks = ticksTo(most, step);
          expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
          expect(ticks.length).toBeGreaterThanOrEqual(2);
          expect(ticks.length).toBeLessThanOrEqual(4);
        }
      }),
    );
  });

  it('move two names apart only if they overlap', () => {
    expect(apart(20, 60, 14)).toEqual([20, 60]);
    expect(apart(40, 44, 14)).toEqual([35, 49]);
  });
});

describe('shares', () => {
  it('have one decimal, and are zero for a total of zero', () => {
    expect([share(1, 3), share(41, 284), share(0, 0)]).toEqual([33.3, 14.4, 0]);
  });

  it('are adjacent and fill the whole', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { minLength: 1 }), (parts) => {
        const laid = laidOut(parts);
        const end = (laid.at(-1)?.from ?? 0) + (laid.at(-1)?.width ?? 0);
        expect(end).toBeCloseTo(parts.some((part) => part > 0) ? 100 : 0, 6);
      }),
    );
  });
});

describe('the heat map', () => {
  it('counts one by one up to four and more', () => {
    const width = heatWidth(4);
    expect([0, 1, 2, 3, 4, 9].map((count) => heatStep(count, width))).toEqual([0, 1, 2, 3, 4, 4]);
    expect(darkestFrom(width)).toBe(4);
  });

  it('uses wider steps for more incidents, and never shows one incident as none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 100_000 }), (most, count) => {
        const width = heatWidth(most);
        const step = heatStep(Math.min(count, most), width);
        expect(step).toBeGreaterThanOrEqual(1);
        expect(heatStep(most, width)).toBeGreaterThanOrEqual(Math.min(most, step));
        expect(heatStep(darkestFrom(width), width)).toBe(4);
      }),
    );
  });

  it('names the busiest hour, the earliest of several, and none without incidents', () => {
    expect(
      busiest([
        [0, 2],
        [3, 0],
        [0, 3],
      ]),
    ).toEqual({ day: 1, hour: 0, count: 3 });
    expect(busiest([[0, 0]])).toBeNull();
  });
});

describe('the last point of a series', () => {
  it('is the last known one, not the last day', () => {
    expect(lastKnown([4, null, 7, null])).toEqual({ index: 2, value: 7 });
    expect(lastKnown([null, null])).toBeNull();
  });
});
