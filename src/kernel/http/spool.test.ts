import { open, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { silentLog } from '../../testing/http';
import { emptyFolder, until } from '../../testing/product';
import type { Problem } from '../ports/problem';
import { sendProblem } from './edge';
import { type Spool, type StoredBody, spool } from './spool';

const MIB = 1024 * 1024;
const folder = join(emptyFolder(), 'spool');
let bodies: Spool;
let server: Server;
let held: StoredBody[] = [];
const taken: (() => void)[] = [];

/** Returns the size of the body; with `?hold` it keeps the body until the test releases it. */
async function answer(req: IncomingMessage): Promise<number> {
  const body = await bodies.take(req, 'a key');
  held.push(body);
  for (const wake of taken.splice(0)) wake();
  if (!req.url?.includes('hold')) await body.release();
  return body.size;
}

beforeAll(async () => {
  server = createServer((req, res) => {
    answer(req).then(
      (size) => res.end(String(size)),
      (problem: Problem) => sendProblem(res, problem, 'r'),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
beforeEach(async () => {
  held = [];
  bodies = spool({ folder, log: silentLog });
  await bodies.prepare();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const send = async (body: Buffer, headers: Record<string, string> = {}, path = '/') => {
  const { port } = server.address() as AddressInfo;
  const init: RequestInit = { method: 'POST', headers, body: new Uint8Array(body) };
  const answered = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return { status: answered.status, headers: answered.headers, text: await answered.text() };
};

test.each([
  ['nothing', 0],
  ['one byte', 1],
  ['as much as memory holds', MIB],
  ['one byte more than memory holds', MIB + 1],
  ['as much as is allowed', 32 * MIB],
])('%s is taken whole', async (_name, size) => {
  expect(await send(Buffer.alloc(size, 'x'))).toMatchObject({ status: 200, text: String(size) });
});

test('any part of a body can be read back', async () => {
  const sent = Buffer.from(Array.from({ length: 3 * MIB }, (_, i) => (i * 31) % 251));
  await send(sent, {}, '/?hold');
  const [body] = held as [StoredBody];
  expect((await body.read(0, body.size)).equals(sent)).toBe(true);
  expect((await body.read(MIB - 5, 2 * MIB + 5)).equals(sent.subarray(MIB - 5, 2 * MIB + 5))).toBe(true);
  await body.release();
});

test('a spooled file is private and unlinked, so that no file remains', async () => {
  const modes: number[] = [];
  bodies = spool({
    folder,
    log: silentLog,
    openFile: async (path) => {
      const file = await open(path, 'wx+', 0o600);
      modes.push((await file.stat()).mode & 0o777);
      return file;
    },
  });
  await send(Buffer.alloc(2 * MIB), {}, '/?hold');
  expect(await readdir(folder)).toEqual([]);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(modes).toEqual([0o600]);
  await held[0]?.release();
});

test('a start removes only the files that a crash left', async () => {
  await writeFile(join(folder, 'left.body'), 'x');
  await writeFile(join(folder, 'note.txt'), 'x');
  await bodies.prepare();
  expect(await readdir(folder)).toEqual(['note.txt']);
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
])('a body in %s is decompressed', async (encoding, compress) => {
  const sent = Buffer.alloc(2 * MIB, 'abc');
  expect((await send(compress(sent), { 'content-encoding': encoding })).text).toBe(String(sent.length));
});

test.each<[string, Buffer, Record<string, string>, number]>([
  ['a body beyond the limit', Buffer.alloc(32 * MIB + 1), {}, 413],
  ['a body that grows beyond the limit', gzipSync(Buffer.alloc(33 * MIB)), { 'content-encoding': 'gzip' }, 413],
  ['a body that does not fit its Content-Encoding', Buffer.from('no gzip'), { 'content-encoding': 'gzip' }, 400],
  ['a truncated compressed body', gzipSync(Buffer.alloc(9)).subarray(0, 15), { 'content-encoding': 'gzip' }, 400],
  ['an unknown encoding', Buffer.from('x'), { 'content-encoding': 'zip' }, 400],
])('%s is refused', async (_name, body, headers, status) => {
  expect((await send(body, headers)).status).toBe(status);
});

test('a fifth large body of one key is 503, and is accepted when another one is released', async () => {
  await Promise.all([1, 2, 3, 4].map(() => send(Buffer.alloc(2 * MIB), {}, '/?hold')));
  const fifth = await send(Buffer.alloc(2 * MIB));
  expect(fifth.status).toBe(503);
  expect(Number(fifth.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await send(Buffer.alloc(MIB))).status).toBe(200);
  await held[0]?.release();
  expect((await send(Buffer.alloc(2 * MIB))).status).toBe(200);
  for (const body of held.slice(1, 4)) await body.release();
});

test('a client that disconnects frees its place', async () => {
  const { port } = server.address() as AddressInfo;
  for (let i = 0; i < 6; i++) {
    const gone = request({ port, method: 'POST', headers: { 'content-length': 4 * MIB } });
    gone.on('error', () => {});
    await new Promise<void>((resolve) => gone.write(Buffer.alloc(2 * MIB), () => resolve()));
    gone.destroy();
  }
  const fourAtOnce = async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => send(Buffer.alloc(2 * MIB))));
    return answers.every(({ status }) => status === 200);
  };
  await until(fourAtOnce, 10_000);
});

test('a full disk is 503 with Retry-After, and frees the place', async () => {
  bodies = spool({ folder, log: silentLog, openFile: () => open('/dev/full', 'r+') });
  for (let i = 0; i < 6; i++) {
    const full = await send(Buffer.alloc(2 * MIB));
    expect([full.status, JSON.parse(full.text).type]).toEqual([503, 'urn:tocsin:problem:unavailable']);
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
  }
});

test('if the folder cannot be created, only large bodies are refused', async () => {
  bodies = spool({ folder: '/dev/null/spool', log: silentLog });
  await bodies.prepare();
  expect((await send(Buffer.alloc(MIB))).status).toBe(200);
  expect((await send(Buffer.alloc(2 * MIB))).status).toBe(503);
});
