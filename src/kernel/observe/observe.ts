import { randomUUID } from 'node:crypto';
import pino, { type Logger } from 'pino';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

import { masked } from '../mask';

export type Log = Logger;

/** Logs one JSON object per line to stdout. Writes are synchronous, so that a crash loses no line. Secrets are masked. */
export function createLog(level: string, service: string): Log {
  return pino(
    {
      level,
      base: { service },
      messageKey: 'msg',
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }), log: masked },
      serializers: { err: (error) => masked(pino.stdSerializers.err(error)) },
      redact: { paths: ['*.password', '*.api_key', '*.authorization', '*.cookie'], censor: '[hidden]' },
    },
    pino.destination({ dest: 1, sync: true }),
  );
}

export interface HttpMetrics {
  observe(module: string, operation: string, method: string, status: number, seconds: number): void;
}

/** A registry with the metrics of Node. Each composed product has its own, so that products in one test process do not mix. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // Sums of other series, with names that Prometheus reserves for counters.
  for (const what of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${what}_total`);
  return registry;
}

/** Registers the metrics of HTTP requests. */
export function httpMetrics(registry: Registry): HttpMetrics {
  const labelNames = ['module', 'operation', 'method', 'status'];
  const total = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered, by module, operation, method and status.',
    labelNames,
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer a request, by module, operation and method.',
    labelNames: ['module', 'operation', 'method'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const series = new Map<string, { count: Counter.Internal; time: Histogram.Internal<string> }>();
  return {
    observe(module, operation, method, status, seconds) {
      const key = `${module} ${operation} ${method} ${status}`;
      let one = series.get(key);
      if (one === undefined) {
        // Looking up a series by labels costs more than counting, and their number is limited.
        one = {
          count: total.labels(module, operation, method, String(status)),
          time: duration.labels(module, operation, method),
        };
        series.set(key, one);
      }
      one.count.inc();
      one.time.observe(seconds);
    },
  };
}

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The client's request id if it is printable and at most 128 characters long, else a new one. */
export const requestIdOf = (header: string | undefined): string =>
  header !== undefined && REQUEST_ID.test(header) ? header : randomUUID();

/** W3C Trace Context: continues the given trace with a new span, or starts a trace. */
export function traceparentOf(header: string | undefined): string {
  const [, trace, , flags] = TRACEPARENT.exec(header ?? '') ?? [];
  return `00-${trace ?? randomHex()}-${randomHex().slice(0, 16)}-${flags ?? '00'}`;
}

/** 32 hex digits. `randomUUID` is faster than `randomBytes`, because Node caches random data for it. */
const randomHex = (): string => randomUUID().replaceAll('-', '');
