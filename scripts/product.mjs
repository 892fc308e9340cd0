/**
 * The real, built product as a process of its own, for scripts that try it from outside: on a free port, with a data
 * folder that is gone afterwards, and with nothing of this shell's settings.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { atEnd, eventually, freePort, start, temporaryFolder } from './children.mjs';

const START = fileURLToPath(new URL('start.mjs', import.meta.url));
const READY_WITHIN_MS = 60_000;

/**
 * Starts it and waits until it is ready. `apiKey` is the first of `env.API_KEYS`, else the one that a first start prints.
 * With a `dataDir` of the caller's the folder stays.
 */
export async function startProduct({ env = {}, dataDir } = {}) {
  const launched = await launchProduct({ env, dataDir });
  // It listens a moment before all its modules work; then it says so.
  const ready = () => (launched.running() ? isReady(launched) : false);
  const answer = await eventually(ready, { withinMs: READY_WITHIN_MS, everyMs: 20 });
  if (answer) return launched;
  const said = launched.said().trim();
  await launched.stop();
  throw new Error(`The product did not start. It said:\n${said}`);
}

/** Starts it and waits for nothing, for those who measure how long it takes. */
export async function launchProduct({ env = {}, dataDir } = {}) {
  // Before the process that is watched: a stale bundle is not what it should be judged by.
  await build();
  const folder = dataDir === undefined ? temporaryFolder('product') : { folder: dataDir, remove() {} };
  const port = await freePort();
  const { PATH, HOME } = process.env;
  const settings = { PATH, HOME, LOG_LEVEL: 'warn', PORT: String(port), DATA_DIR: folder.folder, ...env };
  // Away from the checkout, whose .env is for another server.
  const startedAt = performance.now();
  const product = start(process.execPath, [START], { env: settings, cwd: folder.folder });
  const forget = atEnd(() => endPostgres(folder.folder));
  const end = async (signal) => {
    const code = await product.end(signal);
    endPostgres(folder.folder);
    forget();
    folder.remove();
    return code;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    get apiKey() {
      return env.API_KEYS?.split(',')[0] ?? /API key +(\S+)/.exec(product.said())?.[1];
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

async function isReady({ url, said }) {
  if (!said().includes('Tocsin is listening')) return undefined;
  const ready = await fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
  return ready || undefined;
}

/** The folder of the embedded database; undefined before it was made. */
function clusterOf(dataDir) {
  try {
    const folder = join(dataDir, 'postgres');
    const name = readdirSync(folder).find((each) => /^pg\d+$/.test(each));
    return name === undefined ? undefined : join(folder, name);
  } catch {
    return undefined;
  }
}

export function postmasterOf(dataDir) {
  const cluster = clusterOf(dataDir);
  try {
    const [pid, , , port] = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(pid), port: Number(port) };
  } catch {
    return undefined;
  }
}

/** The administrator of the embedded database. */
export function adminUrlOf(dataDir) {
  const password = readFileSync(join(clusterOf(dataDir), 'tocsin-password'), 'utf8').trim();
  return `postgres://postgres:${password}@127.0.0.1:${postmasterOf(dataDir).port}/postgres`;
}

/** A product that was killed leaves its database running. */
export function endPostgres(dataDir) {
  const pid = postmasterOf(dataDir)?.pid;
  try {
    if (pid > 1) process.kill(pid, 'SIGQUIT');
  } catch {
    // It is gone already.
  }
}
