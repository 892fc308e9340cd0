import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

/** Writes items in batches. Items that are added while a batch is being written form the next batch. */
export interface BatchWriter<T> {
  /** Resolves when the item is written, or when the writer is abandoned. */
  add(item: T): Promise<void>;
  /** Starts the write at once; resolves when every item that was added before has been tried. */
  flush(): Promise<void>;
  /** Drops all items that are not written yet, and all later ones. */
  abandon(): void;
}

export interface BatchWriterOptions<T> {
  /** Returns the items to write again after a pause. If it rejects, the whole batch is written again. */
  write(batch: T[]): Promise<readonly T[]>;
  /** How long an idle writer collects items, in milliseconds; 0 is until the end of the current turn of the event loop. */
  collectMs?: number;
}

/** A caller that waits for a batch: with an item (`add`) or without (`flush`). */
interface Waiting<T> {
  item?: T;
  done: () => void;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;

/**
 * A batch writer. An item is kept until it is written or the writer is abandoned.
 * @example const rows = batchWriter<Row>({ write: async (batch) => (await insert(db, batch), []) });
 */
export function batchWriter<T>({ write, collectMs = 0 }: BatchWriterOptions<T>): BatchWriter<T> {
  const abandoned = new AbortController();
  let waiting: Waiting<T>[] = [];
  let running = false;
  let collecting: AbortController | undefined;

  async function collect(): Promise<void> {
    if (collectMs === 0) return setImmediate();
    collecting = new AbortController();
    await sleep(collectMs, undefined, { signal: collecting.signal }).catch(() => undefined);
    collecting = undefined;
  }

  /** Writes one batch. Items to write again come first in the next batch. True if there are none. */
  async function writeBatch(): Promise<boolean> {
    const batch = waiting;
    waiting = [];
    const items = batch.flatMap(({ item }) => (item === undefined ? [] : [item]));
    const left = new Set(items.length === 0 ? [] : await write(items).catch(() => items));
    const again: Waiting<T>[] = [];
    for (const each of batch) {
      if (each.item !== undefined && left.has(each.item)) again.push(each);
      else each.done();
    }
    waiting.unshift(...again);
    return again.length === 0;
  }

  async function run(): Promise<void> {
    running = true;
    await collect();
    for (let failures = 0; waiting.length > 0 && !abandoned.signal.aborted; ) {
      failures = (await writeBatch()) ? 0 : failures + 1;
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
      if (failures > 0) await sleep(pauseMs, undefined, { signal: abandoned.signal }).catch(() => undefined);
    }
    running = false;
    if (abandoned.signal.aborted) release();
  }

  function release(): void {
    for (const { done } of waiting.splice(0)) done();
  }

  const enter = (each: Omit<Waiting<T>, 'done'>): Promise<void> =>
    new Promise((done) => {
      if (abandoned.signal.aborted) return done();
      waiting.push({ ...each, done });
      if (!running) void run();
    });

  return {
    add: (item) => enter({ item }),
    flush() {
      if (!running) return Promise.resolve();
      const done = enter({});
      collecting?.abort();
      return done;
    },
    abandon() {
      abandoned.abort();
      collecting?.abort();
      release();
    },
  };
}
