import fc from 'fast-check';
import { quietIn, UNCHANGED, withChanges } from './flapping';

const settings = { changes: 4, windowMs: 100 };
const times = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 40 });

test('an identity flaps from the moment at which four changes fall within the window', () => {
  fc.assert(
    fc.property(times, (given) => {
      const sorted = [...given].sort((a, b) => a - b);
      let state = UNCHANGED;
      for (const [place, at] of sorted.entries()) {
        state = withChanges(state, [at], settings);
        const began = sorted
          .slice(0, place + 1)
          .findIndex((time, n, all) => n >= 3 && (all[n - 3] as number) > time - 100);
        expect(state.flappingSince).toBe(began < 0 ? null : sorted[began]);
        expect(state.changes.length).toBeLessThanOrEqual(4);
      }
    }),
  );
});

test('an identity is armed exactly if one more change would make it flap', () => {
  fc.assert(
    fc.property(times, fc.integer({ min: 0, max: 200 }), (given, later) => {
      const state = given.sort((a, b) => a - b).reduce((before, at) => withChanges(before, [at], settings), UNCHANGED);
      fc.pre(state.flappingSince === null);
      const next = (given.at(-1) as number) + later;
      const flaps = withChanges(state, [next], settings).flappingSince !== null;
      expect(state.armedUntil !== null && state.armedUntil > next).toBe(flaps);
    }),
  );
});

test('it is quiet a window after its last change, and 0 or 1 changes switch flapping off', () => {
  const state = withChanges(UNCHANGED, [0, 10, 20, 30], settings);
  expect([quietIn(state, 129, settings), quietIn(state, 130, settings)]).toEqual([1, 0]);
  expect(withChanges(UNCHANGED, [0, 1, 2, 3], { ...settings, changes: 0 })).toEqual(UNCHANGED);
});
