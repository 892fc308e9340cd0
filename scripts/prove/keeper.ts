import { pause, type Running, start } from '../children';

/** What a container's restart policy does: whatever ended is started again, after a moment. */

const READY_WORDS = 'Tocsin is listening';
const AGAIN_AFTER_MS = 300;
const ENDS_WITHIN_MS = 15_000;
const LAST_WORDS = 1_500;
const ERRORS_KEPT = 10;
const ERROR_LENGTH = 900;

interface Kept {
  name: string;
  /** The bundle that it runs. */
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
 * Keeps one process of the product running. `crashes` are ends that nobody caused; a start that failed (its database
 * was away) is only counted.
 */
export function keep({ name, file, env, cwd }: Kept) {
  const crashes: Crash[] = [];
  const errors: string[] = [];
  let failedStarts = 0;
  let wanted = true;
  let disturbed = false;
  let child: Running;

  /** Errors that the product itself did not expect say more than the answers they led to. */
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
        // Somebody asked for it.
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
    /** Asks it to go; answers when it went. */
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
