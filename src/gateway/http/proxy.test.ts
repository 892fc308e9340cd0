import { createServer, type IncomingMessage, type RequestListener, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import request from 'supertest';
import { problemHandler } from '../../kernel/http/edge';
import { createLog, createRegistry } from '../../kernel/observe/observe';
import type { Caller } from '../../kernel/ports/contract';
import { createProxy, type ProxyOptions } from './proxy';
import { remoteHealth } from './upstream';

const CALLER: Caller = { actor: 'Zoë', kind: 'user', role: 'viewer', email: null, requestId: 'r-1', trace: 't-1' };
const open: Server[] = [];
let seen: { req: IncomingMessage; body: string }[] = [];

beforeEach(() => {
  seen = [];
});
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A service that answers each request with the next of `answers`, and then with the last one. */
async function upstream(...answers: RequestListener[]): Promise<string> {
  const server = createServer((req, res) => {
    let body = '';
    const at = Math.min(seen.length, answers.length - 1);
    const entry = { req, body };
    seen.push(entry);
    req.on('data', (chunk) => {
      body += chunk;
    });
    req.on('end', () => {
      entry.body = body;
      answers[at]!(req, res);
    });
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const dies: RequestListener = (req) => req.socket.destroy();
const hangs: RequestListener = () => {};
const says =
  (status: number, body = '{}', headers: Record<string, string> = {}): RequestListener =>
  (_req, res) => {
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };

function gateway(url: string, options: Partial<ProxyOptions> = {}) {
  const registry = createRegistry();
  const proxy = createProxy(url, {
    internalToken: 'the internal token',
    retryMaxAttempts: 2,
    retryBackoffBaseSeconds: 0.001,
    registry,
    service: 'incident-management',
    ...options,
  });
  const app = express();
  app.use((_req, res, next) => {
    res.locals['caller'] = CALLER;
    next();
  });
  app.use(proxy, problemHandler(createLog('silent', 'test')));
  return { app, registry };
}

test('a request passes with its path, query, body and headers, and the answer is unchanged', async () => {
  const { app } = gateway(await upstream(says(201, '{"id":1}', { 'x-request-id': 'r-1', etag: '"7"' })));
  const answer = await request(app)
    .post('/api/v1/incidents?a=1&a=2')
    .set('Authorization', 'GenieKey x')
    .send({ title: 'ü' })
    .expect(201, { id: 1 });
  expect(answer.headers).toMatchObject({ etag: '"7"', 'x-request-id': 'r-1' });
  const [{ req, body }] = seen as [(typeof seen)[number]];
  expect([req.method, req.url, body]).toEqual(['POST', '/api/v1/incidents?a=1&a=2', '{"title":"ü"}']);
  expect(req.headers['authorization']).toBe('GenieKey x');
});

test('the service gets the caller, and never the session', async () => {
  const { app } = gateway(await upstream(says(200)));
  await request(app)
    .get('/x')
    .set({ 'X-Internal-Token': 'guess', 'X-Tocsin-Caller': 'e30', Cookie: 'tocsin_session=secret', TE: 'trailers' })
    .expect(200);
  const { headers } = seen[0]!.req;
  expect(headers['x-internal-token']).toBe('the internal token');
  expect(JSON.parse(Buffer.from(String(headers['x-tocsin-caller']), 'base64url').toString())).toEqual(CALLER);
  expect(headers).toMatchObject({ 'x-request-id': 'r-1', traceparent: 't-1' });
  expect([headers['cookie'], headers['te']]).toEqual([undefined, undefined]);
});

test('a read that fails twice is answered by the third attempt, and the retries are counted', async () => {
  const { app, registry } = gateway(await upstream(dies, dies, says(200, '{"at":"last"}')));
  await request(app).get('/api/v1/incidents').expect(200, { at: 'last' });
  expect(seen).toHaveLength(3);
  const text = await registry.getSingleMetricAsString('gateway_retries_total');
  expect(text).toContain('gateway_retries_total{service="incidents",attempt="1"} 1');
  expect(text).toContain('gateway_retries_total{service="incidents",attempt="2"} 1');
});

test.each([502, 503, 504])('a read answered %i is retried', async (status) => {
  const { app } = gateway(await upstream(says(status), says(200, '{"at":"last"}')));
  await request(app).get('/x').expect(200, { at: 'last' });
});

test('the answer to the last retry is passed on unchanged', async () => {
  const { app } = gateway(await upstream(says(503, '{"detail":"busy"}', { 'retry-after': '7' })));
  const answer = await request(app).get('/x').expect(503, { detail: 'busy' });
  expect(answer.headers['retry-after']).toBe('7');
  expect(seen).toHaveLength(3);
});

test.each([500, 404, 429])('a read answered %i is not retried', async (status) => {
  const { app } = gateway(await upstream(says(status)));
  await request(app).get('/x').expect(status);
  expect(seen).toHaveLength(1);
});

test('a service that stays down is 503 with the number of attempts', async () => {
  const { app } = gateway(await upstream(dies));
  const read = await request(app).get('/api/v1/incidents').expect(503);
  expect(read.body).toMatchObject({
    type: 'urn:tocsin:problem:unavailable',
    detail: 'Upstream service unreachable after 3 attempts',
    service: 'incident-management',
  });
  expect(read.headers['retry-after']).toBe('2');
  expect(JSON.stringify(read.body)).not.toContain('127.0.0.1');
});

test('a command is tried once, because a failed attempt may have had its effect', async () => {
  const { app } = gateway(await upstream(dies));
  const answer = await request(app).post('/x').send({ a: 1 }).expect(503);
  expect(answer.body.detail).toBe('Upstream service unreachable after 1 attempt');
  expect(seen).toHaveLength(1);
});

test('a read with a body is tried once, because the body was sent', async () => {
  const { app } = gateway(await upstream(dies));
  await request(app).get('/x').send({ a: 1 }).expect(503);
  expect(seen).toHaveLength(1);
});

test('a closed port is 503', async () => {
  const url = await upstream(says(200));
  await new Promise((resolve) => open.splice(0)[0]!.close(resolve));
  await request(gateway(url).app).get('/x').expect(503);
});

test('a service that does not answer in time is 503', async () => {
  const { app } = gateway(await upstream(hangs, says(200, '{"at":"last"}')), { timeoutMs: 500 });
  await request(app).get('/x').expect(200, { at: 'last' });
});

test('an answer that breaks off breaks off for the client too', async () => {
  const breaks: RequestListener = (req, res) => {
    res.writeHead(200, { 'content-length': '100' });
    res.write('begun');
    setImmediate(() => req.socket.destroy());
  };
  const { app } = gateway(await upstream(breaks));
  await expect(request(app).get('/x')).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  expect(seen).toHaveLength(1);
});

test('HEAD passes', async () => {
  const { app } = gateway(await upstream(says(200, '')));
  await request(app).head('/x').expect(200);
});

test('the health of a service is any status that it answers, and down if it does not answer', async () => {
  expect(await remoteHealth(await upstream(says(500)))()).toEqual({ status: 'up', code: 500 });
  expect(seen[0]!.req.url).toBe('/health');
  expect(await remoteHealth('http://127.0.0.1:1')()).toEqual({ status: 'down' });
});

test('a body may take longer than the deadline of the answer', async () => {
  const { app } = gateway(await upstream(says(200, '{"ok":true}')), { timeoutMs: 200 });
  const server = createServer(app);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answered = new Promise<number | undefined>((resolve, reject) => {
    const headers = { 'content-length': 4, 'content-type': 'text/plain' };
    const { port } = server.address() as AddressInfo;
    const slow = send({ port, method: 'POST', path: '/x', headers }, (answer) => resolve(answer.statusCode));
    slow.once('error', reject);
    for (let i = 0; i < 4; i++) setTimeout(() => slow.write('x'), i * 150);
    setTimeout(() => slow.end(), 600);
  });
  expect(await answered).toBe(200);
});
