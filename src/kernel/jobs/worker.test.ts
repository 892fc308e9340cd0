import { type TestDatabase, testDatabase } from '../../testing/databases';
import { systemClock } from '../clock';
import { connect, type Db } from '../db/pool';
import { createLog } from '../observe/observe';
import { enqueue, type Handlers, type Job, LEASE_MS } from './jobs';
import { type JobWorker, jobWorker, type WorkerOptions } from './worker';

/** The worker as it runs in production: real time, LISTEN, leases. */
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

const promise = (db: Db, ...jobs: Job[]) => db.transaction((trx) => enqueue(trx, systemClock.now(), jobs));
const soon = (ms: number) => new Date(Date.now() + ms);

/** Resolves with the payloads once `count` jobs have run. */
function awaiting(count: number) {
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

/** Waits until the worker's connection listens, so that what follows is proof of the wake-up and not of the start. */
async function listening(db: Db): Promise<void> {
  const asked = `select 1 from pg_stat_activity
                  where datname = current_database() and application_name = 'tocsin listen jobs' and query like 'LISTEN%'`;
  while ((await db.raw(asked)).rows.length === 0);
}

test('a worker is woken by a commit on somebody else’s connection', async () => {
  const other = connect(base.url);
  const { all, note } = awaiting(1);
  worker({ note }).start();
  await listening(other);
  const promisedAt = Date.now();
  await promise(other, { kind: 'note', payload: { n: 1 } });
  await all;
  expect(Date.now() - promisedAt).toBeLessThan(2_000);
  await other.destroy();
});

test('a timer rings at its time, also one that was promised for earlier than the one before, or is moved', async () => {
  const [first, second] = [awaiting(1), awaiting(1)];
  worker({ first: first.note, second: second.note }).start();
  const later: Job = { kind: 'second', key: 'second', payload: { n: 2 } };
  await promise(base.db, { ...later, runAt: soon(600_000) });
  const due = soon(40);
  await promise(base.db, { kind: 'first', payload: { n: 1 }, runAt: due });
  await first.all;
  expect(Date.now()).toBeGreaterThanOrEqual(due.getTime());
  expect(second.seen).toEqual([]);
  const moved = soon(80);
  await promise(base.db, { ...later, runAt: moved, reschedule: true });
  await second.all;
  expect(Date.now()).toBeGreaterThanOrEqual(moved.getTime());
});

test('more jobs than slots are all run, never more at a time than there are slots', async () => {
  const { all, note } = awaiting(100);
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
  await promise(base.db, ...Array.from({ length: 100 }, (_, n) => ({ kind: 'note', payload: { n } })));
  await all;
  await jobs.stop();
  expect(most).toBe(5);
  expect(await base.db('jobs')).toEqual([]);
});

test('a stop waits for the handler in hand and leaves the rest', async () => {
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
  await promise(base.db, { kind: 'slow', payload: {} }, { kind: 'slow', payload: {} });
  await begun;
  const stopped = jobs.stop();
  end();
  await stopped;
  expect(await base.db('jobs')).toMatchObject([{ attempts: 0, leased_until: null }]);
});

test('a worker that was frozen for longer than its leases does not run its own jobs twice', async () => {
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
  const { all, note } = awaiting(1);
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
  await promise(base.db, { kind: 'slow', payload: {} });
  const id = await first;
  const lease = () => base.db('jobs').where({ id }).first('leased_until', 'attempts');
  const { leased_until: before } = await lease();
  let now = await lease();
  while (now.leased_until.getTime() === before.getTime()) now = await lease();
  expect(now.leased_until.getTime() - before.getTime()).toBeGreaterThan(LEASE_MS / 4);
  expect(now.attempts).toBe(1);
  end();
});

test('a worker that lost its connections to the database goes on by itself', async () => {
  const { all, note } = awaiting(2);
  worker({ note }).start();
  await promise(base.db, { kind: 'note', payload: { n: 1 } });
  const admin = connect(base.url, { applicationName: 'the one who cuts' });
  await listening(admin);
  await admin.raw(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await promise(admin, { kind: 'note', payload: { n: 2 } });
  await all;
  await admin.destroy();
});
