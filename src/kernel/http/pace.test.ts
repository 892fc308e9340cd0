import { pace } from './pace';

beforeEach(() => {
  jest.useFakeTimers({ advanceTimers: false });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Requests through a pace of two for each 100 ms, and how many of them have passed. */
function requests(maxWaiting?: number) {
  const middleware = pace(2, 100, maxWaiting);
  let passed = 0;
  return {
    send(count: number) {
      for (let i = 0; i < count; i++) middleware({} as never, {} as never, () => (passed += 1));
    },
    passed: () => passed,
  };
}

test('the first requests of a window pass at once, later ones wait for its end', () => {
  const { send, passed } = requests();
  send(5);
  expect(passed()).toBe(2);
  jest.advanceTimersByTime(99);
  expect(passed()).toBe(2);
  jest.advanceTimersByTime(1);
  expect(passed()).toBe(5);
});

test('a new window begins with the first request after the last one', () => {
  const { send, passed } = requests();
  send(3);
  jest.advanceTimersByTime(1_000);
  send(2);
  expect(passed()).toBe(5);
  send(1);
  expect(passed()).toBe(5);
  jest.advanceTimersByTime(100);
  expect(passed()).toBe(6);
});

test('no request is refused: if too many wait, all of them pass', () => {
  const { send, passed } = requests(10);
  send(11);
  expect(passed()).toBe(2);
  send(1);
  expect(passed()).toBe(12);
});
