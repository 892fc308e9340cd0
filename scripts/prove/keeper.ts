import { pause, type Running, start } from '../children';

/** Restarts an ended process after a moment, like the restart policy of a container. */

const READY_WORDS = 'Tocsin is listening';
const AGAIN_AFTER_MS = 300;
const ENDS_WITHIN_MS = 15_000;
const LAST_WORDS = 1_500;
const ERRORS_KEPT = 10;
const ERROR_LENGTH = 900;

interface Kept {
  name: string;
  /** The bundle to run. */
  file: string;
  env: NodeJS.ProcessEnv;
  cwd: string;
}

export interface Crash {
  name: string;
  code: number | null;
  said: string;
}

/**
 * Keeps one process of the product running. `crashes` are exits that the run did not cause. A failed start, for example
 * during an outage of its database, is only counted.
 */
export function keep({ name, file, env, cwd }: Kept) {
  const crashes: Crash[] = [];
  const errors: string[] = [];
  let failedStarts = 0;
  let wanted = true;
  let disturbed = false;
  let child: Running;

  /** Log lines of unexpected errors of the product; they explain more than the answers to clients. */
  function listen(chunk: unknown): void {
    for (const line of String(chunk).split('\n')) {
      if (!line.includes('unexpected error') || errors.length >= ERRORS_KEPT) continue;
      errors.push(`${name}: ${line.slice(0, ERROR_LENGTH)}`);
    }
  }

  async function live(): Promise<void> {
    while (wanted) {
      disturbed = false;
      child = start(process.execPath, [file], { env, cwd });
      child.child.stdout?.on('data', listen);
      const code = await child.ended;
      if (!wanted || disturbed) {
        // The run ended it on purpose.
      } else if (child.said().includes(READY_WORDS)) {
        crashes.push({ name, code, said: child.said().slice(-LAST_WORDS) });
      } else failedStarts += 1;
      if (wanted) await pause(AGAIN_AFTER_MS);
    }
  }
  const life = live();

  const signal = (name: NodeJS.Signals): boolean => {
    if (!child.running()) return false;
    if (name !== 'SIGSTOP' && name !== 'SIGCONT') disturbed = true;
    return child.child.kill(name);
  };
  return {
    name,
    crashes,
    errors,
    failedStarts: () => failedStarts,
    running: () => child.running(),
    said: () => child.said(),
    kill: () => signal('SIGKILL'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    /** Sends SIGTERM; resolves when the process has ended. */
    async restart() {
      const leaving = child;
      if (!signal('SIGTERM')) return;
      await Promise.race([leaving.ended, pause(ENDS_WITHIN_MS)]);
    },
    async end() {
      wanted = false;
      signal('SIGCONT');
      await child.end('SIGTERM', ENDS_WITHIN_MS);
      await life;
    },
  };
}
