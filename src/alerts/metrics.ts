import { Counter, Histogram, type Registry } from 'prom-client';
import type { Severity } from '../kernel/values';

export interface AlertMetrics {
  received(severity: Severity): void;
  correlated(result: 'new_incident' | 'existing_incident'): void;
  processed(seconds: number): void;
}

export function alertMetrics(registry: Registry): AlertMetrics {
  const received = new Counter({
    name: 'alerts_received_total',
    help: 'Valid reports received, by severity.',
    labelNames: ['severity'],
    registers: [registry],
  });
  const correlated = new Counter({
    name: 'alerts_correlated_total',
    help: 'Reports stored, by whether they opened an incident.',
    labelNames: ['result'],
    registers: [registry],
  });
  const processing = new Histogram({
    name: 'alert_processing_seconds',
    help: 'From a valid report to its answer.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  });
  return {
    received: (severity) => received.labels(severity).inc(),
    correlated: (result) => correlated.labels(result).inc(),
    processed: (seconds) => processing.observe(seconds),
  };
}
