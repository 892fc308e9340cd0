/**
 * Starts processes and temporary folders and removes them at the end of the script, after an error and after Ctrl-C.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How many characters of the output of a program are kept. */
const OUTPUT_KEPT = 20_000;

/** Functions to run at exit, latest first. They must be synchronous, because nothing else runs while a process exits. */
const cleanups = new Set<() => void>();

process.on('exit', () => {
  for (const cleanup of [...cleanups].reverse()) cleanup();
});
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }))
  process.on(signal, () => process.exit(code));

/** Runs `cleanup` when this process ends, unless the returned function was called. */
export function atEnd(cleanup: () => void): () => void {
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
  };
}

export interface TemporaryFolder {
  folder: string;
  remove(): void;
}

/** A temporary folder, removed at the end. Other users can read it, because the embedded database does not run as root. */
export function temporaryFolder(name: string): TemporaryFolder {
  const folder = mkdtempSync(join(tmpdir(), `tocsin-${name}-`));
  chmodSync(folder, 0o755);
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  const forget = atEnd(remove);
  return {
    folder,
    remove() {
      forget();
      remove();
    },
  };
}

export interface Running {
  child: ChildProcess;
  pid: number | undefined;
  /** Resolves with the exit code; null after a signal. */
  ended: Promise<number | null>;
  running(): boolean;
  /** The end of the program's output. */
  said(): string;
  /** Sends the signal, after `withinMs` SIGKILL, and waits until the program has ended. */
  end(signal?: NodeJS.Signals, withinMs?: number): Promise<number | null>;
}

/** Starts a program. */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}): Running {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const forget = atEnd(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      said = (said + chunk).slice(-OUTPUT_KEPT);
    });
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      said += error.message;
      resolve(null);
    });
    child.once('close', resolve);
  }).finally(forget);
  const running = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  return {
    child,
    pid: child.pid,
    ended,
    running,
    said: () => said,
    async end(signal = 'SIGTERM', withinMs = 10_000) {
      if (running()) child.kill(signal);
      const force = setTimeout(() => child.kill('SIGKILL'), withinMs);
      const code = await ended;
      clearTimeout(force);
      return code;
    },
  };
}

/** A free port of the loopback address. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** The port of a server. */
export const portOf = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port;

/** Listens on a free port of the loopback address, or on the given one. */
export async function listening<T extends { listen(port: number, host: string, done: () => void): unknown }>(
  server: T,
  port = 0,
): Promise<T> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  return server;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls until the result is not undefined; undefined after `withinMs`. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  { withinMs, everyMs = 100 }: { withinMs: number; everyMs?: number },
): Promise<Exclude<T, undefined> | undefined> {
  for (const until = Date.now() + withinMs; Date.now() < until; ) {
    const answer = await ask();
    if (answer !== undefined) return answer as Exclude<T, undefined>;
    await pause(everyMs);
  }
  return undefined;
}
