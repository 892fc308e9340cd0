import { Registry } from 'prom-client';
import { type TestDatabase, testDatabase } from '../../testing/databases';
import { fakeClock, minutes, seconds } from '../clock';
import { connect } from '../db/pool';
import { createLog } from '../observe/observe';
import { complete, enqueue, enqueueClaimed, type Handlers, type Job, RetryIn, type RunningJob } from './jobs';
import { backoffMs, jobWorker, type WorkerOptions } from './worker';

let base: TestDatabase;
const clock = fakeClock();

beforeAll(async () => {
  base = await testDatabase('alerts');
});
beforeEach(() => base.db('jobs').delete());
afterAll(() => base.drop());

const worker = (handlers: Handlers, more: Partial<WorkerOptions> = {}) =>
  jobWorker({ db: base.db, url: base.url, clock, log: createLog('silent', 'test'), handlers, ...more });
const enqueueAll = (...jobs: Job[]) => base.db.transaction((trx) => enqueue(trx, clock.now(), jobs));
const inMs = (ms: number) => new Date(clock.now().getTime() + ms);
const storedJobs = () => base.db('jobs').orderBy('id');

/** A handler that records its payloads. */
function recorder() {
  const seen: unknown[] = [];
  return { seen, note: async (payload: object) => void seen.push(payload) };
}

/** A gate at which a handler waits until the test opens it. */
function gate() {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

test('a job whose transaction is rolled back does not run', async () => {
  const { seen, note } = recorder();
  const failing = base.db.transaction(async (trx) => {
    await enqueue(trx, clock.now(), [{ kind: 'note', payload: {} }]);
    throw new Error('rolled back');
  });
  await expect(failing).rejects.toThrow('rolled back');
  expect(await worker({ note }).drain()).toBe(0);
  expect(seen).toEqual([]);
});

test('jobs run in the order of their due times and are deleted afterwards', async () => {
  const { seen, note } = recorder();
  await enqueueAll(
    { kind: 'note', payload: { n: 2 }, runAt: inMs(-1_000) },
    { kind: 'note', payload: { n: 1 }, runAt: inMs(-2_000) },
    { kind: 'note', payload: { n: 3 } },
    { kind: 'note', payload: { n: 4 } },
  );
  expect(await worker({ note }).drain()).toBe(4);
  expect(seen).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
  expect(await storedJobs()).toEqual([]);
});

test('a timer runs at its time, not earlier', async () => {
  const { seen, note } = recorder();
  const jobs = worker({ note });
  await enqueueAll({ kind: 'note', payload: {}, runAt: inMs(minutes(5)) });
  clock.advance(minutes(5) - 1);
  expect(await jobs.drain()).toBe(0);
  clock.advance(1);
  expect(await jobs.drain()).toBe(1);
  expect(seen).toHaveLength(1);
});

test('a drain also runs jobs that other jobs enqueue', async () => {
  const { seen, note } = recorder();
  const countDown = async ({ n }: { n: number }) =>
    enqueueAll(n > 0 ? { kind: 'countDown', payload: { n: n - 1 } } : { kind: 'note', payload: { n } });
  await enqueueAll({ kind: 'countDown', payload: { n: 3 } });
  expect(await worker({ note, countDown }).drain()).toBe(5);
  expect(seen).toEqual([{ n: 0 }]);
});

test('a second job with the same key changes nothing', async () => {
  const { seen, note } = recorder();
  await enqueueAll(
    { kind: 'note', payload: { n: 1 }, key: 'k', runAt: inMs(1_000) },
    { kind: 'note', payload: { n: 2 }, key: 'k' },
  );
  await enqueueAll({ kind: 'note', payload: { n: 3 }, key: 'k' });
  const jobs = worker({ note });
  expect(await jobs.drain()).toBe(0);
  clock.advance(1_000);
  expect(await jobs.drain()).toBe(1);
  expect(seen).toEqual([{ n: 1 }]);
});

test('a rescheduled timer runs once, at its new time, with its new payload', async () => {
  const { seen, note } = recorder();
  const jobs = worker({ note });
  await enqueueAll({ kind: 'note', payload: { n: 1 }, key: 'timer', runAt: inMs(1_000) });
  await enqueueAll({ kind: 'note', payload: { n: 2 }, key: 'timer', runAt: inMs(5_000), reschedule: true });
  clock.advance(4_999);
  expect(await jobs.drain()).toBe(0);
  clock.advance(1);
  expect(await jobs.drain()).toBe(1);
  expect(seen).toEqual([{ n: 2 }]);
});

test('a job whose key is enqueued again while it runs, runs once more', async () => {
  const seen: number[] = [];
  const note = async ({ n }: { n: number }) => {
    seen.push(n);
    if (n < 3) await enqueueAll({ kind: 'note', payload: { n: n + 1 }, key: 'k' });
  };
  await enqueueAll({ kind: 'note', payload: { n: 1 }, key: 'k' });
  expect(await worker({ note }).drain()).toBe(3);
  expect(seen).toEqual([1, 2, 3]);
  expect(await storedJobs()).toEqual([]);
});

test('a job whose key is enqueued again runs once more, even if its handler completes it', async () => {
  const seen: number[] = [];
  const note = async ({ n }: { n: number }, job: RunningJob) => {
    seen.push(n);
    if (n < 2) await enqueueAll({ kind: 'note', payload: { n: n + 1 }, key: 'own' });
    await base.db.transaction((trx) => complete(trx, [job]));
  };
  await enqueueAll({ kind: 'note', payload: { n: 1 }, key: 'own' });
  await worker({ note }).drain();
  expect(seen).toEqual([1, 2]);
  expect(await storedJobs()).toEqual([]);
});

test('the handler of a timer can reschedule it', async () => {
  let ticks = 0;
  const tick = async () => {
    ticks += 1;
    await enqueueAll({ kind: 'tick', payload: {}, key: 'tick', runAt: inMs(minutes(1)), reschedule: true });
  };
  const jobs = worker({ tick });
  await enqueueAll({ kind: 'tick', payload: {}, key: 'tick' });
  expect(await jobs.drain()).toBe(1);
  expect(await jobs.drain()).toBe(0);
  clock.advance(minutes(1));
  expect(await jobs.drain()).toBe(1);
  expect(ticks).toBe(2);
});

test('two workers never run one job at the same time', async () => {
  const seen = new Map<number, number>();
  const note = async ({ n }: { n: number }) => void seen.set(n, (seen.get(n) ?? 0) + 1);
  await enqueueAll(...Array.from({ length: 200 }, (_, n) => ({ kind: 'note', payload: { n } })));
  const ran = await Promise.all([worker({ note }).drain(), worker({ note }).drain(), worker({ note }).drain()]);
  expect(ran.reduce((a, b) => a + b)).toBe(200);
  expect(seen.size).toBe(200);
  expect(new Set(seen.values())).toEqual(new Set([1]));
});

test("a dead worker's job runs again after its lease has expired, not earlier", async () => {
  const { seen, note } = recorder();
  const [started, over] = [gate(), gate()];
  const hang = async () => {
    started.open();
    await over.passed;
  };
  const dead = worker({ note: hang }, { stopWithinMs: 0 });
  await enqueueAll({ kind: 'note', payload: {} });
  const drained = dead.drain();
  await started.passed;
  const alive = worker({ note });
  expect(await alive.drain()).toBe(0);
  clock.advance(seconds(5));
  expect(await alive.drain()).toBe(1);
  expect(seen).toHaveLength(1);
  await dead.stop();
  over.open();
  await drained;
});

test('a worker that lost the lease cannot complete the job of a later attempt', async () => {
  const [started, hold] = [gate(), gate()];
  const slow = worker({
    note: async () => {
      started.open();
      await hold.passed;
    },
  });
  await enqueueAll({ kind: 'note', payload: {} });
  const slowDrain = slow.drain();
  await started.passed;
  clock.advance(seconds(5));
  const failing = worker({ note: () => Promise.reject(new Error('not yet')) });
  expect(await failing.drain()).toBe(1);
  hold.open();
  await slowDrain;
  expect(await storedJobs()).toMatchObject([{ attempts: 2, failures: 1, last_error: 'not yet' }]);
});

test('a handler can complete its job in its own transaction, and sees if the lease was lost', async () => {
  const ended: number[][] = [];
  const note = async (_: object, job: { id: number; attempts: number }) => {
    ended.push(await complete(base.db, [{ id: job.id, attempts: job.attempts - 1 }]));
    ended.push(await complete(base.db, [job]));
  };
  await enqueueAll({ kind: 'note', payload: {} });
  await worker({ note }).drain();
  expect(ended).toEqual([[], [expect.any(Number)]]);
  expect(await storedJobs()).toEqual([]);
});

test('a job that is enqueued as claimed belongs to its caller until the lease expires', async () => {
  const { seen, note } = recorder();
  const jobs = worker({ note });
  const claims = await base.db.transaction((trx) =>
    enqueueClaimed(trx, clock.now(), [
      { kind: 'note', payload: { n: 1 } },
      { kind: 'note', payload: { n: 2 } },
    ]),
  );
  expect(await jobs.drain()).toBe(0);
  expect(await complete(base.db, claims.slice(0, 1))).toEqual([claims[0]?.id]);
  clock.advance(seconds(5));
  expect(await jobs.drain()).toBe(1);
  expect(seen).toEqual([{ n: 2 }]);
  expect(await complete(base.db, claims)).toEqual([]);
});

test('a failed job backs off longer each time and blocks no other job', async () => {
  const { seen, note } = recorder();
  const poison = () => Promise.reject(new Error('poison'));
  const jobs = worker({ note, poison }, { concurrency: 1 });
  await enqueueAll({ kind: 'poison', payload: {} }, { kind: 'note', payload: {} });
  expect(await jobs.drain()).toBe(2);
  expect(seen).toHaveLength(1);
  const delays: number[] = [];
  for (let n = 0; n < 3; n++) {
    const [job] = await storedJobs();
    delays.push(job.run_at.getTime() - clock.now().getTime());
    clock.advance(job.run_at.getTime() - clock.now().getTime());
    expect(await jobs.drain()).toBe(1);
  }
  expect(delays[0]).toBeGreaterThanOrEqual(750);
  expect(delays[1]).toBeGreaterThanOrEqual(1_500);
  expect(delays[2]).toBeGreaterThanOrEqual(3_000);
  expect(await storedJobs()).toMatchObject([{ last_error: 'poison', failures: 4, leased_until: null }]);
});

test('a job that fails because of an outage backs off at most 15 seconds', async () => {
  const away = connect('postgres://nobody:x@127.0.0.1:1/none', { acquireTimeoutMs: 50 });
  const jobs = worker({ ask: () => away.raw('select 1') });
  await enqueueAll({ kind: 'ask', payload: {} });
  await base.db('jobs').update({ failures: 9 });
  await jobs.drain();
  const [job] = await storedJobs();
  expect(job).toMatchObject({ failures: 10 });
  expect(job.run_at.getTime() - clock.now().getTime()).toBeLessThanOrEqual(seconds(15));
  await away.destroy();
});

test('the back-off grows to five minutes, and to 15 minutes after 12 failures', () => {
  expect(backoffMs(1, 0.5)).toBe(1_000);
  expect(backoffMs(5, 0.5)).toBe(16_000);
  expect(backoffMs(11, 0.5)).toBe(300_000);
  expect(backoffMs(500, 0.5)).toBe(900_000);
});

test('a job that keeps failing is marked, counted and still retried', async () => {
  const registry = new Registry();
  const poison = () => Promise.reject(new Error(`${'x'.repeat(5_000)}\0`));
  const jobs = worker({ poison }, { metrics: { registry, module: 'alerts' } });
  await enqueueAll({ kind: 'poison', payload: {} });
  for (let n = 0; n < 12; n++) {
    expect(await jobs.drain()).toBe(1);
    clock.advance(minutes(20));
  }
  const [job] = await storedJobs();
  expect(job.gave_up_at).not.toBeNull();
  expect(job.last_error).toHaveLength(1_000);
  const metrics = await registry.metrics();
  expect(metrics).toContain('tocsin_jobs_given_up{module="alerts"} 1');
  expect(metrics).toContain('tocsin_jobs_failed_total{module="alerts",kind="poison"} 12');
  expect(await jobs.drain()).toBe(1);
  await jobs.stop();
});

test('counters of a worker start at 0, because Prometheus computes no rate for a new series', async () => {
  const registry = new Registry();
  const jobs = worker({ note: async () => {} }, { metrics: { registry, module: 'alerts' } });
  const metrics = await registry.metrics();
  for (const name of ['jobs_ran_total', 'jobs_failed_total', 'job_lateness_seconds_count'])
    expect(metrics).toContain(`tocsin_${name}{module="alerts",kind="note"} 0`);
  await jobs.stop();
});

test('a handler can choose the time of its retry, which does not count as a failure', async () => {
  const jobs = worker({ note: () => Promise.reject(new RetryIn(minutes(3), 'circuit open')) });
  await enqueueAll({ kind: 'note', payload: {} });
  expect(await jobs.drain()).toBe(1);
  expect(await storedJobs()).toMatchObject([{ failures: 0, last_error: 'circuit open', run_at: inMs(minutes(3)) }]);
});

test('a handler that never returns is aborted and retried', async () => {
  let reason: unknown;
  const hang = (_: object, { signal }: { signal: AbortSignal }) =>
    new Promise<void>(() => signal.addEventListener('abort', () => (reason = signal.reason.message)));
  const jobs = worker({ hang }, { handlerLimitMs: 20 });
  await enqueueAll({ kind: 'hang', payload: {} });
  expect(await jobs.drain()).toBe(1);
  expect(reason).toBe('Not finished within 20 ms.');
  expect(await storedJobs()).toMatchObject([{ failures: 1, last_error: reason }]);
});

test('a job of an unknown kind stays for a newer version', async () => {
  await enqueueAll({ kind: 'from the future', payload: {} });
  expect(await worker({ note: async () => {} }).drain()).toBe(0);
  expect(await storedJobs()).toHaveLength(1);
});

test('metrics show how many jobs are due and for how long', async () => {
  const registry = new Registry();
  const jobs = worker({}, { metrics: { registry, module: 'alerts' } });
  await enqueueAll({ kind: 'note', payload: {} }, { kind: 'note', payload: {}, runAt: inMs(minutes(9)) });
  clock.advance(seconds(7));
  const metrics = await registry.metrics();
  expect(metrics).toContain('tocsin_jobs_due{module="alerts"} 1');
  expect(metrics).toContain('tocsin_jobs_oldest_seconds{module="alerts"} 7');
  await jobs.stop();
  expect(await registry.metrics()).not.toContain('tocsin_jobs_due{module="alerts"}');
});
