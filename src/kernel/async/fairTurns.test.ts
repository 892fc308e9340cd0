import { fairTurns } from './fairTurns';

const BYTES = 10;

/** Turns of senders; `begun` lists the requests that have one. */
function harness(options: Parameters<typeof fairTurns>[0]) {
  const turns = fairTurns(options);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const enter = (sender: string, request: string, signal?: AbortSignal) =>
    turns.enter(sender, BYTES, signal).then((end) => {
      begun.push(request);
      ends.set(request, end);
    });
  return { begun, enter, end: (request: string) => ends.get(request)?.() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

test('a sender that is alone may have more in progress', async () => {
  const { begun, enter, end } = harness({ most: 19, mostAlone: 39 });
  for (const request of ['a1', 'a2', 'a3', 'a4']) void enter('a', request);
  await turn();
  expect(begun).toEqual(['a1', 'a2', 'a3']);
  end('a1');
  await turn();
  expect(begun.slice(3)).toEqual(['a4']);
});

test('while others send, further requests of a sender wait in their order, and those of others pass', async () => {
  const { begun, enter, end } = harness({ most: 19, mostAlone: 99 });
  await enter('b', 'b1');
  await enter('a', 'a1');
  void enter('a', 'a2');
  void enter('a', 'a3');
  end('b1');
  await enter('b', 'b2');
  await turn();
  expect(begun).toEqual(['b1', 'a1', 'b2']);
  end('a1');
  await turn();
  expect(begun).toEqual(['b1', 'a1', 'b2', 'a2']);
  end('a2');
  end('a2');
  await turn();
  expect(begun.slice(4)).toEqual(['a3']);
});

test('a second after the other sender, all that wait pass when one of them ends', async () => {
  const { begun, enter, end } = harness({ most: 19, mostAlone: 99 });
  await enter('b', 'b1');
  await enter('a', 'a1');
  void enter('a', 'a2');
  void enter('a', 'a3');
  await jest.advanceTimersByTimeAsync(1_000);
  end('a1');
  await turn();
  expect(begun).toEqual(['b1', 'a1', 'a2', 'a3']);
});

test('a client that disconnects gives up its place', async () => {
  const { begun, enter, end } = harness({ most: 19, mostAlone: 99 });
  await enter('b', 'b1');
  await enter('a', 'a1');
  const client = new AbortController();
  const gone = expect(enter('a', 'a2', client.signal)).rejects.toMatchObject({ kind: 'malformed' });
  void enter('a', 'a3');
  client.abort();
  await gone;
  end('a1');
  await turn();
  expect(begun).toEqual(['b1', 'a1', 'a3']);
});

test('more requests than may wait are refused as unavailable', async () => {
  const { enter } = harness({ most: 19, mostAlone: 99, mostWaiting: 1 });
  await enter('b', 'b1');
  await enter('a', 'a1');
  void enter('a', 'a2');
  await expect(enter('a', 'a3')).rejects.toMatchObject({ status: 503 });
});

test('a request that is larger than the limit has its turn alone', async () => {
  const { begun, enter, end } = harness({ most: 5, mostAlone: 99 });
  await enter('b', 'b1');
  await enter('a', 'a1');
  void enter('a', 'a2');
  await turn();
  expect(begun).toEqual(['b1', 'a1']);
  end('a1');
  await turn();
  expect(begun).toEqual(['b1', 'a1', 'a2']);
});
