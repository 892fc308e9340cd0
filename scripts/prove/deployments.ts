import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_NAMES } from '../../src/config/databases';
import { MODULES, type ModuleName } from '../../src/config/settings';
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/postgres';
import { build } from '../build';
import { atEnd, eventually, freePort, temporaryFolder } from '../children';
import { buildPage } from '../page';
import { adminUrlOf, endPostgres, postmasterOf } from '../product';
import { keep } from './keeper';
import { serverTarget, type Target } from './server';

/** The deployed product: one process with its database, or five processes with three servers. Ended processes are restarted. */

export const API_KEY = 'the-key-of-the-proof';
/** Signs links and attempts, which the providers of the run read. */
export const SECRET_KEY = 'a secret key of the proof alone';
const READY_WITHIN_MS = 60_000;

/** The databases of each server, as in the containers. */
const SERVERS: Record<string, readonly ModuleName[]> = {
  'alert-db': ['alerts', 'gateway'],
  'incident-db': ['incidents'],
  'notification-db': ['notify', 'oncall'],
};

export type KeptProcess = ReturnType<typeof keep> & { url: string; modules: readonly ModuleName[] };

export interface Deployment {
  /** URL of the gateway. */
  url: string;
  processes: KeptProcess[];
  servers: Target[];
  /** An administrator's URL of the module's database. */
  databaseUrl(module: ModuleName): string;
  end(): Promise<void>;
}

/** A copy of the bundle, so that the run is not affected by a new build. */
async function frozenBundle(): Promise<string> {
  const [bundle] = await Promise.all([build(), buildPage()]);
  const file = bundle.replace(/main\.cjs$/, `prove-${process.pid}.cjs`);
  copyFileSync(bundle, file);
  atEnd(() => rmSync(file, { force: true }));
  return file;
}

type Env = Record<string, string>;

function envOf(env: Env, extra: Env): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, LOG_LEVEL: 'warn', ...env, ...extra };
}

export async function openMonolith(env: Env): Promise<Deployment> {
  const file = await frozenBundle();
  const { folder, remove } = temporaryFolder('prove');
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  const port = await freePort();
  const forget = atEnd(() => endPostgres(dataDir));
  const node = keep({
    name: 'the process',
    file,
    cwd: folder,
    env: envOf(env, { PORT: String(port), DATA_DIR: dataDir, API_KEYS: API_KEY, SECRET_KEY }),
  });
  const deployment: Deployment = {
    url: `http://127.0.0.1:${port}`,
    processes: [{ ...node, url: `http://127.0.0.1:${port}`, modules: MODULES }],
    servers: [serverTarget('its database', () => postmasterOf(dataDir)?.pid ?? 0)],
    databaseUrl: (module) => inDatabase(adminUrlOf(dataDir), module),
    async end() {
      await node.end();
      endPostgres(dataDir);
      forget();
      remove();
    },
  };
  await becomesReady(deployment);
  return deployment;
}

export async function openSplit(env: Env): Promise<Deployment> {
  const file = await frozenBundle();
  const { folder, remove } = temporaryFolder('prove');
  const servers = {} as Record<ModuleName, { name: string; server: EmbeddedPostgres }>;
  for (const [name, modules] of Object.entries(SERVERS)) {
    const server = await startPostgres({ dataDir: join(folder, name), log: () => {} });
    atEnd(() => quit(server.pid()));
    for (const module of modules) servers[module] = { name, server };
  }
  const pairs = await Promise.all(MODULES.map(async (module) => [module, await freePort()] as const));
  const ports = Object.fromEntries(pairs) as Record<ModuleName, number>;
  const urlPairs = MODULES.map((module) => [module, `http://127.0.0.1:${ports[module]}`]);
  const urls = Object.fromEntries(urlPairs) as Record<ModuleName, string>;
  const shared = {
    SECRET_KEY,
    INTERNAL_TOKEN: 'a token that services show each other',
    ...Object.fromEntries(MODULES.map((module) => [`${module.toUpperCase()}_URL`, urls[module]])),
  };
  const processOf = (module: ModuleName): KeptProcess => {
    const own = { MODE: module, PORT: String(ports[module]), DATABASE_URL: servers[module].server.adminUrl };
    const keys: Env = module === 'gateway' ? { API_KEYS: API_KEY } : {};
    const kept = keep({
      name: module,
      file,
      cwd: folder,
      env: envOf(env, { ...shared, ...own, ...keys, DATA_DIR: folder }),
    });
    return { ...kept, url: urls[module], modules: [module] };
  };
  const all = [...new Map(Object.values(servers).map((each) => [each.name, each])).values()];
  const deployment: Deployment = {
    url: urls.gateway,
    processes: MODULES.map(processOf),
    servers: all.map(({ name, server }) => serverTarget(name, server.pid)),
    databaseUrl: (module) => inDatabase(servers[module].server.adminUrl, module),
    async end() {
      await Promise.all(deployment.processes.map((each) => each.end()));
      await Promise.all(all.map(({ server }) => server.stop()));
      remove();
    },
  };
  await becomesReady(deployment);
  return deployment;
}

function quit(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT');
  } catch {
    // The process has already ended.
  }
}

function inDatabase(adminUrl: string, module: ModuleName): string {
  const url = new URL(adminUrl);
  url.pathname = `/${DATABASE_NAMES[module]}`;
  return url.href;
}

/** Waits until every process is ready. @throws Error with the last output of a process that is not */
export async function becomesReady({ processes }: Pick<Deployment, 'processes'>): Promise<void> {
  for (const { name, url, said } of processes) {
    const ready = () =>
      fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3_000) }).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      );
    if (!(await eventually(ready, { withinMs: READY_WITHIN_MS }))) throw new Error(`${name} is not ready: ${said()}`);
  }
}
