import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { withTimeout } from '../async/withTimeout';
import { READ_WITHIN_MS } from '../observe/gauges';
import type { Backlog } from './queries';

/** Metrics of the jobs of a module. */
export interface WorkerMetrics {
  started(kind: string, latenessMs: number): void;
  ran(kind: string): void;
  failed(kind: string): void;
  /** Removes the backlog of the module from the metrics of this process. */
  stop(): void;
}

export interface MetricsOptions {
  registry: Registry;
  module: string;
}

interface Counted extends MetricsOptions {
  kinds: readonly string[];
}

type Source = () => Promise<Backlog>;
type Gauges = Record<keyof Backlog, [name: string, help: string]>;

const GAUGES: Gauges = {
  due: ['tocsin_jobs_due', 'Jobs that could run now and do not.'],
  oldestSeconds: ['tocsin_jobs_oldest_seconds', 'How long the oldest due job has been due.'],
  givenUp: ['tocsin_jobs_given_up', 'Jobs that failed so often that they are only retried slowly.'],
};

/** The modules of a process share a registry; one scrape reads each of them once. */
const sourcesOf = new WeakMap<Registry, Map<string, Source>>();

/** Registers the metrics of a module's worker; modules of one process share them. */
export function workerMetrics({ registry, module, kinds }: Counted, backlog: Source): WorkerMetrics {
  const sources = sourcesOf.get(registry) ?? exposeBacklogs(registry);
  sources.set(module, oncePerScrape(backlog));
  const counter = (name: string, help: string) =>
    (registry.getSingleMetric(name) as Counter | undefined) ??
    new Counter({ name, help, labelNames: ['module', 'kind'], registers: [registry] });
  const ran = counter('tocsin_jobs_ran_total', 'Jobs completed.');
  const failed = counter('tocsin_jobs_failed_total', 'Attempts at jobs that failed.');
  const lateness = latenessOf(registry);
  // Series start at 0, because Prometheus computes no rate for a series that begins above 0.
  for (const kind of kinds) {
    ran.labels(module, kind).inc(0);
    failed.labels(module, kind).inc(0);
    lateness.zero({ module, kind });
  }
  return {
    started: (kind, latenessMs) => lateness.labels(module, kind).observe(latenessMs / 1_000),
    ran: (kind) => ran.labels(module, kind).inc(),
    failed: (kind) => failed.labels(module, kind).inc(),
    stop: () => void sources.delete(module),
  };
}

function latenessOf(registry: Registry): Histogram {
  const name = 'tocsin_job_lateness_seconds';
  return (
    (registry.getSingleMetric(name) as Histogram | undefined) ??
    new Histogram({
      name,
      help: 'From the instant a job fell due to the start of its handler.',
      labelNames: ['module', 'kind'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
      registers: [registry],
    })
  );
}

function exposeBacklogs(registry: Registry): Map<string, Source> {
  const sources = new Map<string, Source>();
  sourcesOf.set(registry, sources);
  for (const [field, [name, help]] of Object.entries(GAUGES) as [keyof Backlog, [string, string]][]) {
    new Gauge({
      name,
      help,
      labelNames: ['module'],
      registers: [registry],
      // If a module's database is down, its series is missing, and the scrape succeeds.
      async collect() {
        this.reset();
        const read = [...sources].map(async ([module, source]) => this.labels(module).set((await source())[field]));
        await Promise.allSettled(read);
      },
    });
  }
  return sources;
}

function oncePerScrape(source: Source): Source {
  let answer: Promise<Backlog> | undefined;
  return () => {
    answer ??= withTimeout(source(), READ_WITHIN_MS).finally(() => setImmediate(() => (answer = undefined)));
    return answer;
  };
}
