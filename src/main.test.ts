import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type EmbeddedPostgres, startPostgres } from './embedded/postgres';
import { openStream } from './testing/eventStream';
import { emptyFolder, freePort, launch, type Product, startProduct, until } from './testing/product';

/** The fields of answers that these tests use. */
interface Body {
  total: number;
  alert_id: string;
  alerts: { id: string; incident_id: string | null }[];
  notifications: { incident_id: string }[];
}

const KEY = 'a-key-of-these-tests';
const run = promisify(execFile);
const running: Product[] = [];
const start = async (env: Record<string, string> = {}): Promise<Product> => {
  const product = await startProduct({ API_KEYS: KEY, ...env });
  running.push(product);
  return product;
};
const stop = async (product: Product): Promise<number | null> => {
  product.process.kill('SIGTERM');
  return product.exited;
};
const postmaster = ({ dataDir }: Product): number =>
  Number(readFileSync(join(dataDir, 'postgres/pg18/postmaster.pid'), 'utf8').split('\n')[0]);
const ask = async (product: Product, path: string, body?: object) => {
  const answer = await fetch(product.url + path, {
    headers: { 'X-API-Key': KEY, 'Content-Type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json().catch(() => ({}))) as Body };
};
const report = (product: Product, message: string) =>
  ask(product, '/api/v1/alerts', { service: `service ${message}`, severity: 'high', message });

/** These tests have their own server, because the product changes the passwords of roles that other tests use. */
let server: EmbeddedPostgres;
jest.setTimeout(180_000);
beforeAll(async () => {
  server = await startPostgres({ dataDir: join(emptyFolder(), 'postgres'), disposable: true, log: () => {} });
});
afterAll(() => server.stop());
afterAll(() => Promise.all(running.filter(({ process }) => process.exitCode === null && !process.killed).map(stop)));

describe('a first start with an empty data folder', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct();
    running.push(product);
  });

  test('prints the URL, a one-time link, a key and a curl command that works as printed', async () => {
    const text = product.output();
    expect(text).toContain(product.url);
    expect(text).toMatch(/\/setup\?token=\S{20,}/);
    const curl = text.slice(text.indexOf('curl -X POST'), text.indexOf("}'") + 2);
    const { stdout } = await run('bash', ['-c', curl]);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'accepted', action: 'new_incident' });
  });

  test('keeps its data and its key; the second start does not print the key', async () => {
    const key = /API key\s+(\S+)/.exec(product.output())?.[1] as string;
    expect(await stop(product)).toBe(0);
    const again = await startProduct({ DATA_DIR: product.dataDir });
    running.push(again);
    expect(again.output()).not.toContain(key);
    expect(again.output()).toMatch(/\/setup\?token=/);
    const answer = await fetch(`${again.url}/api/v1/alerts`, { headers: { 'X-API-Key': key } });
    expect(((await answer.json()) as Body).total).toBe(1);
    await stop(again);
  });
});

test('SIGTERM ends the product and its database within ten seconds, with exit code 0', async () => {
  const product = await start();
  const began = Date.now();
  expect(await stop(product)).toBe(0);
  expect(Date.now() - began).toBeLessThan(10_000);
  expect(existsSync(join(product.dataDir, 'postgres/pg18/postmaster.pid'))).toBe(false);
});

test('SIGTERM ends open event streams with an event `ended`, and the product in time', async () => {
  const product = await start();
  const streams = await Promise.all(
    Array.from({ length: 5 }, () => openStream(`${product.url}/api/v1/events`, { 'X-API-Key': KEY })),
  );
  await Promise.all(streams.map(({ until }) => until(({ event }) => event === 'heartbeat')));
  const began = Date.now();
  expect(await stop(product)).toBe(0);
  expect(Date.now() - began).toBeLessThan(10_000);
  await Promise.all(streams.map(({ ended }) => ended));
  const last = streams.map(({ received }) => [received.at(-1)?.event, received.at(-1)?.data]);
  expect(last).toEqual(streams.map(() => ['ended', { reason: 'restarting' }]));
});

test('SIGTERM during a start leaves no process running', async () => {
  const dataDir = join(emptyFolder(), 'data');
  const product = launch({ DATA_DIR: dataDir, PORT: String(await freePort()) });
  await until(() => product.output().includes('embedded database'), 90_000);
  product.process.kill('SIGTERM');
  expect(await product.exited).toBe(0);
  expect(existsSync(join(dataDir, 'postgres/pg18/postmaster.pid'))).toBe(false);
});

test('without DATA_DIR the data is in the working directory, also if others can read it', async () => {
  const folder = emptyFolder();
  chmodSync(folder, 0o755);
  const product = launch({ PORT: String(await freePort()), API_KEYS: KEY }, folder);
  await until(() => product.output().includes('"msg":"listening"') || product.process.exitCode !== null, 90_000);
  expect(product.output()).toContain('Tocsin is listening');
  expect(existsSync(join(folder, 'data/postgres/pg18/postmaster.pid'))).toBe(true);
  product.process.kill('SIGTERM');
  expect(await product.exited).toBe(0);
});

const START_LINES = /^(Tocsin is starting\.$| {2}Building the | {2}Built the )/;

/** The output of the server, without the lines of the start and its builds. */
const errorsOf = ({ output }: { output(): string }): string =>
  output()
    .split('\n')
    .filter((line) => !START_LINES.test(line))
    .join('\n')
    .trim();

test('a second start on the same port reports that and does not touch the data of the first', async () => {
  const first = await start();
  const database = postmaster(first);
  const second = launch({ ...first.env, DATA_DIR: first.dataDir, PORT: new URL(first.url).port });
  expect(await second.exited).toBe(1);
  expect(errorsOf(second)).toMatch(/^tocsin: Port \d+ is taken/);
  expect((await report(first, 'still here')).status).toBe(201);
  expect(postmaster(first)).toBe(database);
  await stop(first);
});

test('an invalid configuration is reported completely, one line per error', async () => {
  const product = launch({ PORT: 'x', LOG_LEVEL: 'loud', DATABASE_URL: 'nowhere' });
  expect(await product.exited).toBe(1);
  const lines = errorsOf(product).split('\n');
  expect(lines.map((line) => line.split(' ').slice(0, 2).join(' ')).sort()).toEqual([
    'tocsin: DATABASE_URL',
    'tocsin: LOG_LEVEL',
    'tocsin: PORT',
  ]);
});

test('a taken port, an unwritable folder and an unreachable database are reported in one sentence each', async () => {
  const port = await freePort();
  const squatter = createServer().listen(port, '127.0.0.1');
  const file = join(emptyFolder(), 'a-file');
  writeFileSync(file, '');
  const sentences = await Promise.all(
    [
      { PORT: String(port), DATABASE_URL: server.adminUrl },
      { PORT: String(await freePort()), DATA_DIR: file },
      { PORT: String(await freePort()), DATA_DIR: emptyFolder(), DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x' },
    ].map(async (env) => {
      const product = launch({ DATA_DIR: emptyFolder(), ...env, LOG_LEVEL: 'silent' });
      expect(await product.exited).toBe(1);
      return errorsOf(product);
    }),
  );
  squatter.close();
  expect(sentences[0]).toMatch(/^tocsin: Port \d+ is taken/);
  expect(sentences[1]).toMatch(/^tocsin: The data folder .* cannot be written to\.$/);
  expect(sentences[2]).toMatch(/^tocsin: The database at 127.0.0.1:1 /);
  for (const sentence of sentences) expect(sentence.split('\n')).toHaveLength(1);
});

describe('after a kill', () => {
  const killNode = ({ process: { pid } }: Product) => process.kill(pid as number, 'SIGKILL');
  const killPostgres = (product: Product) => process.kill(postmaster(product), 'SIGKILL');

  test.each([
    ['Node', [killNode]],
    ['Postgres', [killPostgres]],
    ['both', [killNode, killPostgres]],
  ])('of %s every accepted alert gets its incident and every incident its page', async (what, kills) => {
    const product = await start();
    const accepted: string[] = [];
    const load = Array.from({ length: 60 }, async (_, i) => {
      const answer = await report(product, `${i}`).catch(() => null);
      if (answer?.status === 201) accepted.push(answer.body.alert_id);
    });
    await until(() => accepted.length >= 10, 60_000);
    for (const kill of kills) kill(product);
    await Promise.all(load);
    const next = what === 'Postgres' ? product : await start({ DATA_DIR: product.dataDir });
    // Wait until the product is ready again: a new process waits for its database.
    await until(async () => (await ask(next, '/health/ready')).status === 200, 60_000);

    const paged = async () => {
      const { status, body } = await ask(next, '/api/v1/alerts?per_page=200');
      if (status !== 200) return false;
      const stored = new Map<string, string | null>(body.alerts.map((a) => [a.id, a.incident_id]));
      const sent = await ask(next, '/api/v1/notifications?per_page=200');
      if (sent.status !== 200) return false;
      const incidents = new Set(sent.body.notifications.map((n) => n.incident_id));
      return accepted.every((id) => incidents.has(stored.get(id) ?? 'none'));
    };
    await until(paged, 10_000);
    await stop(next);
  });
});

describe('a database outage', () => {
  /** A proxy between the product and its database, so that the test can cut the connection. */
  const line = async (target: URL): Promise<{ port: number; cut(): void; mend(): Promise<void>; end(): void }> => {
    const open = new Set<Socket>();
    const port = await freePort();
    let server: Server | undefined;
    const mend = async () => {
      server = createServer((socket) => {
        const far = dial(Number(target.port), target.hostname);
        for (const each of [socket, far]) {
          open.add(each);
          each.on('error', () => {}).on('close', () => open.delete(each));
        }
        socket.pipe(far).pipe(socket);
      }).listen(port, '127.0.0.1');
      await new Promise((resolve) => server?.once('listening', resolve));
    };
    const cut = () => {
      server?.close();
      for (const socket of open) socket.destroy();
    };
    await mend();
    return { port, cut, mend, end: cut };
  };

  test('gives 503 with Retry-After, and the product continues without a restart when the database is back', async () => {
    const wire = await line(new URL(server.adminUrl));
    const target = new URL(server.adminUrl);
    target.port = String(wire.port);
    target.search = '';
    const product = await start({ DATABASE_URL: target.href });
    const before = await report(product, `before ${product.url}`);
    expect(before.status).toBe(201);
    wire.cut();
    const during = await report(product, `during ${product.url}`);
    expect(during.status).toBe(503);
    expect(Number(during.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask(product, '/health')).status).toBe(200);
    expect((await ask(product, '/health/ready')).status).toBe(503);
    await wire.mend();
    await until(async () => (await report(product, `after ${product.url}`)).status === 201, 15_000);
    expect((await ask(product, `/api/v1/alerts/${before.body.alert_id}`)).status).toBe(200);
    expect(await stop(product)).toBe(0);
    wire.end();
  });
});
