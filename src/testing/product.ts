import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const STARTS_WITHIN_MS = 90_000;

/** The built product as a process of its own: what `npm start` runs. */
export interface Product {
  url: string;
  dataDir: string;
  env: Record<string, string>;
  process: ChildProcess;
  /** Its output so far. */
  output(): string;
  exited: Promise<number | null>;
}

/** A free TCP port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Creates a temporary folder. */
export const emptyFolder = (): string => mkdtempSync(join(tmpdir(), 'tocsin-test-'));

/** Starts the product without waiting, for tests of starts that fail. */
export function launch(env: Record<string, string>, cwd = emptyFolder()): Omit<Product, 'url' | 'dataDir'> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'scripts/start.mjs')], {
    cwd,
    env: { PATH, HOME, ...env },
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { env, process: child, output: () => text, exited };
}

/** Starts the product and waits until it listens. */
export async function startProduct(given: Record<string, string> = {}): Promise<Product> {
  const port = given['PORT'] ?? String(await freePort());
  const dataDir = given['DATA_DIR'] ?? join(emptyFolder(), 'data');
  const product = launch({ RATE_LIMIT_RPM: '0', ...given, PORT: port, DATA_DIR: dataDir });
  await until(
    () => product.output().includes('"msg":"listening"') || product.process.exitCode !== null,
    STARTS_WITHIN_MS,
  );
  if (product.process.exitCode !== null) throw new Error(`It did not start: ${product.output()}`);
  return { ...product, url: `http://127.0.0.1:${port}`, dataDir };
}

const NAMED_WITHIN_MS = 60_000;

/** The incident of an alert. Waits for it, because the answer to a report has no incident if incidents is slow. */
export async function incidentOf(url: string, apiKey: string, alertId: string): Promise<string> {
  let found: unknown;
  await until(async () => {
    const answer = await fetch(`${url}/api/v1/alerts/${alertId}`, { headers: { 'X-API-Key': apiKey } });
    found = answer.ok && ((await answer.json()) as { incident_id: string | null }).incident_id;
    return typeof found === 'string';
  }, NAMED_WITHIN_MS);
  return found as string;
}

/** Polls until the condition holds, for processes and sockets, which have no fake clock. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`The condition did not hold within ${withinMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
