import { Gauge, type Registry } from 'prom-client';
import { withTimeout } from '../async/withTimeout';

/** Gauges that are read from the tables when Prometheus asks, so that they are right with any number of processes. */

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
/** A database that hangs must not make the whole process look dead: Prometheus itself waits for no more than ten seconds. */
export const READ_WITHIN_MS = 2_000;

/** While the tables cannot be read the last readings stand, and the scrape succeeds. */
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

/** One reading serves all who ask within a second; one that failed serves nobody. */
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
