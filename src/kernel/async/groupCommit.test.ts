import { unavailable } from '../ports/problem';
import { groupCommit, type IntakeOptions, type Member } from './groupCommit';

interface Group {
  keys: string[];
  finish(): void;
  fail(error: Error): void;
}

/** An intake whose groups end when the test calls `finish` or `fail`. */
function slowIntake(options: Partial<IntakeOptions<Member, string>> = {}) {
  const groups: Group[] = [];
  const intake = groupCommit<Member, string>({
    ...options,
    handle: (members) =>
      new Promise((resolve, reject) => {
        const keys = members.map(({ key }) => key);
        groups.push({ keys, finish: () => resolve(keys.map((key) => `done ${key}`)), fail: reject });
      }),
  });
  const submit = (key: string, lane = 'a') => intake.submit({ lane, key });
  return { groups, intake, submit };
}

/** Waits until all callbacks that are ready have run. */
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const keysOf = (groups: Group[]) => groups.map(({ keys }) => keys);

afterEach(() => void jest.useRealTimers());

test('members of one turn of the event loop form one group, and each gets its own result', async () => {
  const { groups, submit } = slowIntake();
  const answers = Promise.all(['x', 'y', 'z'].map((key) => submit(key)));
  await turn();
  expect(keysOf(groups)).toEqual([['x', 'y', 'z']]);
  groups[0]?.finish();
  expect(await answers).toEqual(['done x', 'done y', 'done z']);
});

test('at most two groups run at once; later members wait and form the next group', async () => {
  const { groups, submit } = slowIntake();
  const answers: Promise<string>[] = [];
  for (const key of ['a', 'b', 'c', 'd', 'e']) {
    answers.push(submit(key));
    await turn();
  }
  expect(keysOf(groups)).toEqual([['a'], ['b']]);
  groups[1]?.finish();
  await turn();
  expect(keysOf(groups)).toEqual([['a'], ['b'], ['c', 'd', 'e']]);
  for (const { finish } of groups) finish();
  expect(await Promise.all(answers)).toHaveLength(5);
});

test('a group holds reports of one sender only, so that each change has its actor', async () => {
  const { groups, submit } = slowIntake();
  void submit('x', 'maria');
  void submit('y', 'tom');
  void submit('z', 'maria');
  await turn();
  expect(keysOf(groups)).toEqual([['x', 'z'], ['y']]);
});

test('a key is never in two running groups, and other keys overtake it', async () => {
  const { groups, submit } = slowIntake();
  void submit('x');
  await turn();
  void submit('x');
  void submit('y');
  await turn();
  expect(keysOf(groups)).toEqual([['x'], ['y']]);
  groups[0]?.finish();
  await turn();
  expect(keysOf(groups)).toEqual([['x'], ['y'], ['x']]);
});

test('a group has at most the allowed number of members', async () => {
  const { groups, submit } = slowIntake({ largestGroup: 2, atOnce: 1 });
  for (const key of ['a', 'b', 'c']) void submit(key);
  await turn();
  expect(keysOf(groups)).toEqual([['a', 'b']]);
});

test('while a group is slow, other groups of one member run, up to a bound', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  const { groups, submit } = slowIntake({ atOnce: 1, slowAfterMs: 5, mostSlow: 1 });
  const first = submit('a');
  await turn();
  void submit('b');
  jest.advanceTimersByTime(4);
  await turn();
  expect(keysOf(groups)).toEqual([['a']]);
  jest.advanceTimersByTime(1);
  await turn();
  expect(keysOf(groups)).toEqual([['a'], ['b']]);
  void submit('c');
  void submit('d');
  jest.advanceTimersByTime(20);
  await turn();
  expect(keysOf(groups)).toEqual([['a'], ['b']]);
  groups[0]?.finish();
  await first;
  await turn();
  expect(keysOf(groups)).toEqual([['a'], ['b'], ['c']]);
});

test('a submit is refused as unavailable while too many members wait', async () => {
  const { submit } = slowIntake({ mostWaiting: 1 });
  void submit('a');
  await expect(submit('b')).rejects.toMatchObject({ kind: 'unavailable' });
});

test('lanes take turns: a lane with many members does not delay another', async () => {
  const { groups, submit } = slowIntake({ atOnce: 1, largestGroup: 2 });
  for (const key of ['1', '2', '3', '4', '5', '6']) void submit(key, 'noisy');
  await turn();
  void submit('x', 'quiet');
  void submit('y', 'other');
  for (let n = 0; n < 5; n++) {
    groups.at(-1)?.finish();
    await turn();
  }
  expect(keysOf(groups)).toEqual([['1', '2'], ['3', '4'], ['x'], ['y'], ['5', '6']]);
});

test('groups are small for a second after members of another lane', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  const { groups, submit } = slowIntake({ atOnce: 1, largestGroup: 3, largestShared: 1 });
  const sizes = async (...lanes: string[]) => {
    const before = groups.length;
    for (const [n, lane] of lanes.entries()) void submit(`${before} ${n}`, lane);
    await turn();
    for (let at = before; at < groups.length; at++) {
      groups[at]?.finish();
      await turn();
    }
    return groups.slice(before).map(({ keys }) => keys.length);
  };
  expect(await sizes('a', 'a', 'a')).toEqual([3]);
  expect(await sizes('b', 'b')).toEqual([1, 1]);
  jest.advanceTimersByTime(1_000);
  expect(await sizes('b', 'b', 'b')).toEqual([3]);
});

test('a lane whose keys are all busy gives its turn to the next', async () => {
  const { groups, submit } = slowIntake();
  void submit('x', 'noisy');
  await turn();
  void submit('x', 'noisy');
  void submit('y', 'quiet');
  await turn();
  expect(keysOf(groups)).toEqual([['x'], ['y']]);
});

test('a lane that fills the places is refused, another is not, until it holds its share', async () => {
  const { submit } = slowIntake({ mostWaiting: 4, atOnce: 0 });
  const refused = { kind: 'unavailable' };
  for (const key of ['1', '2', '3', '4']) void submit(key, 'noisy');
  await expect(submit('5', 'noisy')).rejects.toMatchObject(refused);
  for (const key of ['a', 'b']) void submit(key, 'quiet');
  await expect(submit('c', 'quiet')).rejects.toMatchObject(refused);
  await expect(submit('5', 'noisy')).rejects.toMatchObject(refused);
});

test('at most twice the places are taken, by however many lanes', async () => {
  const { submit } = slowIntake({ mostWaiting: 10, atOnce: 0 });
  let refused = 0;
  for (let lane = 0; lane < 10; lane++) {
    for (let n = 0; n < 20; n++) submit(`${lane} ${n}`, `lane ${lane}`).catch(() => (refused += 1));
  }
  await turn();
  expect(refused).toBe(200 - 20);
});

test('an unreachable database fails the whole group at once', async () => {
  const { groups, submit } = slowIntake();
  const answers = Promise.allSettled([submit('a'), submit('b')]);
  await turn();
  groups[0]?.fail(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(groups).toHaveLength(1);
});

test('a member that cannot be stored fails alone', async () => {
  const tried: string[][] = [];
  const intake = groupCommit<Member, string>({
    handle: async (members) => {
      const keys = members.map(({ key }) => key);
      tried.push(keys);
      if (keys.includes('poison')) throw new Error('cannot be stored');
      return keys;
    },
  });
  const keys = ['a', 'poison', 'b'];
  const answers = await Promise.allSettled(keys.map((key) => intake.submit({ lane: 'l', key })));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(tried).toEqual([keys, ['a'], ['poison'], ['b']]);
});

test('quiet resolves when no group runs and no member waits', async () => {
  const { groups, intake, submit } = slowIntake({ atOnce: 1 });
  await intake.quiet();
  let quiet = false;
  void submit('a');
  await turn();
  void submit('b').catch(() => undefined);
  void intake.quiet().then(() => {
    quiet = true;
  });
  groups[0]?.finish();
  await turn();
  expect(quiet).toBe(false);
  groups[1]?.fail(unavailable('gone'));
  await turn();
  expect(quiet).toBe(true);
});

test('while several lanes submit, a lane leaves one of three places to the others', async () => {
  const { groups, submit } = slowIntake({ atOnce: 3, largestShared: 1 });
  void submit('q', 'quiet');
  await turn();
  groups[0]?.finish();
  for (const key of ['x', 'y', 'z']) void submit(key, 'noisy');
  await turn();
  expect(keysOf(groups)).toEqual([['q'], ['x'], ['y']]);
  void submit('q', 'quiet');
  await turn();
  expect(keysOf(groups)).toEqual([['q'], ['x'], ['y'], ['q']]);
});
