import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { Client } from 'pg';
import { type TestDatabase, testDatabase, testServerUrl } from '../../testing/databases';
import {
  asProblem,
  connect,
  type Db,
  type ListenOptions,
  listen,
  type ModuleDatabase,
  provision,
  withRetry,
} from './pool';

let test1: TestDatabase;
const tag = randomBytes(4).toString('hex');

beforeAll(async () => {
  test1 = await testDatabase('alerts');
});

afterAll(async () => {
  await test1.drop();
});

async function admin(sql: string, url = testServerUrl()): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/** A proxy in front of the server. `cut` ends its connections without a message of Postgres. */
async function cutLine(target: URL): Promise<{ url: string; cut(): void; end(): void }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const far = dial(Number(target.port), target.hostname);
    for (const each of [socket, far]) {
      open.add(each);
      each.on('error', () => {}).on('close', () => open.delete(each));
    }
    socket.pipe(far).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.port = String((server.address() as { port: number }).port);
  // Otherwise clients use the socket of the server.
  url.search = '';
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return { url: url.href, cut, end: () => server.close() };
}

function wanted(module: string, password = 'first secret / %'): ModuleDatabase {
  return { module, database: `${module}_db_${tag}`, role: `${module}_role_${tag}`, password };
}

async function enter(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query('SELECT current_user AS who')).rows[0].who;
  } finally {
    await client.end().catch(() => {});
  }
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error) => error,
  );

describe('provisioning', () => {
  test('two processes that start together create each database once, and a role can connect only to its own', async () => {
    const databases = [wanted('red'), wanted('blue')];
    const [urls] = await Promise.all([
      provision({ adminUrl: testServerUrl(), databases }),
      provision({ adminUrl: testServerUrl(), databases }),
    ]);
    expect(await enter(urls.red!)).toBe(`red_role_${tag}`);
    expect(await enter(urls.blue!)).toBe(`blue_role_${tag}`);
    for (const foreign of [`blue_db_${tag}`, 'postgres', 'template1']) {
      const url = new URL(urls.red!);
      url.pathname = `/${foreign}`;
      await expect(enter(url.href)).rejects.toThrow('permission denied for database');
    }
  });

  test('a changed password is applied, and the data remains', async () => {
    const before = wanted('green');
    const adminUrl = testServerUrl();
    const first = await provision({ adminUrl, databases: [before] });
    await admin('CREATE TABLE kept ()', first.green);
    const second = await provision({ adminUrl, databases: [{ ...before, password: 'second' }] });
    await expect(enter(first.green!)).rejects.toThrow('password authentication failed');
    await admin('SELECT FROM kept', second.green);
  });

  test('an administrator with CREATEROLE and CREATEDB is enough', async () => {
    const helper = wanted('helper');
    await admin(`CREATE ROLE ${helper.role} LOGIN CREATEROLE CREATEDB PASSWORD 'helps'`);
    await admin(`GRANT CONNECT ON DATABASE postgres TO ${helper.role}`);
    const adminUrl = withUser(helper.role, 'helps');
    const urls = await provision({ adminUrl, databases: [wanted('pink')] });
    expect(await enter(urls.pink!)).toBe(`pink_role_${tag}`);
  });

  test('an administrator without rights gets an error that names the settings to use, unless all databases exist', async () => {
    const weak = wanted('weak');
    await admin(`CREATE ROLE ${weak.role} LOGIN PASSWORD 'weak'`);
    await admin(`GRANT CONNECT ON DATABASE postgres TO ${weak.role}`);
    const adminUrl = withUser(weak.role, 'weak');
    const databases = [wanted('grey')];
    await expect(provision({ adminUrl, databases })).rejects.toThrow(
      'The user of DATABASE_URL may not create roles and databases: let it, or give <MODULE>_DATABASE_URL for each module (GREY_DATABASE_URL).',
    );
    await provision({ adminUrl: testServerUrl(), databases });
    expect(await enter((await provision({ adminUrl, databases })).grey!)).toBe(`grey_role_${tag}`);
  });

  test('a refused login and an unreachable server are reported in one sentence', async () => {
    await expect(provision({ adminUrl: withUser('postgres', 'wrong'), databases: [] })).rejects.toThrow(
      /^The database at 127\.0\.0\.1:\d+ refused DATABASE_URL: password authentication failed for user "postgres"\.$/,
    );
    await expect(provision({ adminUrl: 'postgres://a:b@127.0.0.1:1/x', databases: [] })).rejects.toThrow(
      'The database at 127.0.0.1:1 refused DATABASE_URL: connect ECONNREFUSED 127.0.0.1:1.',
    );
  });
});

function withUser(user: string, password: string): string {
  const url = new URL(testServerUrl());
  url.username = user;
  url.password = password;
  return url.href;
}

describe('values', () => {
  test('counts are numbers, instants are dates, calendar days stay text', async () => {
    const { rows } = await test1.db.raw(
      "SELECT count(*) AS count, '2026-01-05T09:00:00Z'::timestamptz AS at, '2026-01-05'::date AS day",
    );
    expect(rows).toEqual([{ count: 1, at: new Date('2026-01-05T09:00:00Z'), day: '2026-01-05' }]);
  });
});

describe('an error of the database becomes unavailable', () => {
  const unavailable = expect.objectContaining({
    kind: 'unavailable',
    extra: { retry_after_seconds: expect.any(Number) },
  });

  test('no server', async () => {
    const db = connect('postgres://nobody:x@127.0.0.1:1/none', { acquireTimeoutMs: 300 });
    const error = await failureOf(db.raw('SELECT 1'));
    await db.destroy();
    expect(asProblem(error)).toEqual(unavailable);
  });

  test('no socket of a server', async () => {
    const db = connect('postgres://nobody:x@127.0.0.1:1/none?host=/nowhere', { acquireTimeoutMs: 300 });
    const error = await failureOf(db.raw('SELECT 1'));
    await db.destroy();
    expect(asProblem(error)).toEqual(unavailable);
    const refused = Object.assign(new Error('connect ENOENT'), { code: 'ENOENT', syscall: 'connect' });
    expect(asProblem(refused)).toEqual(unavailable);
  });

  test('a server that accepts the connection and does not answer', async () => {
    const silent: Server = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const db = connect(`postgres://nobody:x@127.0.0.1:${port}/none`, { acquireTimeoutMs: 300 });
    const error = await failureOf(db.raw('SELECT 1'));
    silent.close();
    await db.destroy();
    expect(asProblem(error)).toEqual(unavailable);
  });

  test('a connection that the server ends, in use or idle; the next query succeeds', async () => {
    const { db } = test1;
    const pid = (await db.raw('SELECT pg_backend_pid() AS pid')).rows[0].pid;
    await admin(`SELECT pg_terminate_backend(${pid})`);
    const inUse = failureOf(db.raw('SELECT pg_terminate_backend(pg_backend_pid())'));
    expect(asProblem(await inUse)).toEqual(unavailable);
    expect((await db.raw('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('a connection that is cut in a transaction or a statement', async () => {
    const line = await cutLine(new URL(test1.url));
    const db = connect(line.url);
    const inTransaction = failureOf(
      db.transaction(async (trx) => {
        await trx.raw('SELECT 1');
        line.cut();
        await trx.raw('SELECT 2');
      }),
    );
    expect(asProblem(await inTransaction)).toEqual(unavailable);
    const atCommit = failureOf(
      db.transaction(async (trx) => {
        await trx.raw('SELECT 1');
        line.cut();
      }),
    );
    expect(asProblem(await atCommit)).toEqual(unavailable);
    const alone = failureOf(db.raw('SELECT pg_sleep(5)'));
    while ((await test1.db.raw("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).rows.length === 0);
    line.cut();
    expect(asProblem(await alone)).toEqual(unavailable);
    line.end();
    await db.destroy();
  });

  test('a pool without a free connection', async () => {
    const db = connect(test1.url, { poolMax: 1, acquireTimeoutMs: 100 });
    // The first connect can take longer than the acquire timeout.
    while ((await failureOf(db.raw('SELECT 1'))) !== undefined);
    const held = await db.transaction();
    const error = await failureOf(db.raw('SELECT 1'));
    await held.rollback();
    await db.destroy();
    expect(asProblem(error)).toEqual(unavailable);
  });

  test('a statement that exceeds its timeout', async () => {
    const db = connect(test1.url, { statementTimeoutMs: 50 });
    const error = await failureOf(db.raw('SELECT pg_sleep(5)'));
    await db.destroy();
    expect(asProblem(error)?.detail).toBe('The database did not answer in time.');
  });

  test('but errors of the code or of the request stay unknown', async () => {
    const { db } = test1;
    expect(asProblem(await failureOf(db.raw('SELECT 1 / 0')))).toBeUndefined();
    expect(asProblem(await failureOf(db.raw('SELEC 1')))).toBeUndefined();
    expect(asProblem(new TypeError('x is not a function'))).toBeUndefined();
    expect(asProblem('thrown text')).toBeUndefined();
  });
});

describe('statements with values are prepared', () => {
  const preparedIn = async (db: Db): Promise<string[]> => {
    const { rows } = await db.raw('SELECT statement FROM pg_prepared_statements');
    return rows.map(({ statement }: { statement: string }) => statement);
  };

  test('once each, but not if the number of values changes the text', async () => {
    const db = connect(test1.url, { poolMax: 1 });
    for (const n of [1, 2, 3]) await db.raw('SELECT cast(? as int) + 1 AS once', [n]);
    for (const length of [1, 2, 3]) await db('jobs').whereIn('kind', Array(length).fill('none'));
    await db.raw("SELECT 'no values'");
    expect(await preparedIn(db)).toEqual(['SELECT cast($1 as int) + 1 AS once']);
    await db.destroy();
  });

  test('a plan that was made for a small table uses the index', async () => {
    const db = connect(test1.url, { poolMax: 1 });
    await db.raw('CREATE TABLE small AS SELECT 1 AS id');
    await db.raw('CREATE UNIQUE INDEX ON small (id)');
    await db.raw('VACUUM ANALYZE small');
    const { rows } = await db.raw('EXPLAIN SELECT FROM small WHERE id = 1');
    expect(rows[0]['QUERY PLAN']).toMatch(/^Index/);
    await db.destroy();
  });

  test('a change of their table causes at most one unavailable error', async () => {
    const db = connect(test1.url, { poolMax: 1 });
    await db.raw('CREATE TABLE changing AS SELECT 1 AS id');
    const read = () => db('changing').where({ id: 1 });
    for (let n = 0; n < 7; n++) await read();
    await db.raw('ALTER TABLE changing ADD COLUMN added text');
    expect(asProblem(await failureOf(read()))?.kind).toBe('unavailable');
    expect(await read()).toEqual([{ id: 1, added: null }]);
    await db.raw('ALTER TABLE changing DROP COLUMN added');
    expect(await withRetry(db, (trx) => trx('changing').where({ id: 1 }))).toEqual([{ id: 1 }]);
    await db.destroy();
  });
});

test('two transactions that deadlock both succeed', async () => {
  const { db } = test1;
  await db.raw('CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL)');
  await db('counters').insert([
    { id: 1, n: 0 },
    { id: 2, n: 0 },
  ]);
  let met: () => void;
  const meeting = new Promise<void>((resolve) => {
    met = resolve;
  });
  let arrived = 0;
  const count = (trx: Db, id: number) => trx('counters').where({ id }).increment('n');
  const both = (first: number, second: number) =>
    withRetry(db, async (trx) => {
      await count(trx, first);
      if (++arrived === 2) met();
      await meeting;
      await count(trx, second);
    });
  await Promise.all([both(1, 2), both(2, 1)]);
  expect(arrived).toBeGreaterThan(2);
  expect(await db('counters').orderBy('id').pluck('n')).toEqual([2, 2]);
});

test('a listener receives notifications, and reconnects after its connection was cut', async () => {
  const received: string[] = [];
  let connected: () => void = () => {};
  let delivered: () => void = () => {};
  const nextConnection = () =>
    new Promise<void>((resolve) => {
      connected = resolve;
    });
  const publish = (payload: string) =>
    new Promise<void>((resolve, reject) => {
      delivered = resolve;
      test1.db.raw('SELECT pg_notify(?, ?)', ['a channel', payload]).catch(reject);
    });
  const options: ListenOptions = {
    url: test1.url,
    channel: 'a channel',
    onConnect: () => connected(),
    onNotify: (payload) => {
      received.push(payload);
      delivered();
    },
  };
  let connection = nextConnection();
  const listener = listen(options);
  await connection;
  await publish('one');
  connection = nextConnection();
  await admin(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tocsin listen a channel'",
  );
  await connection;
  await publish('two');
  await listener.stop();
  expect(received).toEqual(['one', 'two']);
});
