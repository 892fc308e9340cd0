import type { Server } from 'node:http';
import { type AddressInfo, connect as dial } from 'node:net';
import request from 'supertest';
import { BY_SYSTEM, record } from '../../kernel/events/events';
import { type EventsFeed, eventsFeed } from '../../kernel/events/feed';
import { unavailable } from '../../kernel/ports/problem';
import { type TestDatabase, testDatabase } from '../../testing/databases';
import { type EventStream, openStream, type StreamEvent } from '../../testing/eventStream';
import { ENV_KEY, type GatewayUnderTest, gatewayUnderTest } from '../../testing/gateway';

/** The event stream, with a real feed of events of incidents and a gateway that reads it. */

let g: GatewayUnderTest;
let below: TestDatabase;
let feed: EventsFeed;
let url: string;
let server: Server;
let down = false;
const opened: EventStream[] = [];
const HEARTBEAT_MS = 100;

const ports = () => {
  const incidents = {
    ...g.deps.ports.incidents,
    events: async ({ after, wait_ms, limit }: { after?: string; wait_ms?: number; limit?: number }) => {
      if (down) throw unavailable('incidents is away');
      return feed.wait(after ?? null, Math.min(wait_ms ?? 0, 200), limit);
    },
  };
  return { ...g.deps.ports, incidents } as typeof g.deps.ports;
};

const recordEvent = (
  subject: string,
  kind = 'incident_acknowledged',
  data: object = { from: 'open', to: 'acknowledged' },
) =>
  below.db.transaction((trx) =>
    record(trx, [{ kind, subject, actor: 'maria', data, at: new Date('2026-01-05T09:00:00.000Z') }], {
      actor: 'maria',
      kind: 'user',
    }),
  );

function serve(app: GatewayUnderTest['app']): Promise<string> {
  return new Promise((resolve) => {
    server = app.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

async function listen(headers: Record<string, string> = {}, path = '/api/v1/events', at = url): Promise<EventStream> {
  const stream = await openStream(at + path, { 'x-api-key': ENV_KEY, ...headers });
  opened.push(stream);
  return stream;
}

const eventAbout = (subject: string) => (received: StreamEvent) =>
  received.event === 'message' && received.data.subject === subject;
const heartbeat = (received: StreamEvent) => received.event === 'heartbeat';
const key = (role: string) =>
  request(g.app)
    .post('/api/v1/api-keys')
    .set('X-API-Key', ENV_KEY)
    .send({ name: `${role} ${Math.random()}`, role })
    .expect(201);

let another: ReturnType<GatewayUnderTest['another']>;

beforeAll(async () => {
  g = await gatewayUnderTest();
  below = await testDatabase('incidents');
  feed = eventsFeed({ db: below.db, url: below.url });
  await feed.start();
  another = g.another({}, { ports: ports(), streams: { heartbeatMs: HEARTBEAT_MS, maxPerCredential: 3 } });
  await another.gateway.start();
  url = await serve(another.app);
});
afterEach(async () => {
  down = false;
  for (const stream of opened.splice(0)) {
    stream.close();
    await stream.ended;
  }
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await another.gateway.stop();
  await feed.stop();
  await below.drop();
  await g.close();
});

describe('the stream', () => {
  test('sends events with their module, actor and cursor', async () => {
    const stream = await listen();
    expect(stream.status).toBe(200);
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.headers.get('cache-control')).toBe('no-store');
    expect(stream.headers.get('x-accel-buffering')).toBe('no');
    await stream.until(heartbeat);
    await recordEvent('i-1');
    const event = await stream.until(eventAbout('i-1'));
    expect(event.data).toEqual({
      id: event.id,
      module: 'incidents',
      kind: 'incident_acknowledged',
      actor_kind: 'user',
      subject: 'i-1',
      actor: 'maria',
      at: '2026-01-05T09:00:00.000Z',
      data: { from: 'open', to: 'acknowledged' },
    });
  });

  test('sends heartbeats', async () => {
    const stream = await listen();
    await stream.until(() => stream.received.filter(heartbeat).length >= 3);
    expect(stream.received[0]).toMatchObject({ event: 'heartbeat', data: { silent: [] } });
  });

  test('resumes after the last event that a client read, also at another gateway', async () => {
    const first = await listen();
    await first.until(heartbeat);
    await recordEvent('i-read');
    const { id } = await first.until(eventAbout('i-read'));
    first.close();
    await recordEvent('i-missed-1');
    await recordEvent('i-missed-2');
    const replica = g.another({}, { ports: ports(), streams: { heartbeatMs: HEARTBEAT_MS } });
    const elsewhere = replica.app.listen(0, '127.0.0.1');
    await new Promise((resolve) => elsewhere.once('listening', resolve));
    const at = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const second = await listen({ 'last-event-id': id }, '/api/v1/events', at);
    await second.until(eventAbout('i-missed-2'));
    expect(second.received.filter(({ data }) => data.module === 'incidents').map(({ data }) => data.subject)).toEqual([
      'i-missed-1',
      'i-missed-2',
    ]);
    second.close();
    elsewhere.closeAllConnections();
    elsewhere.close();
    await replica.gateway.stop();
  });

  test('leaves out events and reports it, if a client missed too many', async () => {
    const stream = await listen();
    const { id } = await stream.until(heartbeat);
    stream.close();
    const many = Array.from({ length: 1_200 }, (_, n) => ({
      kind: 'incident_created',
      subject: `i-many-${n}`,
      actor: 'system',
      data: {},
      at: new Date('2026-01-05T09:00:00.000Z'),
    }));
    await below.db.transaction((trx) => record(trx, many, BY_SYSTEM));
    const live = await listen();
    await recordEvent('i-after-many');
    await live.until(eventAbout('i-after-many'));
    const back = await listen({ 'last-event-id': id });
    const missed = await back.until(({ event }) => event === 'missed');
    expect(missed.data).toEqual({ modules: ['incidents'] });
    await recordEvent('i-next');
    await back.until(eventAbout('i-next'));
    expect(back.received.filter(({ event }) => event === 'message').length).toBeLessThanOrEqual(502);
  });

  test('asks a client with an unknown cursor to fetch everything again', async () => {
    const stream = await listen({ 'last-event-id': 'of another product' });
    const missed = await stream.until(({ event }) => event === 'missed');
    expect(missed.data.modules).toEqual(['alerts', 'incidents', 'oncall', 'notify', 'gateway']);
  });

  test('names a module that does not answer, and sends its events when it answers again', async () => {
    const stream = await listen();
    await stream.until(heartbeat);
    down = true;
    await stream.until((received) => heartbeat(received) && received.data.silent.includes('incidents'));
    await recordEvent('i-meanwhile');
    down = false;
    await stream.until(eventAbout('i-meanwhile'));
    await stream.until(
      (received) => received === stream.received.at(-1) && heartbeat(received) && received.data.silent.length === 0,
    );
  });

  test('sends events of keys and users to administrators only', async () => {
    const viewer = (await key('viewer')).body.api_key;
    const [admin, other] = [await listen(), await listen({ 'x-api-key': viewer })];
    await Promise.all([admin.until(heartbeat), other.until(heartbeat)]);
    const made = (await key('viewer')).body;
    await recordEvent('i-for-all');
    await admin.until(({ data }) => data.kind === 'api_key.created' && data.subject === made.id);
    await other.until(eventAbout('i-for-all'));
    await other.until(() => other.received.at(-1)?.event === 'heartbeat');
    expect(other.received.filter(({ data }) => data.module === 'gateway')).toEqual([]);
  });

  test('sends users the events of their own sessions only', async () => {
    const password = 'correct horse battery';
    const [ann, bob] = [`ann-${Math.random()}`, `bob-${Math.random()}`];
    for (const username of [ann, bob]) {
      const user = { username, password, role: 'viewer' };
      await request(g.app).post('/api/v1/users').set('X-API-Key', ENV_KEY).send(user).expect(201);
    }
    const logIn = async (username: string): Promise<string> => {
      const { headers } = await request(g.app).post('/api/v1/auth/login').send({ username, password }).expect(200);
      return String(headers['set-cookie']).split(';')[0] as string;
    };
    const cookie = await logIn(ann);
    // The event of the login that opens the stream comes before or after its start.
    const { subject: first } = await g.deps.db('events').where({ kind: 'session.began', actor: ann }).first('subject');
    const stream = await openStream(`${url}/api/v1/events`, { cookie });
    opened.push(stream);
    await stream.until(heartbeat);
    for (const username of [bob, ann]) await logIn(username);
    await stream.until(({ data }) => data.kind === 'session.began' && data.subject !== first);
    const events = stream.received.filter(({ data }) => data.module === 'gateway' && data.subject !== first);
    expect(events.map(({ data }) => `${data.kind} ${data.actor}`)).toEqual([`session.began ${ann}`]);
  });

  test('leaves out the sessions of a deleted user of the same name', async () => {
    const password = 'correct horse battery';
    const username = `dan-${Math.random()}`;
    const asAdmin = (how: 'post' | 'delete', path: string) => request(g.app)[how](path).set('X-API-Key', ENV_KEY);
    const add = async () =>
      (await asAdmin('post', '/api/v1/users').send({ username, password, role: 'viewer' }).expect(201)).body.id;
    const logIn = async () =>
      (await request(g.app).post('/api/v1/auth/login').send({ username, password })).body.api_key;
    const { cursor } = (await request(g.app).get('/api/v1/events').set('X-API-Key', ENV_KEY).expect(200)).body;
    const old = await add();
    await logIn();
    await asAdmin('delete', `/api/v1/users/${old}`).expect(200);
    const id = await add();
    const stream = await openStream(`${url}/api/v1/events`, { 'x-api-key': await logIn(), 'last-event-id': cursor });
    opened.push(stream);
    await stream.until(({ data }) => data.kind === 'session.began' && data.data.user_id === id);
    expect(stream.received.filter(({ data }) => data.data?.user_id === old)).toEqual([]);
  });

  test.each([['key revoked', (id: string) => request(g.app).delete(`/api/v1/api-keys/${id}`)]])(
    'sends no event after the %s',
    async (_what, revoke) => {
      const { id, api_key } = (await key('viewer')).body;
      const stream = await listen({ 'x-api-key': api_key });
      await stream.until(heartbeat);
      await revoke(id).set('X-API-Key', ENV_KEY).expect(200);
      await recordEvent('i-after-the-end');
      await stream.until(({ event }) => event === 'ended');
      await stream.ended;
      expect(stream.received.map(({ data }) => data.subject)).not.toContain('i-after-the-end');
    },
  );

  test('sends no event to a key that another process revoked, before the event of the revocation arrives', async () => {
    const { id, api_key } = (await key('viewer')).body;
    const stream = await listen({ 'x-api-key': api_key });
    await stream.until(heartbeat);
    await g.deps.db('api_keys').where({ id }).update({ revoked_at: g.clock.now() });
    await recordEvent('i-before-the-news');
    await stream.ended;
    expect(stream.received.at(-1)?.event).toBe('ended');
    expect(stream.received.map(({ data }) => data.subject)).not.toContain('i-before-the-news');
  });

  test.each([
    ['role is lowered', 'patch', '', { role: 'viewer' }],
    ['session is ended', 'delete', '/sessions', undefined],
    ['account is disabled', 'patch', '', { disabled: true }],
  ] as const)('ends at once when the %s', async (_what, method, path, body) => {
    const [username, password] = [`cat-${Math.random()}`, 'correct horse battery'];
    const asAdmin = (how: 'post' | 'patch' | 'delete', at: string) => request(g.app)[how](at).set('X-API-Key', ENV_KEY);
    const { id } = (await asAdmin('post', '/api/v1/users').send({ username, password, role: 'responder' })).body;
    const { api_key } = (await request(g.app).post('/api/v1/auth/login').send({ username, password })).body;
    const stream = await listen({ 'x-api-key': api_key });
    await stream.until(heartbeat);
    const began = performance.now();
    await asAdmin(method, `/api/v1/users/${id}${path}`).send(body).expect(200);
    await stream.until(({ event }) => event === 'ended');
    expect(performance.now() - began).toBeLessThan(2_000);
    await stream.ended;
  });

  test('ends when its key is revoked', async () => {
    const { id, api_key } = (await key('viewer')).body;
    const stream = await listen({ 'x-api-key': api_key });
    await stream.until(heartbeat);
    await request(another.app).delete(`/api/v1/api-keys/${id}`).set('X-API-Key', ENV_KEY).expect(200);
    const ended = await stream.until(({ event }) => event === 'ended');
    expect(ended.data).toEqual({ reason: 'session_ended' });
    await stream.ended;
  });

  test('is limited per key, and can be opened again after one is closed', async () => {
    const { api_key } = (await key('viewer')).body;
    const three = [];
    for (let n = 0; n < 3; n++) three.push(await listen({ 'x-api-key': api_key }));
    const fourth = await fetch(`${url}/api/v1/events`, {
      headers: { accept: 'text/event-stream', 'x-api-key': api_key },
    });
    expect(fourth.status).toBe(429);
    await fourth.body?.cancel();
    three[0]?.close();
    await three[0]?.ended;
    let again = await listen({ 'x-api-key': api_key });
    while (again.status === 429) again = await listen({ 'x-api-key': api_key });
    expect(again.status).toBe(200);
  });

  test('disconnects a client that does not read', async () => {
    const impatient = g.another({}, { ports: ports(), streams: { heartbeatMs: HEARTBEAT_MS, drainsWithinMs: 300 } });
    const at = impatient.app.listen(0, '127.0.0.1');
    await new Promise((resolve) => at.once('listening', resolve));
    const streams = async () =>
      Number((await impatient.registry.metrics()).match(/^gateway_event_streams (\d+)/m)?.[1] ?? 0);
    const socket = dial((at.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    socket.pause();
    socket.write(
      `GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nX-API-Key: ${ENV_KEY}\r\n\r\n`,
    );
    while ((await streams()) === 0) await new Promise(setImmediate);
    const data = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`field_${n}`, 'x'.repeat(200)]));
    while ((await streams()) > 0) {
      const events = Array.from({ length: 200 }, () => ({
        kind: 'large',
        subject: 'i',
        actor: 'system',
        data,
        at: new Date(),
      }));
      await below.db.transaction((trx) => record(trx, events, BY_SYSTEM));
    }
    socket.destroy();
    expect(await streams()).toBe(0);
    at.close();
    await impatient.gateway.stop();
  });

  test('needs a valid credential', async () => {
    const answer = await fetch(`${url}/api/v1/events`, { headers: { accept: 'text/event-stream' } });
    expect(answer.status).toBe(401);
    await answer.body?.cancel();
  });

  test('refuses an `after` of another form', async () => {
    const answer = await request(another.app)
      .get('/api/v1/events?after=incidents%3Dx')
      .set({ 'X-API-Key': ENV_KEY, Accept: 'text/event-stream' })
      .expect(422);
    expect(answer.body.errors[0].path).toBe('after');
  });
});

describe('the long poll', () => {
  let viewer: string;
  // A viewer, because an administrator also gets the gateway's own events, which come at any time.
  beforeAll(async () => {
    viewer = (await key('viewer')).body.api_key;
  });
  const page = (query = '', app = another.app) => request(app).get(`/api/v1/events${query}`).set('X-API-Key', viewer);
  const after = (cursor: string) => `?after=${encodeURIComponent(cursor)}`;

  /** Waits until this gateway has read all earlier events; on a busy machine it is late. */
  async function caughtUp(): Promise<void> {
    const last = `last-${Math.random()}`;
    let { cursor } = (await page().expect(200)).body;
    await recordEvent(last);
    for (let received = false; !received; ) {
      const { body } = await page(`${after(cursor)}&wait_ms=5000`).expect(200);
      received = body.events.some(({ subject }: { subject: string }) => subject === last);
      cursor = body.cursor;
    }
  }

  test('begins now and continues at its cursor', async () => {
    await caughtUp();
    const begin = (await page().expect(200)).body;
    expect(begin).toMatchObject({ events: [], missed: [], silent: [] });
    await recordEvent('p-1');
    await recordEvent('p-2');
    const events: { subject: string; id: string }[] = [];
    let { cursor } = begin;
    const next = async (waitMs: number) => {
      const { body } = await page(`${after(cursor)}&wait_ms=${waitMs}`).expect(200);
      events.push(...body.events);
      cursor = body.cursor;
    };
    while (events.length < 2) await next(5_000);
    await next(200);
    expect(events.map(({ subject }) => subject)).toEqual(['p-1', 'p-2']);
    expect(events.every(({ id }) => id.includes('incidents='))).toBe(true);
  });

  test('waits for an event', async () => {
    await caughtUp();
    const { cursor } = (await page().expect(200)).body;
    const waiting = page(`${after(cursor)}&wait_ms=10000`)
      .expect(200)
      .then(({ body }) => body);
    await recordEvent('p-waited-for');
    expect((await waiting).events).toMatchObject([{ subject: 'p-waited-for' }]);
  });

  test('is refused if its key is revoked while it waits', async () => {
    const { id, api_key } = (
      await request(g.app)
        .post('/api/v1/api-keys')
        .set('X-API-Key', ENV_KEY)
        .send({ name: `k-${Math.random()}`, role: 'viewer' })
    ).body;
    const ask = (query: string) => request(g.app).get(`/api/v1/events${query}`).set('X-API-Key', api_key);
    const { cursor } = (await ask('').expect(200)).body;
    const waiting = ask(`${after(cursor)}&wait_ms=10000`).then((answer) => answer);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await request(g.app).delete(`/api/v1/api-keys/${id}`).set('X-API-Key', ENV_KEY).expect(200);
    await recordEvent('i-after-the-end');
    const { status, text } = await waiting;
    expect(status).toBe(401);
    expect(text).not.toContain('i-after-the-end');
  });

  test.each(['?after=nonsense', '?after=incidents%3D1.1%3Bnobody%3D1.1', '?wait_ms=1e9'])(
    'refuses %s',
    async (query) => {
      await page(query).expect(422);
    },
  );
});

test('a gateway that stops ends its streams at once with the reason', async () => {
  const stopping = g.another({}, { ports: ports(), streams: { heartbeatMs: 60_000 } });
  await stopping.gateway.start();
  const at = stopping.app.listen(0, '127.0.0.1');
  await new Promise((resolve) => at.once('listening', resolve));
  const stream = await listen({}, '/api/v1/events', `http://127.0.0.1:${(at.address() as AddressInfo).port}`);
  await stream.until(heartbeat);
  const waiting = request(stopping.app).get('/api/v1/events?after=incidents%3D&wait_ms=0').set('X-API-Key', ENV_KEY);
  await waiting.expect(200);
  stopping.gateway.release?.();
  const ended = await stream.until(({ event }) => event === 'ended');
  expect(ended.data).toEqual({ reason: 'restarting' });
  await stream.ended;
  at.close();
  await stopping.gateway.stop();
});
