/**
 * The built product as a separate process, for scripts that test it from outside: on a free port, with a temporary data
 * folder, and without the settings of this shell.
 */
import { join } from 'node:path';
import { adminUrlAt, clusterIn } from '../src/embedded/postgres';
import { readPostmaster } from '../src/embedded/postmaster';
import type { Api } from './api';
import { build } from './build';
import { atEnd, eventually, freePort, start, temporaryFolder } from './children';
import { ROOT } from './root';

const START = join(ROOT, 'scripts/start.mjs');
const READY_WITHIN_MS = 60_000;

export interface ProductOptions {
  env?: Record<string, string>;
  /** The data folder; it is kept. Without one the product gets a temporary folder. */
  dataDir?: string | undefined;
}

export interface Product extends Api {
  /** The time of the start on the clock of `performance.now()`. */
  startedAt: number;
  pid: number | undefined;
  dataDir: string;
  running(): boolean;
  said(): string;
  postgresPid(): number | undefined;
  /** URL of the administrator of the embedded database. */
  adminUrl(): string;
  stop(): Promise<number | null>;
  kill(): Promise<number | null>;
}

/** Starts the product and waits until it is ready. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const launched = await launchProduct(options);
  // It listens before all modules work, and prints a line when they do.
  const ready = () => (launched.running() ? isReady(launched) : false);
  const answer = await eventually(ready, { withinMs: READY_WITHIN_MS, everyMs: 20 });
  if (answer) return launched;
  const said = launched.said().trim();
  await launched.stop();
  throw new Error(`The product did not start. It printed:\n${said}`);
}

/**
 * Starts the product without waiting, to measure the time of a start. `apiKey` is the first of `env.API_KEYS`, else the one
 * that a first start prints; empty before that.
 */
export async function launchProduct({ env = {}, dataDir }: ProductOptions = {}): Promise<Product> {
  // Build first, because the build of a stale bundle must not be measured.
  await build();
  const folder = dataDir === undefined ? temporaryFolder('product') : { folder: dataDir, remove() {} };
  const port = await freePort();
  const { PATH, HOME } = process.env;
  const settings = { PATH, HOME, LOG_LEVEL: 'warn', PORT: String(port), DATA_DIR: folder.folder, ...env };
  // In another folder, because the .env of the checkout is for another server.
  const startedAt = performance.now();
  const product = start(process.execPath, [START], { env: settings, cwd: folder.folder });
  const forget = atEnd(() => endPostgres(folder.folder));
  const end = async (signal: NodeJS.Signals) => {
    const code = await product.end(signal);
    endPostgres(folder.folder);
    forget();
    folder.remove();
    return code;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    get apiKey() {
      return env['API_KEYS']?.split(',')[0] ?? /API key +(\S+)/.exec(product.said())?.[1] ?? '';
    },
    startedAt,
    pid: product.pid,
    dataDir: folder.folder,
    running: product.running,
    said: product.said,
    postgresPid: () => postmasterOf(folder.folder)?.pid,
    adminUrl: () => adminUrlOf(folder.folder),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

async function isReady({ url, said }: Product): Promise<true | undefined> {
  if (!said().includes('Tocsin is listening')) return undefined;
  const ready = await fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
  return ready || undefined;
}

/** The folder of the embedded database; undefined before it exists. */
const clusterOf = (dataDir: string): string | undefined => clusterIn(join(dataDir, 'postgres'));

/** The main process of the embedded database; undefined if none is running. */
export function postmasterOf(dataDir: string): { pid: number; port: number } | undefined {
  const cluster = clusterOf(dataDir);
  return cluster === undefined ? undefined : readPostmaster(cluster);
}

/** The URL of the administrator of the embedded database. @throws Error if no database is running */
export function adminUrlOf(dataDir: string): string {
  const cluster = clusterOf(dataDir);
  const postmaster = postmasterOf(dataDir);
  if (cluster === undefined || postmaster === undefined) throw new Error(`No database runs in ${dataDir}.`);
  return adminUrlAt(cluster, postmaster.port);
}

/** Ends the database of a product that was killed. */
export function endPostgres(dataDir: string): void {
  const pid = postmasterOf(dataDir)?.pid ?? 0;
  try {
    if (pid > 1) process.kill(pid, 'SIGQUIT');
  } catch {
    // The database has already ended.
  }
}
