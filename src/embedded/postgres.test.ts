import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { connect } from '../kernel/db/pool';
import { serverAccount } from './account';
import { findBinaries, packageFor } from './binaries';
import { type EmbeddedPostgres, runningAdminUrl, startPostgres } from './postgres';
import { alive, runningPostmaster } from './postmaster';

const said: string[] = [];
const log = (_level: string, message: string) => said.push(message);
const running: EmbeddedPostgres[] = [];

// mkdtemp closes the folder to other users, so these tests also run below a 0700 folder, as in a checkout of root.
const root = mkdtempSync(join(tmpdir(), 'tocsin-postgres-test-'));
const dataDir = join(root, 'deep', 'data');

async function start(at = dataDir): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ dataDir: at, log });
  running.push(server);
  return server;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

async function until<T>(question: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await question();
    } catch {
      await new Promise((next) => setTimeout(next, 20));
    }
  }
}

beforeAll(async () => {
  const server = await start();
  await ask(server.adminUrl, 'CREATE TABLE kept (mark text)');
  await server.stop();
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  said.length = 0;
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

test('rows are still there after a stop and a start', async () => {
  const first = await start();
  await ask(first.adminUrl, "INSERT INTO kept VALUES ('stopped')");
  await first.stop();
  expect(alive(first.pid())).toBe(false);
  expect(await ask((await start()).adminUrl, 'SELECT mark FROM kept')).toContain('stopped');
});

test('a server that is killed comes back on the same port, with every acknowledged row, and the pool finds it', async () => {
  const server = await start();
  const db = connect(server.adminUrl);
  await db('kept').insert({ mark: 'acknowledged' });
  const killed = server.pid();
  process.kill(killed, 'SIGKILL');
  const marks = await until(() => db('kept').pluck('mark'));
  await until(async () => expect(server.pid()).not.toBe(killed));
  await db.destroy();
  expect(marks).toContain('acknowledged');
  expect(said).toContain('The embedded database died; starting it again.');
});

/** Leaves a server behind whose parent was killed; returns its pid. */
async function orphan(): Promise<number> {
  const script = `require('./src/embedded/postgres').startPostgres({ dataDir: ${JSON.stringify(dataDir)}, log() {} })
    .then((server) => { console.log(server.pid()); process.kill(process.pid, 'SIGKILL'); });`;
  const parent = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', script], { cwd: resolve(__dirname, '../..') });
  let printed = '';
  parent.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const [, signal] = await once(parent, 'close');
  expect(signal).toBe('SIGKILL');
  return Number(printed);
}

test('the server of a killed parent is adopted, and still watched', async () => {
  const left = await orphan();
  const adopted = await start();
  expect(adopted.pid()).toBe(left);
  process.kill(adopted.pid(), 'SIGKILL');
  expect(await until(() => ask(adopted.adminUrl, 'SELECT 1'))).toEqual([1]);
  expect(adopted.pid()).not.toBe(left);
});

test('a server that hangs while it stops does not keep the next start from its data', async () => {
  const left = await orphan();
  const client = new Client({ connectionString: runningAdminUrl(dataDir) as string });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  process.kill(rows[0].pid, 'SIGSTOP');
  process.kill(left, 'SIGINT');
  await until(async () => expect(runningPostmaster(join(dataDir, 'pg18'))?.stopping).toBe(true));
  const server = await start();
  expect(server.pid()).not.toBe(left);
  expect(alive(left)).toBe(false);
  expect(await ask(server.adminUrl, 'SELECT mark FROM kept')).toEqual(expect.any(Array));
});

test('two starts on one folder share one server', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  expect(one.pid()).toBe(other.pid());
  expect(one.adminUrl).toBe(other.adminUrl);
});

test('a pid file whose number now belongs to another program does not stop the start', async () => {
  const cluster = join(dataDir, 'pg18');
  const stranger = spawn('sleep', ['60'], { ...serverAccount() });
  writeFileSync(
    join(cluster, 'postmaster.pid'),
    `${stranger.pid}\n${cluster}\n1700000000\n5432\n\n127.0.0.1\n        0         0\nready   \n`,
  );
  const server = await start().finally(() => stranger.kill());
  expect(await ask(server.adminUrl, 'SELECT 1')).toEqual([1]);
});

test('clients use the socket in the folder of the server, whose path they know', async () => {
  const server = await start();
  expect(await ask(server.adminUrl, 'SELECT inet_server_addr() IS NULL')).toEqual([true]);
  const url = new URL(server.adminUrl);
  url.search = '';
  expect(await ask(url.href, 'SELECT inet_server_addr() IS NULL')).toEqual([false]);
});

test('a folder whose path is too long for a socket is used through the loopback address', async () => {
  const server = await start(join(root, 'x'.repeat(120)));
  expect(new URL(server.adminUrl).search).toBe('');
  expect(await ask(server.adminUrl, 'SELECT inet_server_addr() IS NULL')).toEqual([false]);
});

test('a folder that holds no sockets is used through the loopback address', async () => {
  const server = await startPostgres({ dataDir, log, settings: { unix_socket_directories: '/dev/null' } });
  running.push(server);
  expect(await ask(server.adminUrl, 'SELECT inet_server_addr() IS NULL')).toEqual([false]);
});

test('what killed servers left of their sockets is removed, also if their number now belongs to another program', async () => {
  const cluster = join(dataDir, 'pg18');
  const stranger = spawn('sleep', ['60'], { ...serverAccount() });
  for (const [port, pid] of [
    [5432, stranger.pid],
    [5433, 4_194_304],
  ]) {
    writeFileSync(join(cluster, `.s.PGSQL.${port}`), '');
    writeFileSync(join(cluster, `.s.PGSQL.${port}.lock`), `${pid}\n`);
  }
  const server = await start().finally(() => stranger.kill());
  const left = readdirSync(cluster).filter((name) => name.startsWith('.s.PGSQL'));
  expect(left.sort()).toEqual([`.s.PGSQL.${server.port}`, `.s.PGSQL.${server.port}.lock`]);
});

test('an interrupted initdb is discarded and repeated, and no password stays readable', async () => {
  const at = join(root, 'interrupted');
  const interrupted = join(at, 'init-4194304');
  mkdirSync(interrupted, { recursive: true });
  writeFileSync(join(interrupted, 'PG_VERSION'), '18');
  const server = await start(at);
  expect(await ask(server.adminUrl, 'SHOW fsync')).toEqual(['on']);
  expect(readdirSync(at)).toEqual(['pg18']);
  const password = join(at, 'pg18', 'tocsin-password');
  expect(server.adminUrl).toContain(readFileSync(password, 'utf8'));
});

test('programs that the server account cannot reach are run from a copy, symbolic links included', () => {
  const account = serverAccount() ?? { uid: 65_534, gid: 65_534 };
  const hidden = join(root, 'package');
  symlinkSync(packageFor(), hidden);
  const copies = join(root, 'copies');
  mkdirSync(copies);
  const { postgres, major } = findBinaries(account, hidden, copies);
  expect(postgres.startsWith(copies)).toBe(true);
  expect(major).toBe('18');
  expect(existsSync(join(postgres, '../../lib/libpq.so.5')) || process.platform !== 'linux').toBe(true);
});

describe('each failure is one sentence', () => {
  test('a data folder that cannot be written', async () => {
    writeFileSync(join(root, 'file'), '');
    const at = join(root, 'file', 'data');
    await expect(start(at)).rejects.toThrow(`The data folder ${at} is not writable (ENOTDIR).`);
  });

  test('no programs for this platform', () => {
    expect(() => packageFor('sunos-sparc')).toThrow(
      'There is no embedded PostgreSQL for sunos-sparc here: set DATABASE_URL to a PostgreSQL server.',
    );
  });

  test('a server that does not start is reported with its own reason', async () => {
    const refused = startPostgres({ dataDir, log, settings: { shared_buffers: 'plenty' } });
    await expect(refused).rejects.toThrow(
      /^PostgreSQL will not start in \S+pg18: FATAL:\s+invalid value for parameter "shared_buffers": "plenty"$/,
    );
  });

  test('data of another major version', async () => {
    const at = join(root, 'older');
    cpSync(join(dataDir, 'pg18', 'PG_VERSION'), join(at, 'pg17', 'PG_VERSION'));
    await expect(start(at)).rejects.toThrow(
      `The data folder ${at} was written by PostgreSQL 17; this version brings 18.`,
    );
  });
});
