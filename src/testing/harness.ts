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

/** The whole product on a standing clock, in one process or as five that speak HTTP. */
export interface Harness {
  /** Of the gateway. */
  url: string;
  /** Of every process, in the order in which they stand. */
  urls: string[];
  clock: FakeClock;
  databases: OpenDatabases;
  /** Starts what a process starts beside its server: workers, the users of the environment, the states of channels. */
  start(): Promise<void>;
  /** Runs everything that is due, everywhere, until nothing is. */
  drain(): Promise<void>;
  /** Moves time and runs what fell due. */
  pass(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** A Monday, nine in the morning: the first day of a weekly turn. */
const STARTS_AT = '2026-01-05T09:00:00.000Z';

export async function startHarness(wiring: Wiring, env: Record<string, string> = {}): Promise<Harness> {
  const clock = fakeClock(STARTS_AT);
  const made = await Promise.all(MODULES.map(async (name) => [name, await testDatabase(name)] as const));
  const databases = Object.fromEntries(made) as Record<ModuleName, (typeof made)[number][1]>;
  const dataDir = emptyFolder();
  const parts: Composed[] = [];
  const servers: Server[] = [];
  const urls: string[] = [];

  const raise = async (vars: Record<string, string>, hosted: readonly ModuleName[]): Promise<string> => {
    const config = configOf({ API_KEYS: API_KEY, RATE_LIMIT_RPM: '0', DATA_DIR: dataDir, ...env, ...vars });
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

  const url = wiring === 'monolith' ? await raise({}, MODULES) : await raiseEach(raise);
  const drain = async () => {
    for (let ran = 1; ran > 0; ) {
      ran = 0;
      for (const part of parts) ran += await part.drain();
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

/** Five servers, each dialling those below it, in the order in which they stand. */
async function raiseEach(
  raise: (vars: Record<string, string>, hosted: readonly ModuleName[]) => Promise<string>,
): Promise<string> {
  const urls: Record<string, string> = {};
  const shared = { INTERNAL_TOKEN: SECRETS.internalToken, SECRET_KEY: SECRETS.secretKey };
  const databaseUrl = (name: ModuleName) => ({
    [`${name.toUpperCase()}_DATABASE_URL`]: 'postgres://test/opened-by-the-test',
  });
  let url = '';
  for (const name of MODULES) {
    url = await raise({ ...shared, ...urls, ...databaseUrl(name), MODE: name }, [name]);
    urls[`${name.toUpperCase()}_URL`] = url;
  }
  return url;
}
