import { held, type Row, type Steady, taken } from './stableList';

const rows = (...ids: string[]): Row[] => ids.map((id) => ({ id }));
const ids = ({ rows: shown }: Steady<Row>): string => shown.map(({ id }) => id).join('');
const MOST = 4;
const nobody = () => false;
const shown = (...of: string[]) => taken(rows(...of), MOST, null);

test('a list is shown as it comes, and nothing of it is fresh at first', () => {
  const first = taken(rows('a', 'b', 'c', 'd', 'e'), MOST, null);
  expect([ids(first), first.fresh.size, first.arrived]).toEqual(['abcd', 0, 0]);
});

test('what nobody reads takes what arrives, and marks it', () => {
  const next = taken(rows('x', 'a', 'b'), MOST, shown('a', 'b'));
  expect([ids(next), [...next.fresh]]).toEqual(['xab', ['x']]);
});

test('what is read stays where it is, and what arrives above it waits', () => {
  const next = held(shown('a', 'b', 'c', 'd'), rows('x', 'y', 'a', 'b', 'c', 'd'), MOST, nobody);
  expect([ids(next), next.arrived, next.left.size]).toEqual(['abcd', 2, 0]);
});

test('rows that are read show what is known newest, in the order in which they stand', () => {
  const before = taken(
    [
      { id: 'a', n: 1 },
      { id: 'b', n: 1 },
    ],
    MOST,
    null,
  );
  const next = held(
    before,
    [
      { id: 'b', n: 2 },
      { id: 'a', n: 3 },
    ],
    MOST,
    nobody,
  );
  expect(next.rows).toEqual([
    { id: 'a', n: 3 },
    { id: 'b', n: 2 },
  ]);
});

test('what is added below moves nothing, and is shown as far as the page has room', () => {
  const next = held(shown('a', 'b', 'c'), rows('a', 'b', 'c', 'd', 'e'), MOST, nobody);
  expect([ids(next), next.arrived]).toEqual(['abcd', 0]);
});

test('a row that left stays, marked; one that the reader changed goes', () => {
  const next = held(shown('a', 'b', 'c'), rows('c'), MOST, (id) => id === 'a');
  expect([ids(next), [...next.left]]).toEqual(['bc', ['b']]);
});

test('where all that was read has left, the rest comes below it', () => {
  const next = held(shown('a'), rows('x', 'y'), MOST, nobody);
  expect([ids(next), next.arrived]).toEqual(['axy', 0]);
});
