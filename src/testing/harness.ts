import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Composed, compose } from '../compose';
import { MODULES, type ModuleName } from '../config/config';
import type { OpenDatabases } from '../config/databases';
import { type FakeClock, fakeClock } from '../kernel/clock';
import { createLog, createRegistry } from '../kernel/observe/observe';
import { configOf } from './config';
import { testDatabase } from './databases';
import { emptyFolder } from './product';

export type Wiring = 'monolith' | 'split';

export const API_KEY = 'the-key-for-tests';
export const SECRETS = { secretKey: 'a key that signs test links', internalToken: 'a token between test services' };

/** The whole product with a fake clock, in one process or as five servers that call each other over HTTP. */
export interface Harness {
  /** URL of the gateway. */
  url: string;
  /** URLs of all servers, lowest module first. */
  urls: string[];
  clock: FakeClock;
  databases: OpenDatabases;
  /** Starts what a process starts in addition to its server: workers, users from the environment, channel states. */
  start(): Promise<void>;
  /** Makes the server of a module unreachable until the returned function is called. Only in five servers. */
  leave(module: ModuleName): Promise<() => Promise<void>>;
  /** Runs due jobs and new events of all modules until there are none. */
  drain(): Promise<void>;
  /** Advances the clock by `ms` and drains. */
  pass(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** Monday, 09:00: the start of a weekly rotation. */
const STARTS_AT = '2026-01-05T09:00:00.000Z';

/** Composes the product. `env` adds settings. */
export async function startHarness(wiring: Wiring, env: Record<string, string> = {}): Promise<Harness> {
  const clock = fakeClock(STARTS_AT);
  const made = await Promise.all(MODULES.map(async (name) => [name, await testDatabase(name)] as const));
  const databases = Object.fromEntries(made) as Record<ModuleName, (typeof made)[number][1]>;
  const dataDir = emptyFolder();
  const parts: Composed[] = [];
  const servers: Server[] = [];
  const urls: string[] = [];

  const startPart = async (vars: Record<string, string>, hosted: readonly ModuleName[]): Promise<string> => {
    const config = configOf({
      API_KEYS: API_KEY,
      RATE_LIMIT_RPM: '0',
      DATA_DIR: dataDir,
      SELF_WATCH_SECONDS: '0',
      BUNDLE_AFTER: '0',
      ...env,
      ...vars,
    });
    const own = Object.fromEntries(hosted.map((name) => [name, databases[name]]));
    const log = createLog('silent', 'test');
    const part = compose({ config, secrets: SECRETS, databases: own, clock, log, registry: createRegistry() });
    parts.push(part);
    const server = createServer(part.app).listen(0, '127.0.0.1');
    servers.push(server);
    await new Promise((resolve) => server.once('listening', resolve));
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    urls.push(at);
    return at;
  };

  const url = wiring === 'monolith' ? await startPart({}, MODULES) : await startEach(startPart);
  let away = 0;
  const drain = async () => {
    for (let ran = 1; ran > 0; ) {
      ran = 0;
      // The followers of a module that is away fail; what ran before them counts.
      for (const part of parts) ran += await part.drain().catch((error) => (away === 0 ? Promise.reject(error) : 0));
    }
  };
  return {
    url,
    urls,
    clock,
    databases,
    start: async () => {
      for (const part of parts) await part.start();
    },
    async leave(module) {
      const n = MODULES.indexOf(module);
      const server = servers[n] as Server;
      const port = Number(new URL(urls[n] as string).port);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      away += 1;
      return async () => {
        away -= 1;
        await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
      };
    },
    drain,
    pass: async (ms) => {
      clock.advance(ms);
      await drain();
    },
    stop: async () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      for (const part of parts) await part.stop();
      await Promise.all(made.map(([, database]) => database.drop()));
    },
  };
}

/** Starts five servers, lowest module first, because each needs the URLs of lower ones. */
async function startEach(
  startPart: (vars: Record<string, string>, hosted: readonly ModuleName[]) => Promise<string>,
): Promise<string> {
  const urls: Record<string, string> = {};
  const shared = { INTERNAL_TOKEN: SECRETS.internalToken, SECRET_KEY: SECRETS.secretKey };
  const databaseUrl = (name: ModuleName) => ({
    [`${name.toUpperCase()}_DATABASE_URL`]: 'postgres://test/opened-by-the-test',
  });
  let url = '';
  for (const name of MODULES) {
    url = await startPart({ ...shared, ...urls, ...databaseUrl(name), MODE: name }, [name]);
    urls[`${name.toUpperCase()}_URL`] = url;
  }
  return url;
}
