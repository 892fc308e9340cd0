import type { ServerResponse } from 'node:http';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface GatewayMetrics {
  answered(method: string, service: string, status: number, seconds: number): void;
  /** Counted by the kind of the limited party only: a label per client would grow without bound. */
  rateLimited(who: 'key' | 'address'): void;
  retried(service: string, attempt: number): void;
  /** How many event streams are open in this process. */
  streams(open: number): void;
}

const known = new WeakMap<Registry, GatewayMetrics>();

/** The gateway's metrics on a registry. A second call returns the same ones, because the proxies and the pipeline share them. */
export function gatewayMetrics(registry: Registry): GatewayMetrics {
  const metrics = known.get(registry) ?? create(registry);
  known.set(registry, metrics);
  return metrics;
}

function create(registry: Registry): GatewayMetrics {
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers });
  const requests = counter('gateway_requests_total', 'Requests passed to a service, by first path segment.', [
    'method',
    'service',
    'status',
  ]);
  const limited = counter('gateway_rate_limited_total', 'Requests refused by a limit.', ['client_ip']);
  const retries = counter('gateway_retries_total', 'Reads repeated because a service did not answer.', [
    'service',
    'attempt',
  ]);
  const duration = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'Time until a service had answered, by first path segment.',
    labelNames: ['service'],
    registers,
  });
  const streams = new Gauge({ name: 'gateway_event_streams', help: 'Event streams that are open.', registers });
  const series = new Map<string, { count: Counter.Internal; time: Histogram.Internal<string> }>();
  return {
    answered(method, service, status, seconds) {
      const key = `${method} ${service} ${status}`;
      let one = series.get(key);
      if (one === undefined) {
        // Finding a series by its labels costs more than counting, and the number of series is bounded.
        one = { count: requests.labels(method, service, String(status)), time: duration.labels(service) };
        series.set(key, one);
      }
      one.count.inc();
      one.time.observe(seconds);
    },
    rateLimited: (who) => limited.labels(who).inc(),
    streams: (open) => streams.set(open),
    retried: (service, attempt) => retries.labels(service, String(attempt)).inc(),
  };
}

/** The label of a request: the first segment after /api/v1, else of the path. Only known routes get here, so the number of labels is bounded. */
export const serviceOf = (path: string): string => path.replace(/^\/api\/v1(?=\/)/, '').split('/')[1] ?? '';

/** Measures a request until the answer is sent or the client has left (status 499). */
export function watchService(metrics: GatewayMetrics, method: string, path: string, res: ServerResponse): void {
  const started = performance.now();
  const service = serviceOf(path);
  res.once('close', () => {
    const status = res.writableFinished ? res.statusCode : 499;
    metrics.answered(method, service, status, (performance.now() - started) / 1_000);
  });
}
