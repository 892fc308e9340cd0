import express from 'express';
import { Counter, Registry } from 'prom-client';
import request from 'supertest';
import { testDatabase } from '../../testing/databases';
import { fakeClock, hours } from '../clock';
import { claimKey, deleteExpiredKeys } from '../db/idempotency';
import { connect } from '../db/pool';
import { VERSION } from '../jobs/status';
import { createLog } from '../observe/observe';
import { type Caller, systemCaller } from '../ports/contract';
import { problemHandler, requestIdentity } from './edge';
import { operationsRouter } from './health';

const dead = connect('postgres://nobody:x@127.0.0.1:1/nothing');
let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase('alerts');
});
afterAll(async () => {
  await dead.destroy();
  await database.drop();
});

const appOf = (databases: Parameters<typeof operationsRouter>[0]['databases'], health?: () => Promise<object>) =>
  express()
    .use(requestIdentity)
    .use(
      operationsRouter({
        service: 'alert-ingestion',
        registry: new Registry(),
        databases,
        ...(health && { health: health as never }),
      }),
    )
    .use(problemHandler(createLog('silent', 'test')));

test('health reports that the process is up, with the members that its service adds', async () => {
  await request(appOf({})).get('/health').expect(200, { status: 'ok', service: 'alert-ingestion', version: VERSION });
  const more = appOf({}, async () => ({ rows: 1 }));
  await request(more)
    .get('/health')
    .expect(200, { status: 'ok', service: 'alert-ingestion', version: VERSION, rows: 1 });
  const failing = appOf({}, async () => Promise.reject(new Error('down')));
  await request(failing).get('/health').expect(200, { status: 'ok', service: 'alert-ingestion', version: VERSION });
});

test('ready is 503 if a database does not answer, and names it', async () => {
  await request(appOf({ alerts: database.db }))
    .get('/health/ready')
    .expect(200, { status: 'ready', service: 'alert-ingestion', database: 'connected' });
  const answer = await request(appOf({ alerts: database.db, notify: dead }))
    .get('/health/ready')
    .expect(503);
  expect(answer.headers['retry-after']).toBeDefined();
  expect(JSON.parse(answer.text).detail).toBe('Database unavailable: notify');
});

test('concurrent requests share one check of the database', async () => {
  let asked = 0;
  const db = Object.assign(() => {}, { raw: async () => void asked++ }) as never;
  const app = appOf({ alerts: db });
  await Promise.all(Array.from({ length: 20 }, () => request(app).get('/health/ready').expect(200)));
  expect(asked).toBe(1);
  await Promise.all(Array.from({ length: 20 }, () => request(app).get('/metrics').expect(200)));
  expect(asked).toBe(2);
});

describe.each(['/health', '/health/ready', '/metrics'])('many requests of %s at once', (path) => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('pass in turns, so that they do not take the event loop, and none is refused', async () => {
    let arrived = 0;
    const app = express().use((_req, _res, next) => {
      arrived += 1;
      next();
    });
    const server = app.use(appOf({})).listen(0, '127.0.0.1');
    const statuses: number[] = [];
    const asked = Array.from({ length: 40 }, async () => {
      statuses.push((await request(server).get(path)).status);
    });
    while (arrived < 40 || statuses.length < 25) await new Promise(setImmediate);
    await request(server).get('/unpaced').expect(404);
    expect(statuses).toHaveLength(25);
    jest.advanceTimersByTime(250);
    await Promise.all(asked);
    expect(new Set(statuses)).toEqual(new Set([200]));
    server.close();
  });
});

describe('metrics', () => {
  const named = () => {
    const registry = new Registry();
    const labelNames = ['severity', 'service'];
    const incidents = new Counter({ name: 'incidents', help: '.', labelNames, registers: [registry] });
    incidents.inc({ severity: 'high', service: 'payments' });
    return { service: 'x', registry, databases: {} };
  };
  const of = (metricsToken?: string) =>
    express()
      .set('trust proxy', 'loopback')
      .use(requestIdentity, operationsRouter({ ...named(), metricsToken }))
      .use(problemHandler(createLog('silent', 'test')));
  const read = (app: express.Express, headers: Record<string, string> = {}) =>
    request(app).get('/metrics').set(headers);
  const [open, closed] = [of(), of('the-token-of-prometheus')];

  test('name services only to this machine and private networks', async () => {
    expect((await read(open)).text).toContain('payments');
    expect((await read(open, { 'X-Forwarded-For': '10.231.77.9' })).text).toContain('payments');
    const { text } = await read(open, { 'X-Forwarded-For': '203.0.113.9' }).expect(200);
    expect(text).toContain('# TYPE incidents counter');
    expect(text).not.toContain('payments');
  });

  test('name no services if an untrusted proxy hides the client address', async () => {
    const behind = express().use(requestIdentity, operationsRouter(named()));
    expect((await read(behind, { 'X-Forwarded-For': '203.0.113.9' })).text).not.toContain('payments');
  });

  test('require the token if one is set, also from this machine', async () => {
    await read(closed).expect(401);
    await read(closed, { Authorization: 'Bearer wrong' }).expect(401);
    const { text } = await read(closed, { Authorization: 'Bearer the-token-of-prometheus' }).expect(200);
    expect(text).toContain('payments');
  });
});

test('metrics show which module reaches its database', async () => {
  const { text } = await request(appOf({ alerts: database.db, notify: dead }))
    .get('/metrics')
    .expect(200);
  expect(text).toContain('tocsin_module_up{module="alerts"} 1');
  expect(text).toContain('tocsin_module_up{module="notify"} 0');
});

describe('a command with an Idempotency-Key', () => {
  const clock = fakeClock();
  const caller = (idempotencyKey?: string): Caller => ({
    ...systemCaller('r'),
    ...(idempotencyKey && { idempotencyKey }),
  });
  const claim = (key: string | undefined, resourceId: string, input: unknown = { a: 1 }) =>
    database.db.transaction((trx) => claimKey(trx, clock.now(), caller(key), { operation: 'make', input, resourceId }));

  test('returns the first resource if it is repeated', async () => {
    expect(await claim('k-1', 'made-1')).toBeNull();
    expect(await claim('k-1', 'made-2')).toBe('made-1');
  });

  test('without a key is always the first', async () => {
    expect(await claim(undefined, 'x')).toBeNull();
    expect(await claim(undefined, 'y')).toBeNull();
  });

  test('is refused if the key was used for a different request', async () => {
    await claim('k-2', 'made-1');
    await expect(claim('k-2', 'made-2', { a: 2 })).rejects.toMatchObject({ kind: 'invalid' });
  });

  test('is done once if it races with itself', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => claim('k-3', `made-${i}`)));
    expect(answers.filter((answer) => answer === null)).toHaveLength(1);
    expect(new Set(answers.filter((answer) => answer !== null)).size).toBe(1);
  });

  test('can be repeated as new after 24 hours, when its key has expired', async () => {
    await claim('k-4', 'made-1');
    clock.advance(hours(24));
    expect(await claim('k-4', 'made-2')).toBeNull();
    clock.advance(hours(24));
    expect(await deleteExpiredKeys(database.db, clock.now())).toBeGreaterThan(0);
    expect(await database.db('idempotency_keys')).toEqual([]);
  });
});
