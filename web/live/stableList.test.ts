import { held, type Row, type Steady, taken } from './stableList';

const rows = (...ids: string[]): Row[] => ids.map((id) => ({ id }));
const ids = ({ rows: shown }: Steady<Row>): string => shown.map(({ id }) => id).join('');
const MOST = 4;
const nobody = () => false;
const shown = (...of: string[]) => taken(rows(...of), MOST, null);

test('the first list is shown unchanged, and no row of it is new', () => {
  const first = taken(rows('a', 'b', 'c', 'd', 'e'), MOST, null);
  expect([ids(first), first.fresh.size, first.arrived]).toEqual(['abcd', 0, 0]);
});

test('a list without a reader takes new rows and marks them', () => {
  const next = taken(rows('x', 'a', 'b'), MOST, shown('a', 'b'));
  expect([ids(next), [...next.fresh]]).toEqual(['xab', ['x']]);
});

test('rows that are read stay in place, and new rows above them wait', () => {
  const next = held(shown('a', 'b', 'c', 'd'), rows('x', 'y', 'a', 'b', 'c', 'd'), MOST, nobody);
  expect([ids(next), next.arrived, next.left.size]).toEqual(['abcd', 2, 0]);
});

test('rows that are read show the newest data in their old order', () => {
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

test('rows that are added below move nothing, and are shown up to the size of the page', () => {
  const next = held(shown('a', 'b', 'c'), rows('a', 'b', 'c', 'd', 'e'), MOST, nobody);
  expect([ids(next), next.arrived]).toEqual(['abcd', 0]);
});

test('a row that left the list stays, marked; a row that the reader changed goes', () => {
  const next = held(shown('a', 'b', 'c'), rows('c'), MOST, (id) => id === 'a');
  expect([ids(next), [...next.left]]).toEqual(['bc', ['b']]);
});

test('if all rows that were read left the list, the new rows follow below', () => {
  const next = held(shown('a'), rows('x', 'y'), MOST, nobody);
  expect([ids(next), next.arrived]).toEqual(['axy', 0]);
});
