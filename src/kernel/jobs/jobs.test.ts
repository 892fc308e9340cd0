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
const promise = (...jobs: Job[]) => base.db.transaction((trx) => enqueue(trx, clock.now(), jobs));
const inMs = (ms: number) => new Date(clock.now().getTime() + ms);
const standing = () => base.db('jobs').orderBy('id');

/** A handler that writes down what it was given. */
function notebook() {
  const seen: unknown[] = [];
  return { seen, note: async (payload: object) => void seen.push(payload) };
}

/** A gate a handler can be held at. */
function gate() {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

test('a promise that is rolled back is no promise', async () => {
  const { seen, note } = notebook();
  const failing = base.db.transaction(async (trx) => {
    await enqueue(trx, clock.now(), [{ kind: 'note', payload: {} }]);
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');
  expect(await worker({ note }).drain()).toBe(0);
  expect(seen).toEqual([]);
});

test('jobs run in the order they fell due and are gone afterwards', async () => {
  const { seen, note } = notebook();
  await promise(
    { kind: 'note', payload: { n: 2 }, runAt: inMs(-1_000) },
    { kind: 'note', payload: { n: 1 }, runAt: inMs(-2_000) },
    { kind: 'note', payload: { n: 3 } },
    { kind: 'note', payload: { n: 4 } },
  );
  expect(await worker({ note }).drain()).toBe(4);
  expect(seen).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
  expect(await standing()).toEqual([]);
});

test('a timer waits until it runs out', async () => {
  const { seen, note } = notebook();
  const jobs = worker({ note });
  await promise({ kind: 'note', payload: {}, runAt: inMs(minutes(5)) });
  clock.advance(minutes(5) - 1);
  expect(await jobs.drain()).toBe(0);
  clock.advance(1);
  expect(await jobs.drain()).toBe(1);
  expect(seen).toHaveLength(1);
});

test('a drain also runs the jobs that jobs promise', async () => {
  const { seen, note } = notebook();
  const countDown = async ({ n }: { n: number }) =>
    promise(n > 0 ? { kind: 'countDown', payload: { n: n - 1 } } : { kind: 'note', payload: { n } });
  await promise({ kind: 'countDown', payload: { n: 3 } });
  expect(await worker({ note, countDown }).drain()).toBe(5);
  expect(seen).toEqual([{ n: 0 }]);
});

test('a second promise with the same key is the first one', async () => {
  const { seen, note } = notebook();
  await promise(
    { kind: 'note', payload: { n: 1 }, key: 'k', runAt: inMs(1_000) },
    { kind: 'note', payload: { n: 2 }, key: 'k' },
  );
  await promise({ kind: 'note', payload: { n: 3 }, key: 'k' });
  const jobs = worker({ note });
  expect(await jobs.drain()).toBe(0);
  clock.advance(1_000);
  expect(await jobs.drain()).toBe(1);
  expect(seen).toEqual([{ n: 1 }]);
});

test('a rescheduled timer runs once, at its new time, with its new payload', async () => {
  const { seen, note } = notebook();
  const jobs = worker({ note });
  await promise({ kind: 'note', payload: { n: 1 }, key: 'timer', runAt: inMs(1_000) });
  await promise({ kind: 'note', payload: { n: 2 }, key: 'timer', runAt: inMs(5_000), reschedule: true });
  clock.advance(4_999);
  expect(await jobs.drain()).toBe(0);
  clock.advance(1);
  expect(await jobs.drain()).toBe(1);
  expect(seen).toEqual([{ n: 2 }]);
});

test('a key promised again while its job runs is run once more afterwards', async () => {
  const seen: number[] = [];
  const note = async ({ n }: { n: number }) => {
    seen.push(n);
    if (n < 3) await promise({ kind: 'note', payload: { n: n + 1 }, key: 'k' });
  };
  await promise({ kind: 'note', payload: { n: 1 }, key: 'k' });
  expect(await worker({ note }).drain()).toBe(3);
  expect(seen).toEqual([1, 2, 3]);
  expect(await standing()).toEqual([]);
});

test('a key promised again while its job runs stands also where the handler completed the job itself', async () => {
  const seen: number[] = [];
  const note = async ({ n }: { n: number }, job: RunningJob) => {
    seen.push(n);
    if (n < 2) await promise({ kind: 'note', payload: { n: n + 1 }, key: 'own' });
    await base.db.transaction((trx) => complete(trx, [job]));
  };
  await promise({ kind: 'note', payload: { n: 1 }, key: 'own' });
  await worker({ note }).drain();
  expect(seen).toEqual([1, 2]);
  expect(await standing()).toEqual([]);
});

test('a timer can wind itself up again from its own handler', async () => {
  let ticks = 0;
  const tick = async () => {
    ticks += 1;
    await promise({ kind: 'tick', payload: {}, key: 'tick', runAt: inMs(minutes(1)), reschedule: true });
  };
  const jobs = worker({ tick });
  await promise({ kind: 'tick', payload: {}, key: 'tick' });
  expect(await jobs.drain()).toBe(1);
  expect(await jobs.drain()).toBe(0);
  clock.advance(minutes(1));
  expect(await jobs.drain()).toBe(1);
  expect(ticks).toBe(2);
});

test('two workers never run one job at the same time', async () => {
  const seen = new Map<number, number>();
  const note = async ({ n }: { n: number }) => void seen.set(n, (seen.get(n) ?? 0) + 1);
  await promise(...Array.from({ length: 200 }, (_, n) => ({ kind: 'note', payload: { n } })));
  const ran = await Promise.all([worker({ note }).drain(), worker({ note }).drain(), worker({ note }).drain()]);
  expect(ran.reduce((a, b) => a + b)).toBe(200);
  expect(seen.size).toBe(200);
  expect(new Set(seen.values())).toEqual(new Set([1]));
});

test("a dead worker's job runs again when its lease has lapsed, and not before", async () => {
  const { seen, note } = notebook();
  const [started, over] = [gate(), gate()];
  const hang = async () => {
    started.open();
    await over.passed;
  };
  const dead = worker({ note: hang }, { stopWithinMs: 0 });
  await promise({ kind: 'note', payload: {} });
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

test('who lost the lease cannot end the job that another attempt still owes', async () => {
  const [started, hold] = [gate(), gate()];
  const slow = worker({
    note: async () => {
      started.open();
      await hold.passed;
    },
  });
  await promise({ kind: 'note', payload: {} });
  const slowDrain = slow.drain();
  await started.passed;
  clock.advance(seconds(5));
  const failing = worker({ note: () => Promise.reject(new Error('not yet')) });
  expect(await failing.drain()).toBe(1);
  hold.open();
  await slowDrain;
  expect(await standing()).toMatchObject([{ attempts: 2, failures: 1, last_error: 'not yet' }]);
});

test('a handler can end its job in its own transaction, and learns when it is no longer its own', async () => {
  const ended: number[][] = [];
  const note = async (_: object, job: { id: number; attempts: number }) => {
    ended.push(await complete(base.db, [{ id: job.id, attempts: job.attempts - 1 }]));
    ended.push(await complete(base.db, [job]));
  };
  await promise({ kind: 'note', payload: {} });
  await worker({ note }).drain();
  expect(ended).toEqual([[], [expect.any(Number)]]);
  expect(await standing()).toEqual([]);
});

test('work promised as already claimed is its owner’s until the lease lapses', async () => {
  const { seen, note } = notebook();
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

test('a failed job rests longer each time and blocks nobody', async () => {
  const { seen, note } = notebook();
  const poison = () => Promise.reject(new Error('poison'));
  const jobs = worker({ note, poison }, { concurrency: 1 });
  await promise({ kind: 'poison', payload: {} }, { kind: 'note', payload: {} });
  expect(await jobs.drain()).toBe(2);
  expect(seen).toHaveLength(1);
  const rests: number[] = [];
  for (let n = 0; n < 3; n++) {
    const [job] = await standing();
    rests.push(job.run_at.getTime() - clock.now().getTime());
    clock.advance(job.run_at.getTime() - clock.now().getTime());
    expect(await jobs.drain()).toBe(1);
  }
  expect(rests[0]).toBeGreaterThanOrEqual(750);
  expect(rests[1]).toBeGreaterThanOrEqual(1_500);
  expect(rests[2]).toBeGreaterThanOrEqual(3_000);
  expect(await standing()).toMatchObject([{ last_error: 'poison', failures: 4, leased_until: null }]);
});

test('a job that only meets outages never rests longer than a quarter of a minute', async () => {
  const away = connect('postgres://nobody:x@127.0.0.1:1/none', { acquireTimeoutMs: 50 });
  const jobs = worker({ ask: () => away.raw('select 1') });
  await promise({ kind: 'ask', payload: {} });
  await base.db('jobs').update({ failures: 9 });
  await jobs.drain();
  const [job] = await standing();
  expect(job).toMatchObject({ failures: 10 });
  expect(job.run_at.getTime() - clock.now().getTime()).toBeLessThanOrEqual(seconds(15));
  await away.destroy();
});

test('the rest between two tries never grows beyond five minutes, and a quarter of an hour at the tail', () => {
  expect(backoffMs(1, 0.5)).toBe(1_000);
  expect(backoffMs(5, 0.5)).toBe(16_000);
  expect(backoffMs(11, 0.5)).toBe(300_000);
  expect(backoffMs(500, 0.5)).toBe(900_000);
});

test('a job that keeps failing is marked and counted, and still retried', async () => {
  const registry = new Registry();
  const poison = () => Promise.reject(new Error(`${'x'.repeat(5_000)}\0`));
  const jobs = worker({ poison }, { metrics: { registry, module: 'alerts' } });
  await promise({ kind: 'poison', payload: {} });
  for (let n = 0; n < 12; n++) {
    expect(await jobs.drain()).toBe(1);
    clock.advance(minutes(20));
  }
  const [job] = await standing();
  expect(job.gave_up_at).not.toBeNull();
  expect(job.last_error).toHaveLength(1_000);
  const metrics = await registry.metrics();
  expect(metrics).toContain('tocsin_jobs_given_up{module="alerts"} 1');
  expect(metrics).toContain('tocsin_jobs_failed_total{module="alerts",kind="poison"} 12');
  expect(await jobs.drain()).toBe(1);
  await jobs.stop();
});

test('what a worker counts stands at nothing from its start, because what appears with its first event has no rate', async () => {
  const registry = new Registry();
  const jobs = worker({ note: async () => {} }, { metrics: { registry, module: 'alerts' } });
  const metrics = await registry.metrics();
  for (const name of ['jobs_ran_total', 'jobs_failed_total', 'job_lateness_seconds_count'])
    expect(metrics).toContain(`tocsin_${name}{module="alerts",kind="note"} 0`);
  await jobs.stop();
});

test('a handler may choose when it is tried again, which is no failure', async () => {
  const jobs = worker({ note: () => Promise.reject(new RetryIn(minutes(3), 'circuit open')) });
  await promise({ kind: 'note', payload: {} });
  expect(await jobs.drain()).toBe(1);
  expect(await standing()).toMatchObject([{ failures: 0, last_error: 'circuit open', run_at: inMs(minutes(3)) }]);
});

test('a handler that never returns loses its slot and is tried again', async () => {
  let told: unknown;
  const hang = (_: object, { signal }: { signal: AbortSignal }) =>
    new Promise<void>(() => signal.addEventListener('abort', () => (told = signal.reason.message)));
  const jobs = worker({ hang }, { handlerLimitMs: 20 });
  await promise({ kind: 'hang', payload: {} });
  expect(await jobs.drain()).toBe(1);
  expect(told).toBe('Not finished within 20 ms.');
  expect(await standing()).toMatchObject([{ failures: 1, last_error: told }]);
});

test('a job of a kind this version does not know stays for one that does', async () => {
  await promise({ kind: 'from the future', payload: {} });
  expect(await worker({ note: async () => {} }).drain()).toBe(0);
  expect(await standing()).toHaveLength(1);
});

test('metrics tell how much is due and for how long', async () => {
  const registry = new Registry();
  const jobs = worker({}, { metrics: { registry, module: 'alerts' } });
  await promise({ kind: 'note', payload: {} }, { kind: 'note', payload: {}, runAt: inMs(minutes(9)) });
  clock.advance(seconds(7));
  const metrics = await registry.metrics();
  expect(metrics).toContain('tocsin_jobs_due{module="alerts"} 1');
  expect(metrics).toContain('tocsin_jobs_oldest_seconds{module="alerts"} 7');
  await jobs.stop();
  expect(await registry.metrics()).not.toContain('tocsin_jobs_due{module="alerts"}');
});
