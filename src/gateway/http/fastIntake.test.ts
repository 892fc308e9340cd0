import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import request from 'supertest';
import * as z from 'zod';
import { createLog, createRegistry, httpMetrics } from '../../kernel/observe/observe';
import { defineContract } from '../../kernel/ports/contract';
import { fastIntakeOf } from '../../kernel/ports/fastIntake';
import { localPort } from '../../kernel/ports/local';
import { routerOf } from '../../kernel/ports/router';
import { ENV_KEY, type GatewayUnderTest, gatewayUnderTest } from '../../testing/gateway';

const contract = defineContract({
  receive: {
    summary: 'Take something',
    method: 'POST',
    path: '/api/v1/alerts',
    access: 'responder',
    intake: true,
    input: z.object({ message: z.string().min(1), labels: z.record(z.string(), z.string()).default({}) }),
    output: z.object({ message: z.string(), by: z.string() }),
    status: 201,
  },
});

let g: GatewayUnderTest;
/** Requests that went through the pipeline. */
let throughPipeline = 0;
let server: Server;
/** Metrics of the module behind. */
let seen = createRegistry();

function raise(settings: Parameters<GatewayUnderTest['another']>[0] = {}): Server {
  const log = createLog('silent', 'test');
  seen = createRegistry();
  const metrics = httpMetrics(seen);
  const deps = { module: 'alerts', log, metrics };
  const port = localPort(contract, {
    receive: async ({ message }, { actor }) => {
      if (message === 'breaks') throw new Error('unexpected');
      return { message, by: actor };
    },
  });
  const alerts = {
    routes: contract,
    handler: routerOf(contract, port, deps),
    fastIntake: fastIntakeOf(contract, port, deps),
    health: async () => ({ status: 'up' as const, code: 200 }),
  };
  const { app, gateway } = g.another(settings, { upstreams: { ...g.deps.upstreams, alerts } });
  return createServer((req, res) => {
    if (gateway.fastIntake(req, res)) return;
    throughPipeline += 1;
    app(req, res);
  });
}

beforeAll(async () => {
  g = await gatewayUnderTest();
  server = raise().listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  await g.close();
});
beforeEach(() => {
  throughPipeline = 0;
});

const post = (to: Server = server) =>
  request(to).post('/api/v1/alerts').set('X-API-Key', ENV_KEY).set('Content-Type', 'application/json');
/** The same through the pipeline: the fast path does not take this charset. */
const postTheWholeWay = () => post().set('Content-Type', 'application/json; charset="utf-8"');

test.each([
  ['a good one', '{"message": "ü", "labels": {"a": "b"}}', 201],
  ['a byte order mark', '\ufeff{"message": "m"}', 201],
  ['no JSON', '{"message": ', 400],
  ['no object', '["message"]', 422],
  ['a wrong type', '{"message": 7}', 422],
  ['an unsound text', '{"message": "a\\u0000b"}', 422],
  ['a key that is not allowed', '{"message": "m", "__proto__": {"x": 1}}', 422],
  ['a service that breaks', '{"message": "breaks"}', 500],
])('%s is answered the same by the fast path and the pipeline', async (_, body, status) => {
  const quick = await post().send(body);
  expect(throughPipeline).toBe(0);
  const whole = await postTheWholeWay().send(body);
  expect(throughPipeline).toBe(1);
  expect(quick.status).toBe(status);
  expect(whole.status).toBe(status);
  const said = ({ body: { request_id, ...rest } }: request.Response) => rest;
  expect(said(quick)).toEqual(said(whole));
  const headers = ({ headers: { date, 'x-request-id': id, 'content-length': length, ...rest } }: request.Response) =>
    rest;
  expect(headers(quick)).toEqual(headers(whole));
  expect(quick.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test.each<[string, Record<string, string>, number]>([
  ['no key', { 'X-API-Key': '' }, 401],
  ['an unknown key', { 'X-API-Key': 'another' }, 403],
  ['a page elsewhere', { Origin: 'https://elsewhere.example' }, 201],
  ['an invalid Idempotency-Key', { 'Idempotency-Key': 'a b' }, 422],
  ['another content type', { 'Content-Type': 'text/plain' }, 422],
  ['a body with an unknown encoding', { 'Content-Encoding': 'x-unknown' }, 400],
])('%s goes through the pipeline', async (_, headers, status) => {
  const answer = await post().set(headers).send('{"message": "m"}');
  expect([answer.status, throughPipeline]).toEqual([status, 1]);
});

test('a body beyond the limit goes through the pipeline, which refuses it', async () => {
  const answer = await post().send(JSON.stringify({ message: 'x'.repeat(300_000) }));
  expect([answer.status, throughPipeline]).toEqual([413, 1]);
});

test('the module gets request id and caller, and the answer is measured', async () => {
  const answer = await post().set('X-Request-ID', 'mine').send('{"message": "m"}');
  expect(answer.headers['x-request-id']).toBe('mine');
  expect(answer.body).toEqual({ message: 'm', by: 'environment key 1' });
  expect(throughPipeline).toBe(0);
  expect(await seen.metrics()).toMatch(
    /http_requests_total\{module="alerts",operation="receive",method="POST",status="201"\} \d+/,
  );
});

test('a client that disconnects within its body leaves no open request', async () => {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  const head = `POST /api/v1/alerts HTTP/1.1\r\nHost: x\r\nX-API-Key: ${ENV_KEY}\r\nContent-Type: application/json\r\n`;
  socket.write(`${head}Content-Length: 100\r\n\r\n{"message":`);
  const [gone] = (await once(server, 'request')) as [IncomingMessage];
  socket.destroy();
  await new Promise((closed) => gone.once('close', closed));
  expect((await post().send('{"message": "m"}')).status).toBe(201);
});

test('with INGEST_RATE every alert is counted', async () => {
  const limited = raise({ ingestRate: 1 });
  const answers = [await post(limited).send('{"message": "m"}'), await post(limited).send('{"message": "m"}')];
  expect(answers.map(({ status }) => status)).toEqual([201, 503]);
});
