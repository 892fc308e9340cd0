import { request } from 'node:http';
import { connect } from 'node:net';
import { type Nginx, webUi } from './testing/nginx';
import { freePort, type Product, startProduct, until } from './testing/product';

const KEY = 'a-key-for-real-processes';

/** nginx with the real configuration of the container web-ui, in front of the real product. */

let product: Product;
let nginx: Nginx;

jest.setTimeout(180_000);
beforeAll(async () => {
  product = await startProduct({ API_KEYS: KEY });
  nginx = await webUi(product.url);
});
afterAll(async () => {
  await nginx?.stop();
  product?.process.kill('SIGTERM');
  await product?.exited;
});

const ask = (path: string, init: RequestInit = {}, url = nginx.url) => fetch(url + path, init);
const post = (path: string, body: string) =>
  ask(path, { method: 'POST', body, headers: { 'X-API-Key': KEY, 'Content-Type': 'application/json' } });
const problem = async (answer: Response) => ({
  status: answer.status,
  type: answer.headers.get('content-type'),
  body: (await answer.json()) as Record<string, unknown>,
});

/** Sends raw bytes and returns the response until the connection ends. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let received = '';
    const socket = connect(Number(new URL(nginx.url).port), '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.once('error', () => {});
    socket.once('close', () => resolve(received));
  });

test('a batch of 1.2 MB and a delivery of 5 MB are accepted', async () => {
  const report = (i: number) => ({ service: 'web', severity: 'low', message: `Report ${i} ${'x'.repeat(1_150)}` });
  const body = JSON.stringify({ alerts: Array.from({ length: 1_000 }, (_, i) => report(i)) });
  expect(body.length).toBeGreaterThan(1_200_000);
  const batch = await post('/api/v1/alerts/batch', body);
  expect([batch.status, await batch.json()]).toEqual([200, expect.objectContaining({ accepted: 1_000 })]);
  const { url } = (await (await post('/api/v1/integrations', '{"name":"Large"}')).json()) as { url: string };
  const alerts = Array.from({ length: 2_600 }, (_, i) => ({
    fingerprint: `${i}`,
    annotations: { d: 'x'.repeat(1_850) },
  }));
  const delivery = await post(new URL(url).pathname, JSON.stringify({ alerts }));
  expect([delivery.status, await delivery.json()]).toEqual([200, { accepted: 2_600, resolved: 0, ignored: 0 }]);
});

test('a ping passes, with a body of any type, and no key is in a log of nginx or of the product', async () => {
  const { url, key } = (await (await post('/api/v1/ping-keys', '{"name":"Cluster"}')).json()) as Record<string, string>;
  const path = new URL(String(url).replace('{slug}', 'backup')).pathname;
  const answers = [
    await ask(`${path}?create=1`, { method: 'POST', body: 'x'.repeat(20_000) }),
    await ask(`${path}/0/`, { method: 'HEAD' }),
    await ask(`/ping/${key}/none`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 404]);
  expect([await answers[0]?.text(), await answers[2]?.text()]).toEqual(['Created', 'not found']);
  await until(async () => nginx.log().includes('"path":"/ping/-"'), 10_000);
  expect(nginx.log() + product.output()).not.toContain(key);
});

test('a body is streamed: an unauthorized request is refused before its body has ended', async () => {
  const refused = new Promise<number | undefined>((resolve, reject) => {
    const headers = { 'Content-Length': 20_000_000, 'X-API-Key': 'wrong' };
    const sent = request(`${nginx.url}/api/v1/alerts/batch`, { method: 'POST', headers }, (answer) => {
      resolve(answer.statusCode);
      sent.destroy();
    });
    sent.once('error', reject);
    sent.write('x'.repeat(100_000));
  });
  expect(await refused).toBe(403);
});

test('a body or URL that is too long, and invalid HTTP, are refused as problem+json', async () => {
  expect(await problem(await ask('/api/v1/alerts', { method: 'POST', body: 'x'.repeat(34 * 1024 * 1024) }))).toEqual({
    status: 413,
    type: 'application/problem+json',
    body: expect.objectContaining({ type: 'urn:tocsin:problem:too-large', status: 413 }),
  });
  expect(await problem(await ask(`/${'x'.repeat(70_000)}`))).toMatchObject({
    status: 400,
    type: 'application/problem+json',
    body: { detail: 'The address is too long.' },
  });
  expect(await raw('GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')).toContain('urn:tocsin:problem:malformed');
});

test('a problem of the gateway is passed on unchanged', async () => {
  const answer = await problem(await ask('/api/v1/nothing', { headers: { 'X-API-Key': KEY } }));
  expect(answer.body).toMatchObject({
    type: 'urn:tocsin:problem:not-found',
    detail: expect.stringContaining("'nothing'"),
  });
});

test('connections beyond the limit of an address are refused with Retry-After', async () => {
  const held = new Set<ReturnType<typeof request>>();
  const headers = { 'Content-Length': 10, 'X-API-Key': KEY, 'Content-Type': 'application/json' };
  const hold = () => {
    const one = request(`${nginx.url}/api/v1/alerts`, { method: 'POST', headers, agent: false });
    held.add(one);
    one.on('response', (answer) => answer.resume());
    one.on('error', () => {});
    one.once('close', () => held.delete(one));
    one.write('{');
  };
  const limited = () => ask('/health');
  let last = await limited();
  await until(async () => {
    // A request that ended in between, because it was refused or took too long, is replaced.
    while (held.size < 60) hold();
    last = await limited();
    return last.status === 429;
  }, 30_000);
  expect(last.headers.get('retry-after')).toBe('5');
  expect(((await last.json()) as { type: string }).type).toBe('urn:tocsin:problem:too-many');
  for (const one of held) one.destroy();
  await until(async () => (await limited()).status === 200, 30_000);
});

test('an asset with a hash in its name is kept for a year', async () => {
  const shell = await (await ask('/incidents', { headers: { accept: 'text/html' } })).text();
  const assets = [...shell.matchAll(/(?:src|href)="(\/assets\/[^"]+-[\w-]+\.(?:js|css))"/g)].map(
    ([, path]) => path as string,
  );
  expect(assets.length).toBeGreaterThan(0);
  for (const path of assets) {
    const { status, headers } = await ask(path);
    expect([path, status, headers.get('cache-control')]).toEqual([path, 200, 'public, max-age=31536000, immutable']);
  }
});

test('without the gateway the page is served, and API requests get 503 with Retry-After', async () => {
  const alone = await webUi(`http://127.0.0.1:${await freePort()}`);
  const shell = await ask('/incidents', {}, alone.url);
  expect([shell.headers.get('content-type'), await shell.text()]).toEqual([
    'text/html',
    expect.stringContaining('id="app"'),
  ]);
  const away = await ask('/api/v1/incidents', {}, alone.url);
  expect([away.status, away.headers.get('retry-after')]).toEqual([503, '2']);
  expect(((await away.json()) as { type: string }).type).toBe('urn:tocsin:problem:unavailable');
  await alone.stop();
});

test('a sender that stops in the middle of its body is disconnected', async () => {
  const head = `POST /api/v1/alerts HTTP/1.1\r\nHost: a\r\nX-API-Key: ${KEY}\r\nContent-Type: application/json\r\n`;
  const began = Date.now();
  expect(await raw(`${head}Content-Length: 1000\r\n\r\n{"service":`)).not.toContain('201');
  expect(Date.now() - began).toBeLessThan(45_000);
});
