import { type TestDatabase, testDatabase } from '../../testing/databases';
import { systemClock } from '../clock';
import { connect, type Db } from '../db/pool';
import { createLog } from '../observe/observe';
import { enqueue, type Handlers, type Job, LEASE_MS } from './jobs';
import { type JobWorker, jobWorker, type WorkerOptions } from './worker';

/** Tests with the system clock, LISTEN and leases. */
let base: TestDatabase;
let workers: JobWorker[] = [];

beforeAll(async () => {
  base = await testDatabase('notify');
});
beforeEach(() => base.db('jobs').delete());
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  workers = [];
});
afterAll(() => base.drop());

function worker(handlers: Handlers, more: Partial<WorkerOptions> = {}): JobWorker {
  const log = createLog('silent', 'test');
  const made = jobWorker({ db: base.db, url: base.url, clock: systemClock, log, handlers, ...more });
  workers.push(made);
  return made;
}

const enqueueAll = (db: Db, ...jobs: Job[]) => db.transaction((trx) => enqueue(trx, systemClock.now(), jobs));
const soon = (ms: number) => new Date(Date.now() + ms);

/** Resolves with the payloads once `count` jobs have run. */
function expecting(count: number) {
  const seen: { n: number }[] = [];
  let done = (): void => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const note = async (payload: { n: number }) => {
    seen.push(payload);
    if (seen.length === count) done();
  };
  return { all, note, seen };
}

/** Waits until the worker listens, so that the test proves the wake-up and not the start. */
async function listening(db: Db): Promise<void> {
  const asked = `select 1 from pg_stat_activity
                  where datname = current_database() and application_name = 'tocsin listen jobs' and query like 'LISTEN%'`;
  while ((await db.raw(asked)).rows.length === 0);
}

test('a commit on another connection wakes a worker', async () => {
  const other = connect(base.url);
  const { all, note } = expecting(1);
  worker({ note }).start();
  await listening(other);
  const enqueuedAt = Date.now();
  await enqueueAll(other, { kind: 'note', payload: { n: 1 } });
  await all;
  expect(Date.now() - enqueuedAt).toBeLessThan(2_000);
  await other.destroy();
});

test('a timer runs at its time, also if it is earlier than the existing one, or was moved', async () => {
  const [first, second] = [expecting(1), expecting(1)];
  worker({ first: first.note, second: second.note }).start();
  const later: Job = { kind: 'second', key: 'second', payload: { n: 2 } };
  await enqueueAll(base.db, { ...later, runAt: soon(600_000) });
  const due = soon(40);
  await enqueueAll(base.db, { kind: 'first', payload: { n: 1 }, runAt: due });
  await first.all;
  expect(Date.now()).toBeGreaterThanOrEqual(due.getTime());
  expect(second.seen).toEqual([]);
  const moved = soon(80);
  await enqueueAll(base.db, { ...later, runAt: moved, reschedule: true });
  await second.all;
  expect(Date.now()).toBeGreaterThanOrEqual(moved.getTime());
});

test('all jobs run, at most as many at once as there are slots', async () => {
  const { all, note } = expecting(100);
  let [now, most] = [0, 0];
  const jobs = worker(
    {
      note: async (payload: { n: number }) => {
        now += 1;
        most = Math.max(most, now);
        await base.db.raw('select 1');
        now -= 1;
        await note(payload);
      },
    },
    { concurrency: 5 },
  );
  jobs.start();
  await enqueueAll(base.db, ...Array.from({ length: 100 }, (_, n) => ({ kind: 'note', payload: { n } })));
  await all;
  await jobs.stop();
  expect(most).toBe(5);
  expect(await base.db('jobs')).toEqual([]);
});

test('a stop waits for the running handler and starts no other job', async () => {
  let [begin, end] = [(): void => {}, (): void => {}];
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const jobs = worker(
    {
      slow: async () => {
        begin();
        await ended;
      },
    },
    { concurrency: 1 },
  );
  jobs.start();
  await enqueueAll(base.db, { kind: 'slow', payload: {} }, { kind: 'slow', payload: {} });
  await begun;
  const stopped = jobs.stop();
  end();
  await stopped;
  expect(await base.db('jobs')).toMatchObject([{ attempts: 0, leased_until: null }]);
});

test('a worker that was frozen for longer than its leases does not run its jobs twice', async () => {
  let now = Date.now();
  const clock = { now: () => new Date(now) };
  let starts = 0;
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let begun = (): void => {};
  const running = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const slow = async () => {
    starts += 1;
    begun();
    await ended;
  };
  const { all, note } = expecting(1);
  const frozen = worker({ slow, note }, { clock });
  await base.db.transaction((trx) => enqueue(trx, clock.now(), [{ kind: 'slow', payload: {} }]));
  frozen.start();
  await running;
  now += 2 * LEASE_MS;
  await base.db.transaction((trx) => enqueue(trx, clock.now(), [{ kind: 'note', payload: { n: 1 } }]));
  await all;
  end();
  await frozen.stop();
  expect(starts).toBe(1);
  expect(await base.db('jobs')).toEqual([]);
});

test('a lease is renewed for as long as the handler runs', async () => {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const first = new Promise<number>((resolve) => {
    const slow = async (_: object, { id }: { id: number }) => {
      resolve(id);
      await ended;
    };
    worker({ slow }).start();
  });
  await enqueueAll(base.db, { kind: 'slow', payload: {} });
  const id = await first;
  const lease = () => base.db('jobs').where({ id }).first('leased_until', 'attempts');
  const { leased_until: before } = await lease();
  let now = await lease();
  while (now.leased_until.getTime() === before.getTime()) now = await lease();
  expect(now.leased_until.getTime() - before.getTime()).toBeGreaterThan(LEASE_MS / 4);
  expect(now.attempts).toBe(1);
  end();
});

test('a worker continues after its database connections were cut', async () => {
  const { all, note } = expecting(2);
  worker({ note }).start();
  await enqueueAll(base.db, { kind: 'note', payload: { n: 1 } });
  const admin = connect(base.url, { applicationName: 'cutter' });
  await listening(admin);
  await admin.raw(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await enqueueAll(admin, { kind: 'note', payload: { n: 2 } });
  await all;
  await admin.destroy();
});
