import request from 'supertest';
import { minutes, seconds } from '../../kernel/clock';
import { ENV_KEY, type GatewayUnderTest, gatewayUnderTest } from '../../testing/gateway';
import { inBucket, usedOf, waitMs } from '../domain';

let g: GatewayUnderTest;
const ADA = { username: 'ada', password: 'correct horse battery' };
const ask = (app = g.app, from = '203.0.113.1') => request(app).get('/api/v1/incidents').set('X-Forwarded-For', from);
const known = (app = g.app) => ask(app).set('X-API-Key', ENV_KEY);

beforeAll(async () => {
  g = await gatewayUnderTest({ rateLimitRpm: 3, authUsers: [ADA] });
  await g.gateway.start();
});
beforeEach(async () => {
  await g.deps.db('hits').delete();
  g.clock.set('2026-01-05T09:00:00.000Z');
});
afterAll(async () => {
  await g.gateway.stop();
  await g.close();
});

describe('the request limit', () => {
  test('answers the remaining requests, then 429 with the wait', async () => {
    for (const left of ['2', '1', '0']) {
      const answer = await known().expect(200);
      expect(answer.headers).toMatchObject({ 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': left });
      expect(answer.headers['ratelimit']).toMatch(/"requests"; r=\d; t=\d+/);
      expect(answer.headers['ratelimit-policy']).toMatch(/"requests"; q=3; w=60/);
    }
    const refused = await known().expect(429);
    expect(refused.body).toMatchObject({ status: 429, detail: 'Rate limit exceeded. Try again later.' });
    expect(refused.headers).toMatchObject({ 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': '0' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(60);
    expect(await g.registry.getSingleMetricAsString('gateway_rate_limited_total')).toContain('client_ip="key"');
  });

  test('is shared by all processes', async () => {
    const other = g.another();
    await known().expect(200);
    await known(other.app).expect(200);
    await known().expect(200);
    await known(other.app).expect(429);
  });

  test('passes exactly the limit, also if many requests come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => known()));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
  });

  test('slides: a request passes after Retry-After, and not a moment before', async () => {
    g.clock.set('2026-01-05T09:00:30.000Z');
    for (let n = 0; n < 3; n++) await known().expect(200);
    const wait = Number((await known().expect(429)).headers['retry-after']);
    g.clock.advance(seconds(wait - 2));
    await known().expect(429);
    g.clock.advance(seconds(2));
    await known().expect(200);
  });

  test('does not count refused requests', async () => {
    for (let n = 0; n < 10; n++) await known();
    g.clock.advance(minutes(2));
    await known().expect(200);
  });

  test('keeps all counts if the clocks of two processes are in different minutes', async () => {
    for (let n = 0; n < 2; n++) await known().expect(200);
    g.clock.advance(minutes(1));
    await known().expect(200);
    g.clock.advance(-1);
    await known().expect(429);
    g.clock.advance(seconds(45));
    await known().expect(200);
    await known().expect(429);
  });

  test('counts each key on its own', async () => {
    const other = g.another({ apiKeys: [ENV_KEY, 'another'] });
    for (let n = 0; n < 3; n++) await known(other.app).expect(200);
    await known(other.app).expect(429);
    await ask(other.app).set('X-API-Key', 'another').expect(200);
  });

  test('counts requests without a valid key by address, their 401 and 403 too', async () => {
    await ask().expect(401);
    await ask().set('X-API-Key', 'wrong').expect(403);
    const last = await ask().expect(401);
    expect(last.headers['x-ratelimit-remaining']).toBe('0');
    await ask().expect(429);
    await ask(g.app, '203.0.113.2').expect(401);
    expect(await g.registry.getSingleMetricAsString('gateway_rate_limited_total')).toContain('client_ip="address"');
  });

  test('counts one IPv6 network as one client', async () => {
    for (const end of ['1', '2', '3']) await ask(g.app, `2001:db8::${end}`).expect(401);
    await ask(g.app, '2001:db8::4').expect(429);
    await ask(g.app, '2001:db8:0:1::1').expect(401);
  });

  test('lets a session read ten times as often, without using up its limit for changes', async () => {
    const session = (await request(g.app).post('/api/v1/auth/login').send(ADA).expect(200)).body.api_key;
    const asked = (method: 'get' | 'post', path: string) => request(g.app)[method](path).set('X-API-Key', session);
    for (let n = 0; n < 30; n++) await asked('get', '/api/v1/incidents').expect(200);
    await asked('get', '/api/v1/incidents').expect(429);
    for (let n = 0; n < 3; n++) await asked('post', '/api/v1/api-keys').send({}).expect(422);
    await asked('post', '/api/v1/api-keys').send({}).expect(429);
  });

  test('counts logins', async () => {
    const logIn = () => request(g.app).post('/api/v1/auth/login').send({ username: 'a', password: 'b' });
    for (let n = 0; n < 3; n++) await logIn().expect(401);
    await logIn().expect(429);
  });

  test('does not count the health of the services, preflights and the pages', async () => {
    for (let n = 0; n < 5; n++) {
      await request(g.app).get('/api/services/health').expect(200);
      await request(g.app).options('/api/v1/incidents').expect(204);
      await request(g.app).get('/login').expect(200);
    }
    expect(await g.deps.db('hits').count({ n: '*' })).toEqual([{ n: 0 }]);
  });

  test.each([0, -1])('is off at %i', async (rateLimitRpm) => {
    const { app } = g.another({ rateLimitRpm });
    for (let n = 0; n < 5; n++) expect((await known(app).expect(200)).headers['x-ratelimit-limit']).toBeUndefined();
  });
});

describe('the intake of alerts', () => {
  const send = (app = g.app) => request(app).post('/api/v1/alerts').set('X-API-Key', ENV_KEY);

  test('is outside the request limit', async () => {
    for (let n = 0; n < 5; n++) await send().expect(200);
    expect(await g.deps.db('hits').count({ n: '*' })).toEqual([{ n: 0 }]);
  });

  test('with a wrong key counts in it', async () => {
    const wrong = () =>
      request(g.app).post('/api/v1/alerts').set('X-API-Key', 'wrong').set('X-Forwarded-For', '203.0.113.7');
    for (let n = 0; n < 3; n++) await wrong().expect(403);
    await wrong().expect(429);
  });

  test('has a rate of its own, and answers 503 with a wait beyond it', async () => {
    const { app } = g.another({ ingestRate: 2 });
    await send(app).expect(200);
    await send(app).expect(200);
    const refused = await send(app).expect(503);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    g.clock.advance(minutes(2));
    await send(app).expect(200);
  });

  test('counts vendors by the key in their path or header', async () => {
    const { app } = g.another({ ingestRate: 1 });
    const vendor = (key: string) => request(app).post(`/integrations/v1/webhook/${key}`);
    await vendor('a').expect(200);
    await vendor('a').expect(503);
    await vendor('b').expect(200);
    await vendor('b').set('Authorization', 'GenieKey c').expect(200);
  });

  test('refuses in the form that the clients of a vendor read', async () => {
    const { app } = g.another({ ingestRate: 1 });
    await request(app).post('/v2/enqueue').expect(200);
    const refused = await request(app).post('/v2/enqueue').expect(429);
    expect(refused.body).toEqual({ status: 'throttled', kind: 'unavailable' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('the arithmetic', () => {
  const now = new Date('2026-01-05T09:00:15.000Z');
  const bucket = Math.floor(now.getTime() / 60_000);

  test('counts the bucket before by its part inside the window', () => {
    expect(usedOf({ bucket, hits: 2, before: 4 }, now, 60_000)).toBe(5);
    expect(inBucket({ bucket: bucket - 1, hits: 6, before: 9 }, now, 60_000)).toEqual({ bucket, hits: 0, before: 6 });
    expect(inBucket({ bucket: bucket - 2, hits: 6, before: 9 }, now, 60_000)).toEqual({ bucket, hits: 0, before: 0 });
    expect(inBucket(undefined, now, 60_000)).toEqual({ bucket, hits: 0, before: 0 });
  });

  test('gives the wait until one more request fits', () => {
    const window = { limit: 4, windowMs: 60_000 };
    expect(waitMs({ bucket, hits: 0, before: 4 }, now, window)).toBe(0);
    expect(waitMs({ bucket, hits: 1, before: 4 }, now, window)).toBe(15_000);
    expect(waitMs({ bucket, hits: 4, before: 0 }, now, window)).toBe(60_000);
  });
});
