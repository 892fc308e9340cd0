import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import request from 'supertest';
import * as z from 'zod';
import { callerHeaders, problemHandler, refuseUnknownRoute, requestIdentity, requireInternalToken } from '../http/edge';
import { createLog, createRegistry, httpMetrics } from '../observe/observe';
import { httpPort } from './client';
import { type Caller, type Contract, defineContract, may, type Port, type Service, systemCaller } from './contract';
import { requireCurrent } from './ifMatch';
import { localPort } from './local';
import { openApi } from './openapi';
import { Problem, unavailable } from './problem';
import { callerOf, routerOf } from './router';
import { IfMatch, Instant, idInPath, paged } from './values';

const Thing = z.object({ id: z.string(), name: z.string(), made_at: Instant }).meta({ id: 'Thing' });
const things = defineContract({
  make: {
    summary: 'Make a thing',
    method: 'POST',
    path: '/api/v1/things',
    access: 'responder',
    status: 201,
    input: z.object({ name: z.string().min(1).max(10), labels: z.record(z.string(), z.unknown()).default({}) }),
    output: Thing,
  },
  list: {
    summary: 'Things',
    method: 'GET',
    path: '/api/v1/things',
    access: 'viewer',
    quiet: true,
    input: paged({ name: z.string().optional() }),
    output: z.object({ page: z.int(), things: z.array(Thing) }),
  },
  get: {
    summary: 'One thing',
    method: 'GET',
    path: '/api/v1/things/:id',
    access: 'viewer',
    input: z.object({ id: idInPath('Invalid thing ID format') }),
    output: Thing,
    etag: 'name',
  },
  rename: {
    summary: 'Rename a thing',
    method: 'PATCH',
    path: '/api/v1/things/:id',
    access: 'responder',
    input: z.object({
      id: idInPath('Invalid thing ID format'),
      name: z.string().max(10).optional(),
      if_match: IfMatch,
    }),
    output: z.object({ actor: z.string() }),
  },
  touch: {
    summary: 'Touch a thing',
    method: 'POST',
    path: '/internal/things/:id/touch',
    access: 'internal',
    input: z.object({ id: z.string() }),
    output: z.object({ id: z.string(), trace: z.string().nullable() }),
  },
  forget: {
    summary: 'Forget a thing',
    method: 'DELETE',
    path: '/api/v1/things/:id',
    access: 'admin',
    status: 204,
    input: z.object({ id: z.string(), hard: z.coerce.boolean<boolean>().optional() }),
    output: z.void(),
  },
});
type Things = typeof things;

const ID = '6f0c5a1e-9c4b-4f0e-8f5e-1d2c3b4a5f60';
const thing = (id: string, name: string) => ({ id, name, made_at: '2026-01-05T09:00:00.000Z' });
const service: Service<Things> = {
  make: async ({ name }) => ({ ...thing(ID, name), secret: 'never leaves' }) as never,
  list: async ({ page }) => ({ page, things: [thing(ID, 'a')] }),
  get: async ({ id }) => {
    if (id.startsWith('0')) throw new Problem('not-found', 'No such thing', { id });
    if (id.startsWith('1')) throw new Error('select * from secret_table failed');
    if (id.startsWith('2')) throw unavailable('Busy', 7);
    if (id.startsWith('3')) throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.7'), { code: 'ECONNREFUSED' });
    return thing(id, 'a');
  },
  rename: async ({ if_match }, caller) => {
    requireCurrent(if_match, 'a');
    return { actor: caller.actor };
  },
  touch: async ({ id }, caller) => ({ id, trace: caller.trace ?? null }),
  forget: async () => undefined,
};

const TOKEN = 'a token between services';
const log = createLog('silent', 'test');
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

function appOf() {
  const app = express().use(requestIdentity, requireInternalToken(TOKEN));
  app.use(
    routerOf(things, localPort(things, service), { module: 'things', log, metrics: httpMetrics(createRegistry()) }),
  );
  return app.use(refuseUnknownRoute({ things }), problemHandler(log));
}
const ask = (method: 'get' | 'post' | 'patch' | 'delete' | 'put' | 'head', path: string) =>
  request(appOf())[method](path).set('X-Internal-Token', TOKEN);

async function urlOf(app: express.Express): Promise<string> {
  const server = app.listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const inProcess = async (): Promise<Port<Things>> => localPort(things, service);
const overHttp = async (): Promise<Port<Things>> =>
  httpPort(things, await urlOf(appOf()), { headers: callerHeaders(TOKEN), timeoutMs: 15_000 });
const ada: Caller = {
  ...systemCaller('r-1', '00-11111111111111111111111111111111-2222222222222222-01'),
  actor: 'Ada Ω',
  kind: 'user',
};

describe('a thing with versions', () => {
  test('is returned with its version as ETag', async () => {
    expect((await ask('get', `/api/v1/things/${ID}`)).headers['etag']).toBe('"a"');
  });

  test.each(['"a"', 'W/"a"', '"z", "a"', '*', 'a'])(
    'is changed if If-Match contains its version, as in %s',
    async (tag) => {
      expect((await ask('patch', `/api/v1/things/${ID}`).set('If-Match', tag).send({})).status).toBe(200);
    },
  );

  test.each(['"z"', '', '"a', '"A"'])('is not changed if If-Match has another version, as in %p', async (tag) => {
    const { status, body } = await ask('patch', `/api/v1/things/${ID}`).set('If-Match', tag).send({});
    expect({ status, body }).toMatchObject({ status: 412, body: { version: 'a' } });
  });

  test('is described with the header, not with a field of the body', async () => {
    const { paths } = openApi('Things', '1', { things }) as { paths: Record<string, Record<string, object>> };
    const rename = paths['/api/v1/things/{id}']?.['patch'];
    expect(rename).toMatchObject({ parameters: [{ name: 'id' }, { name: 'If-Match', in: 'header', required: false }] });
    expect(JSON.stringify(rename)).not.toContain('if_match');
  });
});

describe.each([
  ['in process', inProcess],
  ['over HTTP', overHttp],
] as const)('a port %s', (_name, connect) => {
  test('returns the fields of the contract and no others', async () => {
    const port = await connect();
    expect(await port.make({ name: 'lamp' }, ada)).toEqual(thing(ID, 'lamp'));
    expect(await port.list({ page: 2 }, ada)).toEqual({ page: 2, things: [thing(ID, 'a')] });
    expect(await port.forget({ id: ID }, ada)).toBeUndefined();
  });

  test('passes on the caller, in any script, and the trace', async () => {
    const port = await connect();
    expect(await port.rename({ id: ID, if_match: '"a"' }, ada)).toEqual({ actor: 'Ada Ω' });
    await expect(port.rename({ id: ID, if_match: '"z"' }, ada)).rejects.toMatchObject({ kind: 'stale' });
    expect((await port.touch({ id: 'a/b?c' }, ada)).trace).toMatch(/^00-1{32}-/);
    expect((await port.touch({ id: 'a/b?c' }, ada)).id).toBe('a/b?c');
  });

  test('passes on a problem unchanged, with its extra members', async () => {
    const port = await connect();
    const asked = port.get({ id: '00000000-0000-4000-8000-000000000000' }, ada);
    await expect(asked).rejects.toMatchObject({
      name: 'Problem',
      kind: 'not-found',
      status: 404,
      detail: 'No such thing',
    });
    await expect(asked).rejects.toMatchObject({ extra: { id: '00000000-0000-4000-8000-000000000000' } });
    const busy = port.get({ id: '20000000-0000-4000-8000-000000000000' }, ada);
    await expect(busy).rejects.toMatchObject({ kind: 'unavailable', extra: { retry_after_seconds: 7 } });
  });

  test('names every invalid field', async () => {
    const port = await connect();
    await expect(port.make({ name: '', labels: 5 } as never, ada)).rejects.toMatchObject({
      kind: 'invalid',
      extra: { errors: [{ path: 'name' }, { path: 'labels' }] },
    });
  });

  test('an invalid path field alone is malformed, with another invalid field it is invalid', async () => {
    const port = await connect();
    await expect(port.get({ id: 'nope' }, ada)).rejects.toMatchObject({
      kind: 'malformed',
      detail: 'Invalid thing ID format',
    });
    await expect(port.rename({ id: 'nope', name: 'far too long' }, ada)).rejects.toMatchObject({ kind: 'invalid' });
  });

  test('turns a database that is down into unavailable', async () => {
    const port = await connect();
    const asked = port.get({ id: '30000000-0000-4000-8000-000000000000' }, ada);
    await expect(asked).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(asked).rejects.not.toMatchObject({ detail: expect.stringContaining('10.0.0.7') });
  });
});

describe('an input that its caller has built', () => {
  const parcels = defineContract({
    weigh: {
      summary: 'Weigh a parcel',
      method: 'POST',
      path: '/internal/parcels/weigh',
      access: 'internal',
      inputIsBuilt: true,
      input: z.object({ name: z.string().max(5), grams: z.int().default(0) }),
      output: z.object({ grams: z.int() }),
    },
  });
  const weighed: unknown[] = [];
  const port = localPort(parcels, {
    async weigh(parcel) {
      weighed.push(parcel);
      return { grams: parcel.grams };
    },
  });
  const ask = (body: object) => {
    const app = express().use(requestIdentity, requireInternalToken(TOKEN));
    app.use(routerOf(parcels, port, { module: 'parcels', log, metrics: httpMetrics(createRegistry()) }));
    app.use(problemHandler(log));
    return request(app).post('/internal/parcels/weigh').set('X-Internal-Token', TOKEN).send(body);
  };

  beforeEach(() => {
    weighed.length = 0;
  });

  test('is passed to the service unchanged in the process', async () => {
    const parcel = { name: 'longer than five', grams: 3 };
    await port.weigh(parcel, ada);
    expect(weighed).toHaveLength(1);
    expect(weighed[0]).toBe(parcel);
  });

  test('is validated over HTTP', async () => {
    const refused = await ask({ name: 'longer than five', grams: 3 });
    expect({ status: refused.status, body: JSON.parse(refused.text) }).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'name' }] },
    });
    expect(JSON.parse((await ask({ name: 'a\0' })).text)).toMatchObject({ errors: [{ path: 'name' }] });
    expect(weighed).toEqual([]);
    expect((await ask({ name: 'lamp', unknown: 1 })).body).toEqual({ grams: 0 });
    expect(weighed).toEqual([{ name: 'lamp', grams: 0 }]);
  });

  test('must contain its defaults, which the compiler checks', () => {
    // @ts-expect-error the default of `grams` is applied by validation alone
    const call = () => port.weigh({ name: 'lamp' }, ada);
    expect(call).toBeDefined();
  });
});

test('a neighbour that is unreachable or answers no JSON is unavailable', async () => {
  const dead = httpPort(things, 'http://127.0.0.1:1', { headers: callerHeaders(TOKEN) });
  await expect(dead.list({}, ada)).rejects.toMatchObject({ kind: 'unavailable', status: 503 });
  const odd = await urlOf(express().use((_req, res) => void res.status(502).send('<html>')));
  await expect(httpPort(things, odd, { headers: () => ({}) }).list({}, ada)).rejects.toMatchObject({
    kind: 'unavailable',
  });
});

test('a call to a slow neighbour ends at the deadline', async () => {
  const slow = await urlOf(express().use(() => {}));
  const port = httpPort(things, slow, { headers: () => ({}), timeoutMs: 50 });
  await expect(port.make({ name: 'a' }, ada)).rejects.toMatchObject({ kind: 'unavailable' });
});

describe('a service of its own', () => {
  test('refuses requests without the internal token', async () => {
    for (const token of [undefined, '', 'wrong', `${TOKEN}x`]) {
      const asked = request(appOf()).get('/api/v1/things');
      const answer = await (token === undefined ? asked : asked.set('X-Internal-Token', token));
      expect(answer.status).toBe(401);
      expect(answer.headers['content-type']).toContain('application/problem+json');
    }
  });

  test('refuses an unreadable caller', async () => {
    await ask('get', '/api/v1/things').set('X-Tocsin-Caller', '%%%').expect(400);
  });

  test('echoes a printable request id and replaces any other', async () => {
    expect((await ask('get', '/api/v1/things').set('X-Request-ID', 'abc-1')).headers['x-request-id']).toBe('abc-1');
    const made = (await ask('get', '/api/v1/things').set('X-Request-ID', 'a b')).headers['x-request-id'];
    expect(made).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('returns problems as RFC 9457 with the request id', async () => {
    const answer = await ask('get', '/api/v1/things/nope').set('X-Request-ID', 'r-9').expect(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(JSON.parse(answer.text)).toMatchObject({
      type: 'urn:tocsin:problem:malformed',
      title: 'Malformed request',
      status: 400,
      detail: 'Invalid thing ID format',
      request_id: 'r-9',
    });
  });

  test('returns only the request id of an unexpected error', async () => {
    const answer = await ask('get', '/api/v1/things/10000000-0000-4000-8000-000000000000').expect(500);
    expect(answer.text).not.toContain('secret_table');
    expect(JSON.parse(answer.text).request_id).toBe(answer.headers['x-request-id']);
  });

  test('sends Retry-After with unavailable', async () => {
    const answer = await ask('get', '/api/v1/things/20000000-0000-4000-8000-000000000000').expect(503);
    expect(answer.headers['retry-after']).toBe('7');
  });

  test('answers HEAD as GET, 405 with Allow, and 404', async () => {
    await ask('head', '/api/v1/things').expect(200);
    const wrong = await ask('put', '/api/v1/things').expect(405);
    expect(wrong.headers['allow']?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
    await ask('get', '/api/v1/nothing').expect(404);
  });

  test('uses the last value of a repeated query key', async () => {
    const answer = await ask('get', '/api/v1/things?page=1&page=3').expect(200);
    expect(answer.body.page).toBe(3);
  });

  test.each([
    ['no body', undefined, undefined, 422],
    ['a text body', 'name=lamp', 'text/plain', 422],
    ['broken JSON', '{"name":', 'application/json', 400],
    ['a bare number', '5', 'application/json', 422],
    ['an array', '[]', 'application/json', 422],
    ['null', 'null', 'application/json', 422],
    ['a NUL character', '{"name":"a\\u0000"}', 'application/json', 422],
    ['a lone surrogate', '{"name":"\\ud800"}', 'application/json', 422],
    ['__proto__ as a key', '{"name":"a","labels":{"__proto__":{"x":1}}}', 'application/json', 422],
    ['an infinite number', '{"name":"a","labels":{"n":1e999}}', 'application/json', 422],
    [
      'very deep nesting',
      `{"name":"a","labels":{"x":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`,
      'application/json',
      422,
    ],
    ['an unknown charset', '{"name":"a"}', 'application/json; charset=klingon', 400],
  ])('answers %s with a clear problem', async (_what, body, type, status) => {
    const asked = ask('post', '/api/v1/things');
    const answer = await (body === undefined ? asked : asked.set('Content-Type', type as string).send(body));
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).detail).not.toBe('');
  });

  test('a body over the limit is 413, a broken percent sign 400, an unknown encoding 400', async () => {
    await ask('post', '/api/v1/things')
      .send({ name: 'x'.repeat(300_000) })
      .expect(413);
    await ask('get', '/api/v1/things/%E0%A4%A').expect(400);
    await ask('post', '/api/v1/things').set('Content-Encoding', 'zebra').send({ name: 'a' }).expect(400);
  });

  test.each(['0', '-1', '1e20', 'x', '1.5', '', '1000001'])('refuses page %s', async (page) => {
    await ask('get', `/api/v1/things?page=${page}`).expect(422);
  });

  test('refuses a page that is too deep for its size', async () => {
    const answer = await ask('get', '/api/v1/things?page=900000&per_page=200').expect(422);
    expect(JSON.parse(answer.text).errors[0].path).toBe('page');
  });
});

test('a request without a caller is refused', () => {
  expect(() => callerOf({ locals: {} } as never)).toThrow(Problem);
});

test('a role includes lower roles, and no role may call internal operations', () => {
  expect(may('viewer', 'viewer')).toBe(true);
  expect(may('viewer', 'responder')).toBe(false);
  expect(may('admin', 'responder')).toBe(true);
  expect(may('admin', 'internal')).toBe(false);
  expect(may(null, 'viewer')).toBe(false);
  expect(may(null, 'public')).toBe(true);
});

describe('the OpenAPI document', () => {
  const document = openApi('Things', '1', { things }) as {
    paths: Record<
      string,
      Record<string, { parameters: { name: string; in: string }[]; requestBody?: object; responses: object }>
    >;
    components: { schemas: Record<string, { properties?: object }> };
  };
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    (m) => m[1] as string,
  );

  test('describes every operation but the internal ones', () => {
    expect(Object.keys(document.paths)).toEqual(['/api/v1/things', '/api/v1/things/{id}']);
    expect(document.paths['/api/v1/things/{id}']?.['patch']?.parameters).toMatchObject([
      { name: 'id', in: 'path' },
      { name: 'If-Match', in: 'header' },
    ]);
    expect(document.paths['/api/v1/things']?.['post']?.requestBody).toBeDefined();
  });

  test('refers only to components that exist', () => {
    expect(refs.length).toBeGreaterThan(3);
    for (const ref of refs) expect(Object.keys(document.components.schemas)).toContain(ref);
  });

  test('writes the input of an operation out if it is also a field of another input', () => {
    const { make } = things;
    const tries = { ...make, path: '/api/v1/things/try' as const, input: z.object({ thing: make.input }) };
    const text = JSON.stringify(openApi('Things', '1', { things: { make, tries } }));
    expect(text).not.toContain('#/components/schemas/ThingsMakeInput');
  });

  test('contains a shared schema once', () => {
    expect(document.components.schemas['Thing']?.properties).toHaveProperty('made_at');
  });
});

test('the compiler checks services and ports against the contract', () => {
  // @ts-expect-error an operation is missing
  const missing: Service<Things> = { make: service.make };
  // @ts-expect-error the output has another shape
  const wrong: Service<Things> = { ...service, list: async () => ({ page: 'one' }) };
  const port = {} as Port<Things>;
  // @ts-expect-error the input lacks its name
  const call = () => port.make({}, ada);
  expect([missing, wrong, call].every((each) => each as unknown as Contract)).toBe(true);
});
