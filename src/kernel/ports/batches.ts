import { Problem } from './problem';

/** The largest body that is sent to a neighbour at once, in bytes. */
const LARGEST_BATCH = 4 * 1024 * 1024;

/** How to batch items and send them. */
export interface Batching<T, R> {
  /** Upper estimate of an item's bytes in JSON. */
  bytesOf(item: T): number;
  /** Most items per batch. */
  most: number;
  /** Sends one batch; returns results in the order of its items. */
  send(items: T[]): Promise<R[]>;
  /** A smaller form of an item that is too large even alone; if absent, the error is thrown. */
  shrink?(item: T): T;
}

/**
 * Sends items in as few batches as possible, one after the other. A batch that the neighbour refuses as too large is
 * halved; a single item is sent once more in its smaller form.
 * @returns the results in the order of the items
 * @throws the first error that is not `too-large`
 */
export async function sendInBatches<T, R>(items: readonly T[], options: Batching<T, R>): Promise<R[]> {
  const answers: R[] = [];
  for (const batch of batchesOf(items, options)) answers.push(...(await sendOrHalve(batch, options)));
  return answers;
}

function batchesOf<T>(items: readonly T[], { bytesOf, most }: Pick<Batching<T, unknown>, 'bytesOf' | 'most'>): T[][] {
  const batches: T[][] = [];
  let spaceBytes = 0;
  for (const item of items) {
    const bytes = bytesOf(item);
    const last = batches.at(-1);
    if (last === undefined || last.length >= most || bytes > spaceBytes) {
      batches.push([item]);
      spaceBytes = LARGEST_BATCH - bytes;
    } else {
      last.push(item);
      spaceBytes -= bytes;
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
