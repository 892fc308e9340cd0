import { createEvaluator, type Evaluator, type Task } from './evaluator';

let evaluator: Evaluator;
beforeAll(() => {
  evaluator = createEvaluator();
});
afterAll(() => evaluator.stop());

const RUNAWAY = '( $again := function() { $again() }; $again() )';
const run = (task: Task, key = 'one') => evaluator.run(key, task);
const message = (text: string, body: unknown = { a: 1 }) => run({ fields: { message: text }, body });

test('evaluates the expressions of each item that `split` selects', async () => {
  const body = { list: [{ a: 'x' }, { a: 'y' }], host: 'db1' };
  const fields = { message: 'a & " " & $payload.host', key: '$index' };
  expect(await run({ split: 'list', fields, body })).toEqual([
    { item: { a: 'x' }, values: { message: 'x db1', key: 0 } },
    { item: { a: 'y' }, values: { message: 'y db1', key: 1 } },
  ]);
});

test('leaves out the fields whose expression selects nothing', async () => {
  expect(await message('b.c')).toEqual([{ item: { a: 1 }, values: {} }]);
});

test('an expression that fails is refused by its field', async () => {
  await expect(message('$uppercase(a)')).rejects.toMatchObject({
    kind: 'invalid',
    extra: { errors: [expect.objectContaining({ path: 'mapping.message' })] },
  });
});

test('a split that selects nothing is refused, and an empty list holds no alerts', async () => {
  const fields = { message: 'a' };
  await expect(run({ split: 'b', fields, body: {} })).rejects.toMatchObject({
    detail: /mapping.split: It selects nothing/,
  });
  expect(await run({ split: 'b', fields, body: { b: [] } })).toEqual([]);
});

test('names every expression that cannot be compiled, and evaluates none', async () => {
  const faults = await run({ check: true, split: 'a[', fields: { message: RUNAWAY, service: 'b(' } });
  expect(faults).toEqual([expect.objectContaining({ field: 'split' }), expect.objectContaining({ field: 'service' })]);
});

test.each([
  ['never ends', RUNAWAY],
  ['calls itself without an end', '( $f := function($n) { 1 + $f($n + 1) }; $f(1) )'],
  ['has a pattern that backtracks without an end', '$match(a, /(a+)+b/)'],
  ['fills the memory', '( $f := function($s) { $f($append($s, $s)) }; $f([1..1000]) )'],
  ['allocates more than its memory at once', '$length($uppercase($pad("x", 400000000)))'],
])('an expression that %s is cut off, and the next one is evaluated', async (_what, text) => {
  await expect(message(text, { a: 'a'.repeat(100) })).rejects.toMatchObject({
    kind: 'invalid',
    detail: expect.stringMatching(/cut off|memory|Invalid string length/),
  });
  expect(await message('a')).toEqual([{ item: { a: 1 }, values: { message: 1 } }]);
});

test('a result that is too large is refused', async () => {
  const body = Array.from({ length: 900 }, () => ({}));
  await expect(message('$pad("x", 4000)', body)).rejects.toMatchObject({ detail: 'mapping: The result is too large' });
});

test('many items may take longer than one expression', async () => {
  const body = Array.from({ length: 200 }, () => ({ a: 1 }));
  const results = (await message('$sum([1..2000])', body)) as unknown[];
  expect(results).toHaveLength(200);
});

test('runaway expressions of one sender do not delay those of another', async () => {
  const own = createEvaluator();
  const bad = Array.from({ length: 30 }, () =>
    own.run('noisy', { fields: { message: RUNAWAY }, body: {} }).catch((error) => error.kind),
  );
  let left = 30;
  for (const each of bad) void each.then(() => left--);
  expect(await own.run('quiet', { fields: { message: 'a' }, body: { a: 1 } })).toHaveLength(1);
  expect(left).toBeGreaterThan(20);
  own.stop();
  await Promise.all(bad);
});

test('refuses a task with 503 if too many wait', async () => {
  const own = createEvaluator({ waiting: 2 });
  const task = { fields: { message: 'a' }, body: {} };
  const taken = [1, 2, 3].map(() => own.run('one', task));
  expect(() => own.run('one', task)).toThrow(
    expect.objectContaining({ kind: 'unavailable', extra: { retry_after_seconds: expect.any(Number) } }),
  );
  expect(await Promise.all(taken)).toHaveLength(3);
  own.stop();
});

test('an expression sees no variable of the server and no function of Node', async () => {
  const names = ['process', 'require', 'global', 'constructor'];
  const text = `{ ${names.map((name) => `"${name}": $exists($${name})`).join(', ')} }`;
  const values = Object.fromEntries(names.map((name) => [name, false]));
  expect(await message(text)).toEqual([{ item: { a: 1 }, values: { message: values } }]);
});
