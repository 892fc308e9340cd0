import { Counter, Histogram, type Registry } from 'prom-client';
import { memoizeFor, tableGauge } from '../kernel/observe/gauges';
import { SEVERITIES, type Severity } from '../kernel/ports/values';
import type { HeartbeatState } from './contract';

/** Counters that the intake updates. */
export interface AlertMetrics {
  received(severity: Severity): void;
  correlated(result: (typeof RESULTS)[number]): void;
  processed(seconds: number): void;
}

const RESULTS = ['new_incident', 'existing_incident'] as const;

/** What gauges read at a scrape. */
export interface Gauges {
  /** How many accepted alerts have had no incident for more than 60 s. */
  waiting(): Promise<number>;
  /** How many heartbeats are in each state. */
  heartbeats(): Promise<Record<HeartbeatState, number>>;
}

export function alertMetrics(registry: Registry, { waiting, heartbeats }: Gauges): AlertMetrics {
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
  const read = memoizeFor(waiting);
  tableGauge(registry, {
    name: 'alerts_without_incident',
    help: 'Accepted alerts that have had no incident for more than 60 seconds.',
    read: async () => [{ value: await read() }],
  });
  const states = memoizeFor(heartbeats);
  tableGauge(registry, {
    name: 'tocsin_heartbeats',
    help: 'Heartbeats, by state.',
    labelNames: ['state'],
    read: async () => Object.entries(await states()).map(([state, value]) => ({ labels: { state }, value })),
  });
  // At 0 from the start: Prometheus computes no rate for a series that begins with its first increment.
  const ofSeverity = new Map(SEVERITIES.map((severity) => [severity, received.labels(severity)]));
  const ofResult = new Map(RESULTS.map((result) => [result, correlated.labels(result)]));
  for (const series of [...ofSeverity.values(), ...ofResult.values()]) series.inc(0);
  return {
    received: (severity) => ofSeverity.get(severity)?.inc(),
    correlated: (result) => ofResult.get(result)?.inc(),
    processed: (seconds) => processing.observe(seconds),
  };
}
