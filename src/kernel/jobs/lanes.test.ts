import { type TestDatabase, testDatabase } from '../../testing/databases';
import { silentLog } from '../../testing/http';
import { systemClock } from '../clock';
import { enqueue, type Handlers, type Job } from './jobs';
import { type JobWorker, jobWorker, type WorkerOptions } from './worker';

/** Which jobs a worker claims if kinds have limits, or are urgent. */

let base: TestDatabase;
let worker: JobWorker | undefined;
beforeAll(async () => {
  base = await testDatabase('notify');
});
beforeEach(() => base.db('jobs').delete());
afterEach(async () => {
  await worker?.stop();
});
afterAll(() => base.drop());

function start(handlers: Handlers, more: Partial<WorkerOptions>): void {
  const options = { db: base.db, url: base.url, clock: systemClock, log: silentLog, handlers, stopWithinMs: 50 };
  worker = jobWorker({ ...options, ...more });
  worker.start();
}

/** Enqueues `count` due jobs of a kind, the first one the oldest. */
async function enqueueMany(kind: string, count: number): Promise<void> {
  const now = systemClock.now();
  const jobs = Array.from({ length: count }, (_, n): Job => {
    return { kind, payload: { n: n + 1 }, runAt: new Date(now.getTime() - 60_000 + n * 10) };
  });
  await base.db.transaction((trx) => enqueue(trx, now, jobs));
}

/** A handler that records, and resolves `all` with the numbers when `count` jobs have begun. */
function recorder(count: number, ends: () => Promise<void> = async () => {}) {
  const seen: number[] = [];
  let done = (_: number[]): void => {};
  const all = new Promise<number[]>((resolve) => {
    done = resolve;
  });
  const handler = async ({ n }: { n: number }) => {
    seen.push(n);
    if (seen.length === count) done(seen);
    await ends();
  };
  return { all, handler, seen };
}

test('a kind whose handlers hang leaves room for other kinds', async () => {
  const hanging = recorder(12, () => new Promise(() => {}));
  const other = recorder(40);
  await enqueueMany('hanging', 200);
  await enqueueMany('other', 40);
  start({ hanging: hanging.handler, other: other.handler }, { concurrency: 40, perKind: 12 });
  await Promise.all([hanging.all, other.all]);
  expect(hanging.seen.length).toBeLessThan(16);
});

test('the newest urgent jobs run first, and every fourth time the oldest', async () => {
  const { all, handler } = recorder(8);
  await enqueueMany('urgent', 8);
  start({ urgent: handler }, { concurrency: 1, urgentKinds: ['urgent'] });
  expect(await all).toEqual([8, 7, 6, 1, 5, 4, 3, 2]);
});

test('urgent jobs run before others that are due longer', async () => {
  const order: string[] = [];
  const both = recorder(6);
  const noting = (kind: string) => async (payload: { n: number }) => {
    order.push(kind);
    await both.handler(payload);
  };
  await enqueueMany('other', 3);
  await enqueueMany('urgent', 3);
  start({ urgent: noting('urgent'), other: noting('other') }, { concurrency: 1, urgentKinds: ['urgent'] });
  await both.all;
  expect(order).toEqual(['urgent', 'urgent', 'urgent', 'other', 'other', 'other']);
});

test('every job of every kind runs once, whatever the limits are', async () => {
  const { all, handler, seen } = recorder(90);
  for (const kind of ['a', 'b', 'c']) await enqueueMany(kind, 30);
  start({ a: handler, b: handler, c: handler }, { concurrency: 5, perKind: 2, urgentKinds: ['b'] });
  await all;
  expect(seen).toHaveLength(90);
});
