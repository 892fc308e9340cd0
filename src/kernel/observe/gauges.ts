import { Gauge, type Registry } from 'prom-client';
import { withTimeout } from '../async/withTimeout';

/** Gauges read tables at each scrape, so that they are correct for any number of processes. */

export interface Reading {
  labels?: Record<string, string>;
  value: number;
}

export interface TableGauge {
  name: string;
  help: string;
  labelNames?: string[];
  read: () => Promise<readonly Reading[]>;
}

const KEPT_MS = 1_000;
/** The timeout of a read. Prometheus waits ten seconds for a scrape, and a database that hangs must not make it fail. */
export const READ_WITHIN_MS = 2_000;

/** Registers a gauge. If its tables cannot be read, the last values remain and the scrape succeeds. */
export function tableGauge(registry: Registry, { name, help, labelNames = [], read }: TableGauge): Gauge {
  return new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      const readings = await read().catch(() => null);
      if (readings === null) return;
      this.reset();
      for (const { labels = {}, value } of readings) this.set(labels, value);
    },
  });
}

/** Keeps the result of `read` for one second, for all callers. A failed read is not kept. */
export function memoizeFor<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let readAt = 0;
  return () => {
    if (answer === undefined || performance.now() - readAt >= KEPT_MS) {
      readAt = performance.now();
      answer = withTimeout(read(), READ_WITHIN_MS);
      answer.catch(() => {
        answer = undefined;
      });
    }
    return answer;
  };
}
