import { fakeClock } from './clock';
import { orderedId } from './ids';

const clock = fakeClock();

test('an ordered id has the form of a UUID of version 4', () => {
  expect(orderedId(clock.now())).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('ids of one instant differ', () => {
  const ids = Array.from({ length: 1_000 }, () => orderedId(clock.now()));
  expect(new Set(ids).size).toBe(1_000);
});

test('an id of a later millisecond comes after an earlier one', () => {
  const ids = Array.from({ length: 300 }, () => {
    clock.advance(1);
    return orderedId(clock.now());
  });
  expect([...ids].sort()).toEqual(ids);
});
