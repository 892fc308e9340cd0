import { batchWriter } from './batchWriter';

/** A writer that records its batches. Its first `failures` writes fail. */
function recorded({ collectMs = 0, failures = 0 } = {}) {
  const batches: number[][] = [];
  let left = failures;
  const writer = batchWriter<number>({
    collectMs,
    async write(batch) {
      batches.push(batch);
      if (left-- > 0) throw new Error('The database is away.');
      return [];
    },
  });
  return { writer, batches };
}

test('items that are added in one turn are one batch', async () => {
  const { writer, batches } = recorded();
  await Promise.all([1, 2, 3].map(writer.add));
  expect(batches).toEqual([[1, 2, 3]]);
});

test('items that are added during a write are the next batch', async () => {
  const batches: number[][] = [];
  let second: Promise<void> | undefined;
  const writer = batchWriter<number>({
    async write(batch) {
      batches.push(batch);
      second ??= Promise.all([2, 3].map((item) => writer.add(item))).then(() => undefined);
      return [];
    },
  });
  await writer.add(1);
  await second;
  expect(batches).toEqual([[1], [2, 3]]);
});

test('a batch that cannot be written is written again, before later items', async () => {
  const { writer, batches } = recorded({ failures: 1 });
  const first = writer.add(1);
  while (batches.length === 0) await new Promise(setImmediate);
  await Promise.all([first, writer.add(2)]);
  expect(batches).toEqual([[1], [1, 2]]);
});

test('only the items that write returns are written again', async () => {
  const batches: number[][] = [];
  const writer = batchWriter<number>({
    async write(batch) {
      batches.push(batch);
      return batches.length === 1 ? [2] : [];
    },
  });
  await Promise.all([1, 2, 3].map(writer.add));
  expect(batches).toEqual([[1, 2, 3], [2]]);
});

test('a flush does not wait until the time for collecting has passed', async () => {
  const { writer, batches } = recorded({ collectMs: 3_600_000 });
  void writer.add(1);
  await writer.flush();
  expect(batches).toEqual([[1]]);
});

test('a flush of an idle writer resolves at once', async () => {
  const { writer, batches } = recorded();
  await writer.flush();
  expect(batches).toEqual([]);
});

test('an abandoned writer resolves waiting calls, and drops later items', async () => {
  const { writer, batches } = recorded({ collectMs: 3_600_000 });
  const first = writer.add(1);
  writer.abandon();
  await first;
  await writer.add(2);
  expect(batches).toEqual([]);
});
