import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../../src/kernel/postgres.ts';
import { build } from '../build.mjs';
import { atEnd, eventually, freePort, temporaryFolder } from '../children.mjs';
import { buildPage } from '../page.mjs';
import { adminUrlOf, endPostgres, postmasterOf } from '../product.mjs';
import { keep } from './keeper.mjs';
import { serverTarget } from './server.mjs';

/** The product as it is deployed, each process kept running: one process with its database, or five with three servers. */

export const API_KEY = 'the-key-of-the-proof';
const READY_WITHIN_MS = 60_000;
const MODULES = ['alerts', 'incidents', 'oncall', 'notify', 'gateway'];

/** Which databases live together, as in the containers. */
const SERVERS = {
  'alert-db': ['alerts', 'gateway'],
  'incident-db': ['incidents'],
  'notification-db': ['notify', 'oncall'],
};
export const DATABASE = {
  alerts: 'alert_db',
  incidents: 'incident_db',
  oncall: 'oncall_db',
  notify: 'notification_db',
  gateway: 'gateway_db',
};

/** A copy of the bundle, so that what is proved is the product as it was when the run began. */
async function frozenBundle() {
  const [bundle] = await Promise.all([build(), buildPage()]);
  const file = bundle.replace(/main\.cjs$/, `prove-${process.pid}.cjs`);
  copyFileSync(bundle, file);
  atEnd(() => rmSync(file, { force: true }));
  return file;
}

const envOf = (env, extra) => ({ PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'warn', ...env, ...extra });

/** `databaseUrl(module)` is an administrator's, of that module's database. */
export async function openMonolith(env) {
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
    env: envOf(env, { PORT: String(port), DATA_DIR: dataDir, API_KEYS: API_KEY }),
  });
  const house = {
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
  await becomesReady(house);
  return house;
}

export async function openSplit(env) {
  const file = await frozenBundle();
  const { folder, remove } = temporaryFolder('prove');
  const servers = {};
  for (const [name, modules] of Object.entries(SERVERS)) {
    const server = await startPostgres({ dataDir: join(folder, name), log: () => {} });
    atEnd(() => quit(server.pid()));
    for (const module of modules) servers[module] = { name, server };
  }
  const ports = Object.fromEntries(await Promise.all(MODULES.map(async (module) => [module, await freePort()])));
  const urls = Object.fromEntries(MODULES.map((module) => [module, `http://127.0.0.1:${ports[module]}`]));
  const shared = {
    SECRET_KEY: 'a secret key of the proof alone',
    INTERNAL_TOKEN: 'a token that services show each other',
    ...Object.fromEntries(MODULES.map((module) => [`${module.toUpperCase()}_URL`, urls[module]])),
  };
  const processOf = (module) => {
    const own = { MODE: module, PORT: String(ports[module]), DATABASE_URL: servers[module].server.adminUrl };
    const keys = module === 'gateway' ? { API_KEYS: API_KEY } : {};
    const kept = keep({
      name: module,
      file,
      cwd: folder,
      env: envOf(env, { ...shared, ...own, ...keys, DATA_DIR: folder }),
    });
    return { ...kept, url: urls[module], modules: [module] };
  };
  const all = [...new Map(Object.values(servers).map((each) => [each.name, each])).values()];
  const house = {
    url: urls.gateway,
    processes: MODULES.map(processOf),
    servers: all.map(({ name, server }) => serverTarget(name, server.pid)),
    databaseUrl: (module) => inDatabase(servers[module].server.adminUrl, module),
    async end() {
      await Promise.all(house.processes.map((each) => each.end()));
      await Promise.all(all.map(({ server }) => server.stop()));
      remove();
    },
  };
  await becomesReady(house);
  return house;
}

function quit(pid) {
  try {
    process.kill(pid, 'SIGQUIT');
  } catch {
    // It is gone already.
  }
}

function inDatabase(adminUrl, module) {
  const url = new URL(adminUrl);
  url.pathname = `/${DATABASE[module]}`;
  return url.href;
}

/** Waits until every process works; throws with the last words of one that does not. */
export async function becomesReady({ processes }) {
  for (const { name, url, said } of processes) {
    const ready = () =>
      fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3_000) }).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      );
    if (!(await eventually(ready, { withinMs: READY_WITHIN_MS }))) throw new Error(`${name} is not ready: ${said()}`);
  }
}
