import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { serverAccount } from './account';
import { findBinaries } from './binaries';
import { clusterIn, ensureCluster, readPassword } from './dataFolder';
import { freePort, type Launch, launch } from './launch';
import { alive, type Postmaster, readPostmaster, runningPostmaster, socketFolder } from './postmaster';

const WATCH_EVERY_MS = 200;
const LONGEST_BACKOFF_MS = 10_000;
const BUSY_FOR_MS = 30_000;
/** A parent that must stop has no more time than this for its server. */
const GOES_WITHIN_MS = 8_000;
const TRIES = 50;
const LOCK = 7_245_003;

/** Passing reasons: another start at the same time, backends that outlive a killed server for a moment, a port that was just taken. */
const PASSING = /lock file|shared memory block|could not create any TCP\/IP sockets/;

export { clusterIn } from './dataFolder';

export type PostgresLog = (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void;

export interface PostgresOptions {
  dataDir: string;
  log: PostgresLog;
  /** For tests: no durability. */
  disposable?: boolean;
  settings?: Record<string, string>;
}

export interface EmbeddedPostgres {
  /** The administrator's URL, for the socket in the server's folder; if there is none, for the loopback address. */
  adminUrl: string;
  port: number;
  pid(): number;
  /** Ends the server, gently first. */
  stop(): Promise<void>;
}

/**
 * Runs the embedded PostgreSQL: starts it or adopts the one a killed parent left behind, and starts it again on the same port
 * whenever it dies, so that pools reconnect. Every failure is an Error whose message is one sentence for the operator.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log, disposable = false, settings = {} } = options;
  const account = serverAccount();
  const cluster = await ensureCluster(dataDir, account, findBinaries(account));
  const how: Launch = { cluster, disposable, settings };
  const { server, adopted } = await adoptOrLaunch(how);
  const adminUrl = adminUrlAt(cluster, server.port);
  await secure(adminUrl);
  log('info', adopted ? 'Adopted the running embedded database.' : 'Started the embedded database.', { ...server });
  const watch = watchOver(server, how, log);
  return {
    adminUrl,
    port: server.port,
    pid: watch.pid,
    stop: async () => {
      await watch.end();
      await end(watch.pid(), disposable);
      log('info', 'Stopped the embedded database.');
    },
  };
}

/** The administrator's URL of the server that runs in the folder, started by any process. For short visits such as a backup. */
export function runningAdminUrl(dataDir: string): string | undefined {
  const cluster = clusterIn(dataDir);
  if (cluster === undefined) return undefined;
  const server = runningPostmaster(cluster);
  return server?.ready ? adminUrlAt(cluster, server.port) : undefined;
}

/** The administrator's URL of the server of a cluster. @throws Error if its password cannot be read */
export function adminUrlAt(cluster: string, port: number): string {
  const url = `postgres://postgres:${readPassword(cluster)}@127.0.0.1:${port}/postgres`;
  const folder = socketFolder(cluster, port);
  return folder === undefined ? url : `${url}?host=${encodeURIComponent(folder)}`;
}

async function adoptOrLaunch(how: Launch): Promise<{ server: Postmaster; adopted: boolean }> {
  for (let tries = 1; ; tries++) {
    const left = await runningServer(how.cluster);
    if (left) return { server: left, adopted: true };
    try {
      return { server: await launch(how, await freePort()), adopted: false };
    } catch (error) {
      if (tries === TRIES || !PASSING.test((error as Error).message)) throw error;
      await sleep(100);
    }
  }
}

/**
 * Waits for a server that is starting or stopping: it becomes ready to adopt, or ends. A server whose parent left it while
 * it was stopping can hang on a session that does not end; then it is killed.
 */
async function runningServer(cluster: string): Promise<Postmaster | undefined> {
  const since = Date.now();
  for (; Date.now() < since + BUSY_FOR_MS; await sleep(20)) {
    const found = runningPostmaster(cluster);
    if (!found || found.ready) return found;
    if (found.stopping && Date.now() > since + GOES_WITHIN_MS) await end(found.pid, true);
  }
  throw new Error(`PostgreSQL (process ${readPostmaster(cluster)?.pid}) holds ${cluster} and does not become ready.`);
}

/** Checks the password, and closes the maintenance databases to the roles of the modules: each can connect only to its own. */
async function secure(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    // Two starts on one folder can be here at the same time, and the catalog refuses two changes of one row at once.
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query('REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC');
  } catch (error) {
    throw new Error(`The embedded database runs but refuses its administrator: ${(error as Error).message}.`);
  } finally {
    await client.end().catch(() => {});
  }
}

function watchOver(first: Postmaster, how: Launch, log: PostgresLog) {
  let { pid } = first;
  let ended = false;
  let raising: Promise<void> | undefined;

  const raise = async () => {
    for (let tries = 0; !ended; tries++) {
      try {
        const server = runningPostmaster(how.cluster) ?? (await launch(how, first.port));
        pid = server.pid;
        log('info', 'Started the embedded database again.', { pid, port: server.port });
        return;
      } catch (error) {
        log('error', (error as Error).message);
        await sleep(Math.min(100 * 2 ** tries, LONGEST_BACKOFF_MS));
      }
    }
  };
  const timer = setInterval(() => {
    if (raising || alive(pid)) return;
    log('warn', 'The embedded database died; starting it again.', { pid });
    raising = raise().finally(() => {
      raising = undefined;
    });
  }, WATCH_EVERY_MS).unref();

  return {
    pid: () => pid,
    end: async () => {
      ended = true;
      clearInterval(timer);
      await raising;
    },
  };
}

/** SIGINT rolls back what runs and writes a checkpoint; SIGQUIT leaves that to recovery; SIGKILL always works. */
async function end(pid: number, disposable: boolean): Promise<void> {
  const ways: [NodeJS.Signals, number][] = [...(disposable ? [] : [['SIGINT', 10_000] as [NodeJS.Signals, number]])];
  // After SIGQUIT the server kills its remaining sessions after 5 s; if it were killed before that, they would stay.
  ways.push(['SIGQUIT', 8_000], ['SIGKILL', 5_000]);
  for (const [signal, withinMs] of ways) {
    if (!alive(pid)) return;
    process.kill(pid, signal);
    for (const until = Date.now() + withinMs; alive(pid) && Date.now() < until; ) await sleep(10);
  }
}
