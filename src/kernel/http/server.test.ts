import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import express from 'express';
import { boundedServer, closeServer, connectionsFor } from './server';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function serve(app: express.Express, limits = {}): Promise<{ server: Server; dial(): Socket }> {
  const server = boundedServer(app, limits).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, dial: () => connect(port, '127.0.0.1') };
}

const allOf = async (socket: Socket): Promise<string> => {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text;
};

test('a client that sends its body too slowly gets 408 and is disconnected', async () => {
  const stored: unknown[] = [];
  const app = express().post('/', express.json(), (req, res) => void res.json(stored.push(req.body)));
  const { dial } = await serve(app, { requestTimeoutMs: 200, headersTimeoutMs: 200, checkEveryMs: 50 });
  const socket = dial();
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":');
  expect(await allOf(socket)).toMatch(/^HTTP\/1.1 408 /);
  expect(stored).toEqual([]);
});

test('a client that sends its headers too slowly gets 408 and is disconnected', async () => {
  const { dial } = await serve(express(), { requestTimeoutMs: 400, headersTimeoutMs: 200, checkEveryMs: 50 });
  const socket = dial();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-');
  expect(await allOf(socket)).toMatch(/^HTTP\/1.1 408 /);
});

test('a connection that sends nothing is closed', async () => {
  const { dial } = await serve(express(), { firstByteMs: 50 });
  expect(await allOf(dial())).toBe('');
});

test('a kept-alive connection is not closed when it is idle', async () => {
  const { dial } = await serve(
    express().get('/', (_req, res) => void res.send('ok')),
    { firstByteMs: 50 },
  );
  const socket = dial();
  const ask = () => {
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    return once(socket, 'data');
  };
  await ask();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(String(await ask())).toMatch(/^HTTP\/1.1 200 /);
  socket.destroy();
});

test('connections beyond the limit are refused, and the limit leaves files for the database', async () => {
  const { server, dial } = await serve(express(), { mostConnections: 1 });
  const first = dial();
  await once(server, 'connection');
  expect(await allOf(dial())).toBe('');
  expect(first.destroyed).toBe(false);
  first.destroy();
  expect([connectionsFor(1_024), connectionsFor(1_048_576), connectionsFor(100)]).toEqual([768, 10_000, 64]);
});

test('too many headers get 431', async () => {
  const { dial } = await serve(express());
  const socket = dial();
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${'X-Flood: xxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n'.repeat(2_000)}\r\n`);
  expect(await allOf(socket)).toMatch(/^HTTP\/1.1 431 /);
});

test('closing finishes open requests, and does not wait for idle connections', async () => {
  let answer: () => void = () => {};
  const app = express().get('/', (_req, res) => {
    answer = () => void res.send('done');
  });
  const { server, dial } = await serve(app);
  const kept = dial();
  await once(kept, 'connect');
  const busy = dial();
  const received = allOf(busy);
  busy.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(server, 'request');
  const closed = closeServer(server, 10_000);
  answer();
  await closed;
  expect(await received).toMatch(/^HTTP\/1.1 200 [\s\S]*done$/);
});

test('closing cuts requests that do not end in time', async () => {
  const { server, dial } = await serve(express().get('/', () => {}));
  const busy = dial();
  const received = allOf(busy);
  busy.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(server, 'request');
  await closeServer(server, 100);
  expect(await received).toBe('');
});
