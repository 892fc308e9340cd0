/**
 * What a script starts, it ends: processes and folders are given back when it is done, when it fails and when somebody
 * presses Ctrl-C.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SAID_AT_MOST = 20_000;

/** Run at the end, latest first; each must be synchronous, because nothing else runs while a process exits. */
const undoings = new Set();

process.on('exit', () => {
  for (const undo of [...undoings].reverse()) undo();
});
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }))
  process.on(signal, () => process.exit(code));

/** Promises `undo` for the end of this process; what is answered takes the promise back. */
export function atEnd(undo) {
  undoings.add(undo);
  return () => undoings.delete(undo);
}

/** An empty folder that is gone afterwards. Others may enter: the embedded database does not run as root. */
export function temporaryFolder(name) {
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

/**
 * Starts a program. `said()` is the end of what it printed, `ended` settles with its exit code (null after a signal),
 * `end(signal)` asks it to go and waits.
 */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const forget = atEnd(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      said = (said + chunk).slice(-SAID_AT_MOST);
    });
  const ended = new Promise((resolve) => {
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

/** A port of the loopback address that nobody listens on at this moment. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Asks again and again until there is an answer that is not undefined; undefined when the time is over. */
export async function eventually(ask, { withinMs, everyMs = 100 }) {
  for (const until = Date.now() + withinMs; Date.now() < until; ) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return undefined;
}
