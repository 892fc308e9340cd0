import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';

/** How long the event loop of this process was held at a stretch, in milliseconds. */
export interface LoopWatch {
  /** The longest stretch since the last call. */
  longest(): number;
  stop(): void;
}

/**
 * Watches every turn of the event loop. A stretch counts with the processor time that it took, at most with the time on
 * the clock: a machine that gives the process no processor for a while does not hold its loop.
 */
export function watchLoop(): LoopWatch {
  let running = true;
  let longest = 0;
  let cpu = cpuMs();
  let wall = performance.now();
  const tick = () => {
    const [cpuNow, wallNow] = [cpuMs(), performance.now()];
    longest = Math.max(longest, Math.min(cpuNow - cpu, wallNow - wall));
    [cpu, wall] = [cpuNow, wallNow];
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  return {
    longest() {
      const found = longest;
      longest = 0;
      return found;
    },
    stop() {
      running = false;
    },
  };
}

/** Of the thread that runs the event loop, if the system tells; else of the whole process, helpers of the engine included. */
const THREAD = `/proc/self/task/${process.pid}/schedstat`;
const perThread = existsSync(THREAD);

function cpuMs(): number {
  if (perThread) return Number(readFileSync(THREAD, 'utf8').split(' ')[0]) / 1e6;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

export interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: Buffer;
}

/** Asks, and reads the answer without keeping it: the reader shall cost nothing. */
export function ask(base: string, { method, path, headers, body }: Sent): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, base), { method, headers }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, bytes }));
      answer.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
