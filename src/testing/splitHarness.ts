import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TSX } from '../../scripts/tsx';
import { type Config, MODULES, type ModuleName } from '../config/config';
import { type EmbeddedPostgres, startPostgres } from '../embedded/postgres';
import { configOf } from './config';
import { emptyFolder, freePort, type Product, startProduct } from './product';

/** Five real processes of the built product, one per module. Several harnesses can share a database server. */
export interface SplitHarness {
  /** URL of the gateway. */
  url: string;
  urls: Record<ModuleName, string>;
  /** The configuration of a process with all modules; it has the database URLs. */
  config: Config;
  /** Starts the modules that are not running. */
  start(...modules: ModuleName[]): Promise<void>;
  /** Ends one process; returns its exit code. */
  end(module: ModuleName, signal?: NodeJS.Signals): Promise<number | null>;
  stop(): Promise<void>;
}

const BUILD = join(__dirname, '../../scripts/build.ts');

/** Builds the product once for all processes, and starts a database server. */
export async function splitServer(): Promise<EmbeddedPostgres> {
  await promisify(execFile)(process.execPath, [...TSX, BUILD]);
  return startPostgres({ dataDir: join(emptyFolder(), 'postgres'), disposable: true, log: () => {} });
}

/** Starts one process per module. */
export async function startSplit(server: EmbeddedPostgres, env: Record<string, string>): Promise<SplitHarness> {
  const ports = await Promise.all(MODULES.map(freePort));
  const urls = Object.fromEntries(
    MODULES.map((module, i) => [module, `http://127.0.0.1:${ports[i]}`]),
  ) as SplitHarness['urls'];
  const shared = {
    SECRET_KEY: 'a secret key of the split harness',
    INTERNAL_TOKEN: 'a token of the split harness',
    DATABASE_URL: server.adminUrl,
    ...Object.fromEntries(MODULES.map((module) => [`${module.toUpperCase()}_URL`, urls[module]])),
    BUNDLE_AFTER: '0',
    ...env,
  };
  const running = new Map<ModuleName, Product>();

  async function startOne(module: ModuleName): Promise<void> {
    if (running.has(module)) return;
    running.set(module, await startProduct({ ...shared, MODE: module, PORT: new URL(urls[module]).port }));
  }

  async function end(module: ModuleName, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const product = running.get(module);
    running.delete(module);
    product?.process.kill(signal);
    return product === undefined ? null : product.exited;
  }

  const start = async (...modules: ModuleName[]): Promise<void> => {
    await Promise.all(modules.map(startOne));
  };
  await start(...MODULES);
  return {
    url: urls.gateway,
    urls,
    config: configOf(shared),
    start,
    end,
    stop: async () => {
      await Promise.all([...running.keys()].map((module) => end(module)));
    },
  };
}
