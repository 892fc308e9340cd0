import { Problem } from './problem';

/** A body beyond this is not sent to a neighbour in one piece. */
const LARGEST_BATCH = 4 * 1024 * 1024;

export interface Batching<T, R> {
  /** Upper estimate of an item's bytes in JSON. */
  bytesOf(item: T): number;
  most: number;
  /** Sends one batch; answers in the order of its items. */
  send(items: T[]): Promise<R[]>;
  /** A smaller form of an item that the neighbour refuses by itself as too large; without one the refusal is thrown. */
  shrink?(item: T): T;
}

/**
 * Sends items in as few batches as their number and their bytes allow, one after the other. A batch that is refused as too
 * large is halved; a single item is sent once more in its smaller form.
 * @returns the answers in the order of the items
 */
export async function sendInBatches<T, R>(items: readonly T[], options: Batching<T, R>): Promise<R[]> {
  const answers: R[] = [];
  for (const batch of batchesOf(items, options)) answers.push(...(await sendOrHalve(batch, options)));
  return answers;
}

function batchesOf<T>(items: readonly T[], { bytesOf, most }: Pick<Batching<T, unknown>, 'bytesOf' | 'most'>): T[][] {
  const batches: T[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = bytesOf(item);
    const last = batches.at(-1);
    if (last === undefined || last.length >= most || bytes > room) {
      batches.push([item]);
      room = LARGEST_BATCH - bytes;
    } else {
      last.push(item);
      room -= bytes;
    }
  }
  return batches;
}

const isTooLarge = (error: unknown): boolean => error instanceof Problem && error.kind === 'too-large';

async function sendOrHalve<T, R>(batch: T[], options: Batching<T, R>): Promise<R[]> {
  try {
    return await options.send(batch);
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    if (batch.length === 1 && options.shrink !== undefined) return options.send(batch.map(options.shrink));
    if (batch.length === 1) throw error;
    const half = Math.ceil(batch.length / 2);
    return [...(await sendOrHalve(batch.slice(0, half), options)), ...(await sendOrHalve(batch.slice(half), options))];
  }
}
