import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { compose, SETTINGS } from './compose';
import { banner } from './config/banner';
import { type Config, ConfigFault, configOfProcess } from './config/config';
import { closeDatabases, needsAdministrator, openDatabases } from './config/databases';
import { secretsOf } from './config/secrets';
import { startPostgres } from './embedded/postgres';
import { systemClock } from './kernel/clock';
import { boundedServer, closeServer, connectionsFor } from './kernel/http/server';
import { createLog, createRegistry, type Log } from './kernel/observe/observe';
import { unavailable } from './kernel/ports/problem';

/** Reads the configuration, composes the product, listens, and stops in reverse order. The only file with effects on import. */

// Parallel scavenger threads of V8 spin while they wait for each other, on cores that Postgres needs.
setFlagsFromString('--no-parallel-scavenge');

const STOP_WITHIN_MS = 8_000;
const stack: (() => Promise<unknown>)[] = [];
let release = (): void => {};
/** Set when the process must stop. A start checks it after each step. */
let stopping = false;

/** Answers requests during the start: 503 with Retry-After. */
const answerStarting: RequestListener = (_req, res) => {
  res.writeHead(503, { 'Content-Type': 'application/problem+json', 'Retry-After': '1' });
  res.end(JSON.stringify(unavailable('Tocsin is starting.')));
};
let answer: RequestListener = answerStarting;
const server = boundedServer((req, res) => answer(req, res), { mostConnections: connectionsFor(openFiles()) });

/** The limit of open files; 1,024 if it cannot be read. Node raises the soft limit to the hard limit. */
function openFiles(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return Number(soft ?? 1_024);
  } catch {
    return 1_024;
  }
}

async function start(): Promise<void> {
  const config = configOfProcess(SETTINGS);
  const log = createLog(config.logLevel, 'tocsin');
  // Listen first: if another process has the port, its data must not be touched.
  await listen(config);
  const adminUrl = await administrator(config, log);
  if (stopping) return;
  const databases = await openDatabases(config, adminUrl);
  stack.push(() => closeDatabases(databases));
  if (stopping) return;
  const registry = createRegistry();
  const product = compose({ config, secrets: secretsOf(config), databases, clock: systemClock, log, registry });
  release = product.release;
  stack.push(() => product.stop());
  await product.start();
  answer = product.app;
  const { port } = server.address() as AddressInfo;
  process.stdout.write(banner({ ...config, port }, await product.firstRun()));
  log.info({ port, modules: config.hosted }, 'listening');
}

/** The administrator's URL for creating databases: DATABASE_URL, or that of the embedded server. */
async function administrator(config: Config, log: Log): Promise<string | undefined> {
  if (config.monolith) writable(config.dataDir);
  if (!needsAdministrator(config) || config.databaseUrl !== undefined) return config.databaseUrl;
  const postgres = await startPostgres({
    // Absolute, because the database server is started in a folder of its own.
    dataDir: resolve(config.dataDir, 'postgres'),
    log: (level, message, fields) => log[level](fields ?? {}, message),
  });
  stack.push(() => postgres.stop());
  return postgres.adminUrl;
}

function writable(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK);
  } catch {
    throw new Error(`The data folder ${dataDir} (DATA_DIR) cannot be written to.`);
  }
}

function listen({ host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(cannotListen(error, host, port))));
    server.listen(port, host, 1024, resolve);
  });
}

function cannotListen({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `Port ${port} is taken by another program; choose another with PORT.`;
  if (code === 'EACCES') return `Port ${port} may not be opened by this user; choose one above 1023 with PORT.`;
  return `Cannot listen on ${host}:${port}: ${message}.`;
}

const starting = start();

/** Closes everything in reverse order. If the start is still running, it waits for its current step. */
async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(code || 1), STOP_WITHIN_MS).unref();
  await starting.catch(() => {});
  release();
  await closeServer(server, STOP_WITHIN_MS / 2);
  for (const end of stack.reverse()) await end().catch(() => {});
  process.exit(code);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(0));
starting.catch((error: Error) => {
  const faults = error instanceof ConfigFault ? error.faults : [error.message];
  for (const fault of faults) process.stderr.write(`tocsin: ${fault}\n`);
  void stop(1);
});
