import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';

/** Measures how long the event loop of this process was blocked, in milliseconds. */
export interface LoopWatch {
  /** The longest block since the last call. */
  longest(): number;
  stop(): void;
}

/**
 * Measures every turn of the event loop. A turn counts with its processor time, at most with its wall time, so that a
 * busy machine that suspends the process does not count as a blocked loop.
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

/** Processor time of the thread of the event loop, if the system provides it; else of the whole process. */
const THREAD = `/proc/self/task/${process.pid}/schedstat`;
const perThread = existsSync(THREAD);

/** Processor time so far, in milliseconds. */
export function cpuMs(): number {
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

/** Sends a request and discards the body, so that reading it costs little. */
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
