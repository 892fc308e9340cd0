import { sendInBatches } from './batches';
import { Problem } from './problem';

const MIB = 1024 * 1024;

/** A neighbour that accepts bodies up to a limit and records them. */
function neighbour(limit: number) {
  const taken: number[][] = [];
  const refused: number[][] = [];
  const send = async (items: number[]): Promise<string[]> => {
    if (items.reduce((sum, item) => sum + item, 0) > limit) {
      refused.push(items);
      throw new Problem('too-large', 'The body is too large.');
    }
    taken.push(items);
    return items.map((item) => `took ${item}`);
  };
  return { taken, refused, send };
}

test('batches are limited by bytes and by number of items', async () => {
  const { taken, send } = neighbour(100 * MIB);
  const sizes = [3 * MIB, 1 * MIB, 1, 2, 3, 5 * MIB];
  const answers = await sendInBatches(sizes, { bytesOf: (size) => size, most: 2, send });
  expect(taken).toEqual([[3 * MIB, 1 * MIB], [1, 2], [3], [5 * MIB]]);
  expect(answers).toEqual(sizes.map((size) => `took ${size}`));
});

test('a batch that is too large is halved until it is accepted, in the same order', async () => {
  const { taken, send } = neighbour(25);
  const sizes = [10, 10, 10, 10, 20];
  expect(await sendInBatches(sizes, { bytesOf: () => 1, most: 100, send })).toEqual(sizes.map((n) => `took ${n}`));
  expect(taken).toEqual([[10, 10], [10], [10], [20]]);
});

test('a single item that is too large is sent once more in its smaller form', async () => {
  const { refused, taken, send } = neighbour(25);
  const shrink = () => 5;
  expect(await sendInBatches([10, 90], { bytesOf: () => 1, most: 100, send, shrink })).toEqual(['took 10', 'took 5']);
  expect(taken).toEqual([[10], [5]]);
  expect(refused).toEqual([[10, 90], [90]]);
  await expect(sendInBatches([90], { bytesOf: () => 1, most: 9, send, shrink: () => 80 })).rejects.toThrow('too large');
  expect(refused).toHaveLength(4);
});

test('another error is thrown at once', async () => {
  let calls = 0;
  const send = async () => {
    calls += 1;
    throw new Problem('unavailable', 'away');
  };
  await expect(sendInBatches([1, 2], { bytesOf: () => 1, most: 9, send })).rejects.toThrow('away');
  expect(calls).toBe(1);
});
