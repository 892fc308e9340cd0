import request from 'supertest';
import { minutes } from '../../kernel/clock';
import { ENV_KEY, type GatewayUnderTest, gatewayUnderTest } from '../../testing/gateway';

let g: GatewayUnderTest;
const keys: Record<string, string> = {};
const api = () => request(g.app);
const lastCaller = () => g.asked.at(-1)!.caller;

beforeAll(async () => {
  g = await gatewayUnderTest({ apiKeys: [ENV_KEY, 'the second one'] });
  for (const role of ['viewer', 'responder', 'admin']) {
    const made = await api()
      .post('/api/v1/api-keys')
      .set('X-API-Key', ENV_KEY)
      .send({ name: `${role} key`, role });
    keys[role] = made.body.api_key;
  }
});
afterAll(() => g.close());

describe('authentication', () => {
  test('a request without a key is 401 and names the missing header', async () => {
    const answer = await api().get('/api/v1/incidents').expect(401);
    expect(answer.body).toMatchObject({
      type: 'urn:tocsin:problem:unauthenticated',
      status: 401,
      detail: 'Missing API key. Provide X-API-Key header.',
    });
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="tocsin"');
  });

  test.each([
    'nonsense',
    'tck_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'tcs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'x'.repeat(5000),
  ])('an unknown key is 403 (%.12s)', async (key) => {
    const answer = await api().get('/api/v1/incidents').set('X-API-Key', key).expect(403);
    expect(answer.body.detail).toBe('Invalid API key.');
  });

  test('an empty key header counts as none', async () => {
    await api().get('/api/v1/incidents').set('X-API-Key', '  ').expect(401);
  });

  test('keys of the environment are administrators, each with a name of its own', async () => {
    await api().get('/api/v1/incidents').set('X-API-Key', ENV_KEY).expect(200);
    expect(lastCaller()).toMatchObject({ actor: 'environment key 1', kind: 'key', role: 'admin' });
    await api().post('/api/v1/teams').set('X-API-Key', 'the second one').send({}).expect(200);
    expect(lastCaller().actor).toBe('environment key 2');
  });

  test('an empty key is refused if the environment has no key', async () => {
    const closed = g.another({ apiKeys: [] });
    await request(closed.app).get('/api/v1/incidents').expect(401);
    await request(closed.app).get('/api/v1/incidents').set('X-API-Key', '').expect(401);
    await request(closed.app).get('/api/v1/incidents').set('X-API-Key', ENV_KEY).expect(403);
  });

  test('a key also works as a bearer token', async () => {
    await api().get('/api/v1/incidents').set('Authorization', `Bearer ${keys['viewer']}`).expect(200);
    expect(lastCaller()).toMatchObject({ actor: 'viewer key', role: 'viewer' });
  });

  test('a key also works as the password of basic authentication, with any user', async () => {
    const as = (text: string) =>
      api()
        .get('/api/v1/incidents')
        .set('Authorization', `Basic ${Buffer.from(text).toString('base64')}`);
    await as(`amtool:${keys['viewer']}`).expect(200);
    expect(lastCaller()).toMatchObject({ actor: 'viewer key', role: 'viewer' });
    await as(`:${keys['viewer']}`).expect(200);
    await as(`${keys['viewer']}`).expect(401);
    await as('amtool:').expect(401);
    await as('amtool:nonsense').expect(403);
  });

  test('a vendor path needs no API key, and keeps its Authorization header', async () => {
    await api().post('/integrations/v1/webhook/abc/').set('Authorization', 'GenieKey of-a-vendor').send({}).expect(200);
    expect(lastCaller()).toMatchObject({ actor: 'anonymous', kind: 'anonymous', role: null });
    expect(g.asked.at(-1)!.headers['authorization']).toBe('GenieKey of-a-vendor');
  });

  test('identity headers from outside are removed', async () => {
    await api()
      .get('/api/v1/incidents')
      .set('X-API-Key', keys['viewer']!)
      .set('X-Internal-Token', 'guess')
      .set('X-Tocsin-Caller', 'e30')
      .set('X-Actor', 'root')
      .expect(200);
    const { headers, caller } = g.asked.at(-1)!;
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-internal-token']));
    expect([headers['x-internal-token'], headers['x-tocsin-caller'], headers['x-actor']]).toEqual(
      Array(3).fill(undefined),
    );
    expect(caller.actor).toBe('viewer key');
  });

  test('the request id is returned, and created if it is missing or unprintable', async () => {
    const echoed = await api()
      .get('/api/v1/incidents')
      .set('X-API-Key', ENV_KEY)
      .set('X-Request-ID', 'abc-1')
      .expect(200);
    expect(echoed.headers['x-request-id']).toBe('abc-1');
    expect(lastCaller().requestId).toBe('abc-1');
    const made = await api().get('/api/v1/incidents').set('X-Request-ID', 'has space').expect(401);
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.body.request_id).toBe(made.headers['x-request-id']);
  });

  test('an Idempotency-Key is passed on', async () => {
    await api().post('/api/v1/alerts').set('X-API-Key', ENV_KEY).set('Idempotency-Key', 'once-1').expect(200);
    expect(lastCaller().idempotencyKey).toBe('once-1');
  });

  test.each([['has space'], ['x'.repeat(256)], ['é']])('an unusable idempotency key is 422 (%.10s)', async (key) => {
    const before = g.asked.length;
    const answer = await api().post('/api/v1/alerts').set('X-API-Key', ENV_KEY).set('Idempotency-Key', key).expect(422);
    expect(answer.body.errors[0].path).toBe('Idempotency-Key');
    expect(g.asked).toHaveLength(before);
  });
});

describe('authorization', () => {
  test.each([
    ['viewer', 'get', '/api/v1/incidents', 200],
    ['viewer', 'post', '/api/v1/alerts', 403],
    ['viewer', 'patch', '/api/v1/incidents/1', 403],
    ['responder', 'post', '/api/v1/alerts', 200],
    ['responder', 'patch', '/api/v1/incidents/1', 200],
    ['responder', 'post', '/api/v1/teams', 403],
    ['responder', 'get', '/api/v1/users', 403],
    ['admin', 'post', '/api/v1/teams', 200],
    ['admin', 'get', '/api/v1/users', 200],
  ] as const)('a %s who asks %s %s is answered %i', async (role, method, path, status) => {
    await api()[method](path).set('X-API-Key', keys[role]!).expect(status);
  });

  test('a refusal names the role that is needed', async () => {
    const answer = await api().post('/api/v1/teams').set('X-API-Key', keys['viewer']!).expect(403);
    expect(answer.body.detail).toBe('This needs the role admin; yours is viewer.');
  });

  test('an operation between modules has no route, for any caller', async () => {
    const before = g.asked.length;
    await api().post('/internal/incidents/attach').set('X-API-Key', ENV_KEY).send({}).expect(404);
    expect(g.asked).toHaveLength(before);
  });
});

describe('routing', () => {
  test.each(['/nowhere', '/incidents/1/2', '/api/v1/unknown'])(
    'a browser at the unknown address %s gets the page, as 404',
    async (path) => {
      const browser = await api().get(path).set('Accept', 'text/html,application/xhtml+xml,*/*;q=0.8').expect(404);
      expect(browser.headers['content-type']).toMatch(/^text\/html/);
      expect(browser.text).toContain('<script');
      const program = await api().get(path).set('X-API-Key', ENV_KEY).set('Accept', '*/*').expect(404);
      expect(program.headers['content-type']).toMatch(/^application\/problem\+json/);
    },
  );

  test('below a prefix the page of an unknown address and its assets have the prefix', async () => {
    const below = request(g.another({ publicUrl: 'https://tocsin.example/tocsin' }).app);
    const { text } = await below.get('/nowhere').set('Accept', 'text/html').expect(404);
    expect(text).toContain('data-base="/tocsin"');
    const addresses = [...text.matchAll(/\b(?:src|href)="(\/[^"]*)"/g)].map(([, address]) => address);
    expect(addresses.length).toBeGreaterThan(2);
    expect(addresses.filter((address) => !address?.startsWith('/tocsin/'))).toEqual([]);
  });

  test('answers that need a credential are not cached, others may be', async () => {
    const known = await api().get('/api/v1/incidents').set('X-API-Key', ENV_KEY).expect(200);
    expect(known.headers['cache-control']).toBe('no-store');
    const refused = await api().get('/api/v1/nowhere').set('X-API-Key', ENV_KEY).expect(404);
    expect(refused.headers['cache-control']).toBe('no-store');
    expect((await api().get('/api/services/health').expect(200)).headers['cache-control']).toBeUndefined();
  });

  test('an unknown path is 401 without a key and 404 with one', async () => {
    await api().get('/nowhere').expect(401);
    await api().get('/nowhere').set('X-API-Key', ENV_KEY).expect(404);
    await api().get('/api/v1/unknown').expect(401);
    const answer = await api().get('/api/v1/unknown/1').set('X-API-Key', ENV_KEY).expect(404);
    expect(answer.body.detail).toBe("No service registered for 'unknown'");
  });

  test('the root of the API is no route', async () => {
    for (const path of ['/api/v1', '/api/v1/']) {
      const answer = await api().get(path).set('X-API-Key', ENV_KEY).expect(404);
      expect(answer.body.detail).toBe('Unknown route');
    }
  });

  test('a deeper path of a known service is not found', async () => {
    const answer = await api().get('/api/v1/incidents/1/nothing').set('X-API-Key', ENV_KEY).expect(404);
    expect(answer.body.detail).toBe('There is nothing at this path.');
  });

  test('a wrong method is 405 with Allow', async () => {
    const answer = await api().delete('/api/v1/alerts').set('X-API-Key', ENV_KEY).expect(405);
    expect(answer.headers['allow']!.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
  });

  test('a public path lists its methods without a key', async () => {
    const answer = await api().get('/api/v1/auth/login').expect(405);
    expect(answer.headers['allow']).toBe('POST');
  });

  test('HEAD is answered like GET, without a body', async () => {
    const answer = await api().head('/api/v1/incidents').set('X-API-Key', ENV_KEY).expect(200);
    expect(answer.text).toBeUndefined();
  });

  test('a trailing slash changes nothing', async () => {
    await api().get('/api/v1/incidents/').set('X-API-Key', ENV_KEY).expect(200);
    expect(g.asked.at(-1)!.module).toBe('incidents');
  });

  test('/escalate goes to incidents, which knows the next step', async () => {
    await api().post('/api/v1/escalate').set('X-API-Key', ENV_KEY).send({}).expect(200);
    expect(g.asked.at(-1)!.module).toBe('incidents');
  });

  test('/teams is routed', async () => {
    await api().get('/api/v1/teams').set('X-API-Key', ENV_KEY).expect(200);
    expect(g.asked.at(-1)!.module).toBe('oncall');
  });

  test('requests are counted by method, first path segment and status', async () => {
    await api().get('/api/v1/incidents/77').set('X-API-Key', ENV_KEY).expect(200);
    const text = await g.registry.getSingleMetricAsString('gateway_requests_total');
    expect(text).toMatch(/gateway_requests_total\{method="GET",service="incidents",status="200"\} \d+/);
    expect(text).not.toContain('unknown');
    expect(await g.registry.getSingleMetricAsString('gateway_request_duration_seconds')).toContain('service="alerts"');
  });
});

describe('while the database is down', () => {
  const away = () => {
    const db = Object.assign(
      () => {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      },
      { raw: () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })) },
    );
    return g.another({ rateLimitRpm: 5 }, { db: db as never });
  };

  test('keys of the environment work, and the limit passes them', async () => {
    const { app } = away();
    for (let n = 0; n < 7; n++) await request(app).get('/api/v1/incidents').set('X-API-Key', ENV_KEY).expect(200);
  });

  test('a key that cannot be checked is 503, not 403', async () => {
    const { app } = away();
    const answer = await request(app).get('/api/v1/incidents').set('X-API-Key', keys['viewer']!).expect(503);
    expect(answer.headers['retry-after']).toBe('2');
  });

  test('a key that was valid works for ten minutes, because alerts must be accepted', async () => {
    let gone = false;
    const db = new Proxy(g.deps.db, {
      apply(target, self, args) {
        if (gone) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        return Reflect.apply(target, self, args);
      },
    });
    const { app } = g.another({}, { db });
    const send = () => request(app).post('/api/v1/alerts').set('X-API-Key', keys['responder']!);
    await send().expect(200);
    gone = true;
    g.clock.advance(minutes(10));
    await send().expect(200);
    g.clock.advance(minutes(1));
    await send().expect(503);
    gone = false;
    await send().expect(200);
  });

  test('public paths are still answered', async () => {
    const { app } = away();
    await request(app).post('/integrations/v1/webhook/abc').send({}).expect(200);
    await request(app).get('/api/services/health').expect(200);
  });
});

describe('the health of the services', () => {
  test('is public and names the four services', async () => {
    const answer = await api().get('/api/services/health').expect(200);
    const up = { status: 'up', code: 200 };
    expect(answer.body).toEqual({
      'alert-ingestion': up,
      'incident-management': up,
      'oncall-service': up,
      'notification-service': up,
    });
  });

  test('a service whose health fails is down, the others are up', async () => {
    const upstreams = {
      ...g.deps.upstreams,
      oncall: { ...g.deps.upstreams.oncall, health: () => Promise.reject(new Error('x')) },
    };
    const answer = await request(g.another({}, { upstreams }).app).get('/api/services/health').expect(200);
    expect(answer.body['oncall-service']).toEqual({ status: 'down' });
    expect(answer.body['alert-ingestion']).toEqual({ status: 'up', code: 200 });
  });
});
