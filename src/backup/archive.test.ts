import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Client } from 'pg';
import request from 'supertest';
import { type EmbeddedPostgres, runningAdminUrl, startPostgres } from '../embedded/postgres';
import { configOf } from '../testing/config';
import { newestCursor, untilIdle } from '../testing/idle';
import { emptyFolder, incidentOf, type Product, startProduct, until } from '../testing/product';
import { type SmtpSink, smtpSink } from '../testing/smtp';
import { backup, restore } from './archive';

// First starts make database clusters, and other tests run at the same time.
jest.setTimeout(300_000);

const KEY = 'an-admin-key-of-this-test';
const products: Product[] = [];
let source: Product;
let mail: SmtpSink;
let archive: string;
let told: Story;

interface Story {
  incident: Record<string, unknown>;
  notifications: Record<string, unknown>[];
  stats: Record<string, unknown>;
}

async function started(env: Record<string, string>): Promise<Product> {
  const product = await startProduct({ API_KEYS: KEY, ...env });
  products.push(product);
  return product;
}

async function stop(product: Product): Promise<void> {
  product.process.kill('SIGTERM');
  await product.exited;
}

const ask = ({ url }: Product, method: 'get' | 'post' | 'patch', path: string) =>
  request(url)[method](`/api/v1${path}`).set('X-API-Key', KEY);

const report = (product: Product, message: string) =>
  ask(product, 'post', '/alerts').send({ service: 'checkout', severity: 'critical', message }).expect(201);

async function story(product: Product, id: string): Promise<Story> {
  const [incident, notifications, stats] = await Promise.all([
    ask(product, 'get', `/incidents/${id}`).expect(200),
    ask(product, 'get', `/notifications?incident_id=${id}`).expect(200),
    ask(product, 'get', '/notifications/stats/summary').expect(200),
  ]);
  return { incident: incident.body, notifications: notifications.body.notifications, stats: stats.body };
}

const idOf = (of: Story): string => of.incident['id'] as string;
const config = (env: Record<string, string>) => configOf({ API_KEYS: KEY, ...env });

beforeAll(async () => {
  mail = await smtpSink();
  source = await started({ SMTP_URL: mail.url, MAIL_FROM: 'tocsin@example.com' });
  const members = [{ name: 'Ada', email: 'ada@example.com', role: 'primary' }];
  await ask(source, 'post', '/schedules').send({ team: 'checkout', members }).expect(201);
  const { alert_id } = (await report(source, 'Payments fail')).body;
  // The acknowledgement must come after the first page, which it would cancel otherwise. Every job must be done before the
  // story is read, so that it is the same as in the archive.
  const adminUrl = runningAdminUrl(join(source.dataDir, 'postgres'));
  await untilIdle(source, adminUrl);
  const incident = await incidentOf(source.url, KEY, alert_id);
  await ask(source, 'patch', `/incidents/${incident}`).send({ status: 'acknowledged' }).expect(200);
  await untilIdle(source, adminUrl);
  told = await story(source, incident);
  expect(told.notifications).toHaveLength(3);
  archive = join(emptyFolder(), 'archive');
  await backup(config({ DATA_DIR: source.dataDir }), archive, new Date());
});
afterAll(async () => {
  await Promise.all(products.map(stop));
  await mail.close();
});

test('an archive restored into an empty installation holds the same incident and notifications, and new alerts join them', async () => {
  const dataDir = join(emptyFolder(), 'data');
  await restore(config({ DATA_DIR: dataDir }), archive);
  const restored = await started({ DATA_DIR: dataDir });
  expect(await story(restored, idOf(told))).toEqual(told);

  const again = (await report(restored, 'Payments fail')).body;
  expect(again).toMatchObject({ incident_id: idOf(told), deduplicated: true });
  await report(restored, 'Carts are empty');
  await until(async () => (await story(restored, idOf(told))).incident['alert_count'] === 2, 20_000);
  expect((await story(restored, idOf(told))).notifications).toEqual(told.notifications);
  expect(readFileSync(join(dataDir, 'secrets.json'))).toEqual(readFileSync(join(source.dataDir, 'secrets.json')));
});

test('an archive is restored into a Postgres of the operator, whatever its transaction numbers are', async () => {
  const server = await startPostgres({ dataDir: join(emptyFolder(), 'pg'), log: () => {}, disposable: true });
  try {
    await wearOut(server);
    await restore(config({ DATABASE_URL: server.adminUrl }), archive);
    // Events that were read before the backup are not read again, although they have other numbers now.
    const cursors = await inDatabase(server, 'incident_db', (client) =>
      client.query("select cursor from cursors where source = 'notify'"),
    );
    expect(cursors.rows).toEqual([{ cursor: await inDatabase(server, 'notification_db', newestCursor) }]);
    const restored = await started({ DATABASE_URL: server.adminUrl });
    expect(await story(restored, idOf(told))).toEqual(told);
    await report(restored, 'Carts are empty');
    await until(async () => (await story(restored, idOf(told))).incident['alert_count'] === 2, 20_000);
    const kinds = ({ incident }: Story) => (incident['timeline'] as { event_type: string }[]).map((e) => e.event_type);
    expect(kinds(await story(restored, idOf(told)))).toEqual([...kinds(told), 'alert_correlated']);
    await stop(restored);
  } finally {
    await server.stop();
  }
});

test('an archive is made of a stopped installation too, and is never overwritten', async () => {
  const dataDir = join(emptyFolder(), 'data');
  await restore(config({ DATA_DIR: dataDir }), archive);
  const second = join(emptyFolder(), 'second');
  await backup(config({ DATA_DIR: dataDir }), second, new Date());
  const described = (folder: string) => JSON.parse(readFileSync(join(folder, 'archive.json'), 'utf8')).modules;
  expect(described(second)).toEqual(described(archive));
  expect(statSync(second).mode & 0o077).toBe(0);
  await expect(backup(config({ DATA_DIR: dataDir }), second, new Date())).rejects.toThrow('never overwritten');
});

test('an archive is not restored into an installation with data', async () => {
  await expect(restore(config({ DATA_DIR: source.dataDir }), archive)).rejects.toThrow('holds a database already');
});

test('a damaged archive is refused by name and leaves nothing behind', async () => {
  const damaged = join(emptyFolder(), 'damaged');
  copyFolder(archive, damaged);
  const file = join(damaged, 'incidents', 'incidents.gz');
  writeFileSync(file, gzipSync(gunzipSync(readFileSync(file)).subarray(0, 0)));
  const dataDir = join(emptyFolder(), 'data');
  await expect(restore(config({ DATA_DIR: dataDir }), damaged)).rejects.toThrow(
    /damaged: incidents has 0 rows, not 1|foreign key/,
  );
  expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
  await expect(restore(config({ DATA_DIR: dataDir }), emptyFolder())).rejects.toThrow('is no archive');
});

test('a data folder without a database cannot be backed up', async () => {
  const folder = join(emptyFolder(), 'none');
  await expect(backup(config({ DATA_DIR: emptyFolder() }), folder, new Date())).rejects.toThrow('There is no database');
  expect(existsSync(folder)).toBe(false);
});

function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyFolder(source, target);
    else writeFileSync(target, readFileSync(source));
  }
}

/** Uses up more transaction numbers than the archive knows. */
const wearOut = (server: EmbeddedPostgres) =>
  inDatabase(server, 'postgres', (client) =>
    client.query('do $$ begin for i in 1..20000 loop perform pg_current_xact_id(); commit; end loop; end $$'),
  );

async function inDatabase<T>(
  { adminUrl }: EmbeddedPostgres,
  database: string,
  ask: (client: Client) => Promise<T>,
): Promise<T> {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}
