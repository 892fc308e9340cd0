import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, serverAccount } from './account';
import { type Binaries, findBinaries } from './binaries';
import { lastLine, nameFor, serverEnvironment } from './dataFolder';
import { alive, forgetStranger, type Postmaster, readPostmaster, runningPostmaster } from './postmaster';

/** Crash recovery replays the log since the last checkpoint, which the settings below keep to seconds. */
const READY_WITHIN_MS = 120_000;

/** A process can end before its last output has come through the pipe. */
const LAST_WORDS_MS = 1_000;

/** A small server for one application: five small pools, no replicas, no parallel queries. */
const SMALL: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  // Its own folder, which is closed to other users. Queries through the socket cost less than through TCP.
  unix_socket_directories: '.',
  max_connections: '120',
  shared_buffers: '32MB',
  huge_pages: 'off',
  io_method: 'sync',
  jit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  min_wal_size: '32MB',
  // The first change of a page after a checkpoint logs all of it. Compressing that costs a storm more than writing it.
  max_wal_size: '512MB',
  wal_compression: 'off',
  checkpoint_timeout: '15min',
  log_checkpoints: 'off',
  max_logical_replication_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  autovacuum_naptime: '2min',
  autovacuum_max_workers: '2',
  // Errors of statements reach the application; the log of the server holds only its own faults.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** For tests only: their data is deleted anyway, so a crash can lose it. */
const DISPOSABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };

export interface Launch {
  cluster: string;
  disposable: boolean;
  settings: Record<string, string>;
}

/** Some shared folders hold no sockets. */
const NO_SOCKETS = /Unix-domain socket|could not (create|open|read|write) lock file "\S*\.s\.PGSQL/;

/**
 * Starts the server and returns when it accepts connections: on a socket in its folder, if the file system has sockets,
 * and on the loopback address.
 * @throws Error with the last line of its log
 */
export async function launch(how: Launch, port: number): Promise<Postmaster> {
  try {
    return await launchOnce(how, port);
  } catch (error) {
    if (!NO_SOCKETS.test((error as Error).message)) throw error;
    return launchOnce({ ...how, settings: { ...how.settings, unix_socket_directories: '' } }, port);
  }
}

async function launchOnce({ cluster, disposable, settings }: Launch, port: number): Promise<Postmaster> {
  const account = serverAccount();
  const all = { ...SMALL, ...(disposable ? DISPOSABLE : {}), ...settings };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  forgetStranger(cluster);
  const server = spawnServer(findBinaries(account), account, cluster, ['-p', String(port), ...flags]);
  const until = Date.now() + READY_WITHIN_MS;
  while (Date.now() < until) {
    const found = readPostmaster(cluster);
    if (found?.ready && found.pid === server.pid) return found;
    if (server.ended()) {
      const other = runningPostmaster(cluster);
      if (other?.ready) return other;
      await Promise.race([server.silent, sleep(LAST_WORDS_MS)]);
      throw new Error(`PostgreSQL will not start in ${cluster}: ${server.output()}`);
    }
    await sleep(5);
  }
  throw new Error(`PostgreSQL was not ready within ${READY_WITHIN_MS / 1000} s in ${cluster}: ${server.output()}`);
}

function spawnServer({ postgres }: Binaries, account: Account | undefined, cluster: string, flags: string[]) {
  // Detached, so that Ctrl-C reaches only Tocsin, which stops the server last. Unreferenced, so that it never keeps the parent alive.
  const child = spawn(postgres, ['-D', nameFor(cluster, account), ...flags], {
    cwd: cluster,
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    ...account,
  });
  child.unref();
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-2_000);
  });
  (child.stderr as unknown as { unref(): void }).unref();
  let failed: Error | undefined;
  child.on('error', (error) => {
    failed = error;
  });
  const silent = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    pid: child.pid,
    silent,
    ended: () => failed !== undefined || child.exitCode !== null || child.signalCode !== null || !alive(child.pid ?? 0),
    output: () => failed?.message ?? errorLineOf(output),
  };
}

/** The line with the reason: the first FATAL or PANIC, without its date, else the last line. */
function errorLineOf(output: string): string {
  const line = output.split('\n').find((each) => /\b(FATAL|PANIC):/.test(each)) ?? lastLine(output);
  return line.replace(/^.*?(?=\b(?:FATAL|PANIC|LOG|ERROR):)/, '').trim() || 'it printed nothing';
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
