import { nextInTurn, type Turn } from './roundRobin';

const people = (count: number) => Array.from({ length: count }, (_, n) => ({ email: `${n}@example.com` }));
const everybody = () => true;

/** The addresses of the people that so many runs page. */
function runs(count: number, of: { email: string }[], canReach: (one: { email: string }) => boolean = everybody) {
  let turn: Turn | null = null;
  return Array.from({ length: count }, () => {
    const next = nextInTurn(of, turn, canReach);
    turn = next?.turn ?? null;
    return next?.person.email;
  });
}

test.each([1, 2, 3, 7, 20])('among %i people each is paged once before anyone is paged again', (count) => {
  const paged = runs(3 * count, people(count));
  for (let round = 0; round < 3; round++) {
    expect(new Set(paged.slice(round * count, (round + 1) * count)).size).toBe(count);
  }
});

test('a person who cannot be reached is passed over', () => {
  expect(runs(4, people(3), ({ email }) => email !== '1@example.com')).toEqual([
    '0@example.com',
    '2@example.com',
    '0@example.com',
    '2@example.com',
  ]);
});

test('the turn goes on if no one can be reached', () => {
  expect(runs(3, people(2), () => false)).toEqual(['0@example.com', '1@example.com', '0@example.com']);
});

test('nobody has the turn among no people', () => {
  expect(nextInTurn([], { email: 'gone@example.com', place: 3 }, everybody)).toBeNull();
});

test('the person after the last one follows, even if people joined before', () => {
  const [a, b, c] = people(3) as [{ email: string }, { email: string }, { email: string }];
  const turn = nextInTurn([a, b], null, everybody)?.turn as Turn;
  expect(nextInTurn([c, a, b], turn, everybody)?.person).toBe(b);
});

test('the last person is known in any spelling of the address', () => {
  const of = [{ email: ' ANA@example.com' }, { email: 'ben@example.com' }];
  expect(nextInTurn(of, { email: 'ana@example.com', place: 0 }, everybody)?.person.email).toBe('ben@example.com');
});

test('the place counts if the last person has left, so that nobody is passed over', () => {
  const [a, b, c] = people(3) as [{ email: string }, { email: string }, { email: string }];
  const turn = nextInTurn([a, b, c], { email: a.email, place: 0 }, everybody)?.turn as Turn;
  expect(turn).toEqual({ email: b.email, place: 1 });
  expect(nextInTurn([a, c], turn, everybody)?.person).toBe(c);
  expect(nextInTurn([a], { email: c.email, place: 2 }, everybody)?.person).toBe(a);
});

test.each([0, 1, 2, 3, 10])('a turn %i turns ahead is the one that so many further runs take', (ahead) => {
  const of = people(3);
  expect(nextInTurn(of, null, everybody, ahead)?.person.email).toBe(runs(ahead + 1, of).at(-1));
});
