import { type TestDatabase, testDatabase } from '../../testing/databases';
import { fakeClock, minutes, seconds } from '../clock';
import { createLog } from '../observe/observe';
import { unavailable } from '../ports/problem';
import { enqueue, type Handlers, type Job, RetryIn } from './jobs';
import { jobWorker, type WorkerOptions } from './worker';

let base: TestDatabase;
const clock = fakeClock();

beforeAll(async () => {
  base = await testDatabase('alerts');
});
beforeEach(() => base.db('jobs').delete());
afterAll(() => base.drop());

/** A neighbour that is down until `state.up` is set. It counts probes and calls. */
function neighbour() {
  const state = { up: false, probes: 0, calls: 0 };
  return {
    state,
    probes: {
      incidents: async () => {
        state.probes += 1;
        if (!state.up) throw new Error('connection refused');
      },
    },
    call: async () => {
      state.calls += 1;
      if (!state.up) throw Object.assign(unavailable('away'), { neighbour: 'incidents' });
    },
  };
}

const worker = (handlers: Handlers, more: Partial<WorkerOptions>) =>
  jobWorker({ db: base.db, url: base.url, clock, log: createLog('silent', 'test'), handlers, ...more });
const enqueueAll = (...jobs: Job[]) => base.db.transaction((trx) => enqueue(trx, clock.now(), jobs));
const jobs = () => base.db('jobs').orderBy('id');
const delayMs = async (): Promise<number> => (await jobs())[0].run_at.getTime() - clock.now().getTime();

/** Fails a job until its back-off has reached its maximum. */
async function failToMaxBackoff(w: ReturnType<typeof worker>): Promise<void> {
  for (let failures = 0; failures < 8; failures++) {
    await w.drain();
    await w.neighbours.poll();
    clock.advance(seconds(20));
  }
  await w.drain();
}

test('a job that could not reach a neighbour runs within two seconds of its return, not after its back-off', async () => {
  const { state, probes, call } = neighbour();
  const w = worker({ call }, { probes });
  await enqueueAll({ kind: 'call', payload: {} });
  await failToMaxBackoff(w);
  expect(await delayMs()).toBeGreaterThan(seconds(8));
  state.up = true;
  expect(await w.neighbours.poll()).toBeLessThanOrEqual(1_000);
  clock.advance(seconds(1));
  expect(await w.drain()).toBe(1);
  expect(await jobs()).toEqual([]);
});

test('a job that chose the time of its retry also runs when the neighbour is back', async () => {
  const { state, probes, call } = neighbour();
  const paced = () => call().catch(() => Promise.reject(new RetryIn(seconds(18), 'away', 'incidents')));
  const w = worker({ paced }, { probes });
  await enqueueAll({ kind: 'paced', payload: {} });
  await w.drain();
  await w.neighbours.poll();
  state.up = true;
  await w.neighbours.poll();
  clock.advance(seconds(1));
  expect(await w.drain()).toBe(1);
});

test('a neighbour is probed once per round for any number of waiting jobs, and not if none waits', async () => {
  const { state, probes, call } = neighbour();
  const w = worker({ call }, { probes });
  await w.neighbours.poll();
  expect(state.probes).toBe(0);
  await enqueueAll(...Array.from({ length: 50 }, () => ({ kind: 'call', payload: {} })));
  await w.drain();
  const pause = await w.neighbours.poll();
  expect(state.probes).toBe(1);
  expect(pause).toBeGreaterThanOrEqual(375);
  expect(pause).toBeLessThanOrEqual(625);
  state.up = true;
  await w.neighbours.poll();
  clock.advance(seconds(1));
  await w.drain();
  await w.neighbours.poll();
  expect(state.probes).toBe(2);
});

test('jobs released together run with the usual concurrency', async () => {
  const { state, probes, call } = neighbour();
  let [now, most] = [0, 0];
  const counted = async () => {
    now += 1;
    most = Math.max(most, now);
    await base.db.raw('select 1');
    now -= 1;
    await call();
  };
  const w = worker({ counted }, { probes, concurrency: 4 });
  await enqueueAll(...Array.from({ length: 40 }, () => ({ kind: 'counted', payload: {} })));
  await w.drain();
  await w.neighbours.poll();
  state.up = true;
  await w.neighbours.poll();
  clock.advance(seconds(1));
  w.start();
  while ((await jobs()).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await w.stop();
  expect(most).toBe(4);
});

test('a neighbour that is up but refuses a job does not shorten the back-off of that job', async () => {
  const { state, probes, call } = neighbour();
  state.up = true;
  const refused = async () => {
    await call();
    throw Object.assign(unavailable('busy'), { neighbour: 'incidents' });
  };
  const w = worker({ refused }, { probes });
  await enqueueAll({ kind: 'refused', payload: {} });
  await failToMaxBackoff(w);
  const before = state.calls;
  await w.neighbours.poll();
  await w.neighbours.poll();
  clock.advance(seconds(1));
  await w.drain();
  expect(state.calls).toBe(before);
});

test('a call that began in the outage and fails after it does not back off for the length of the outage', async () => {
  const { state, probes, call } = neighbour();
  let hung = (): void => {};
  const slow = async () => {
    if (state.calls < 8) return call();
    const gone = new Promise<void>((resolve) => {
      hung = resolve;
    });
    await gone;
    throw Object.assign(unavailable('timed out'), { neighbour: 'incidents' });
  };
  const w = worker({ slow, call }, { probes });
  await enqueueAll({ kind: 'slow', payload: {} });
  for (let failures = 0; failures < 8; failures++) {
    await w.drain();
    await w.neighbours.poll();
    clock.advance(seconds(20));
  }
  await enqueueAll({ kind: 'call', payload: {} });
  const drained = w.drain();
  while ((await jobs().where({ kind: 'slow' }).whereNotNull('leased_until')).length === 0);
  state.up = true;
  await base
    .db('jobs')
    .where({ kind: 'call' })
    .update({ waits_for: 'incidents', run_at: new Date('2030-01-01') });
  await w.neighbours.poll();
  await base.db('jobs').where({ kind: 'call' }).delete();
  clock.advance(seconds(5));
  hung();
  await drained;
  expect(await delayMs()).toBeLessThanOrEqual(seconds(5));
});

test('a timer that was reset does not run early when its neighbour is back', async () => {
  const { state, probes, call } = neighbour();
  const w = worker({ call }, { probes });
  await enqueueAll({ kind: 'call', key: 'timer', payload: {} });
  await w.drain();
  await w.neighbours.poll();
  await enqueueAll({
    kind: 'call',
    key: 'timer',
    payload: {},
    runAt: new Date(clock.now().getTime() + minutes(5)),
    reschedule: true,
  });
  state.up = true;
  await w.neighbours.poll();
  expect(await delayMs()).toBe(minutes(5));
});

test('a new process finds jobs that an ended process left waiting', async () => {
  const { state, probes, call } = neighbour();
  const first = worker({ call }, { probes });
  await enqueueAll({ kind: 'call', payload: {} });
  await failToMaxBackoff(first);
  state.up = true;
  const next = worker({ call }, { probes });
  await next.neighbours.poll();
  clock.advance(seconds(1));
  expect(await next.drain()).toBe(1);
});
