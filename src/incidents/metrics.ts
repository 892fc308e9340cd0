import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Severity } from '../kernel/values';
import type { Status } from './contract';
import { STATUSES } from './contract';

export interface IncidentMetrics {
  created(severity: Severity): void;
  acknowledged(ms: number): void;
  resolved(ms: number): void;
  /** How long after its instant a step was taken. */
  late(ms: number): void;
  unreached(): void;
}

const FRESH_FOR_MS = 1_000;

/** `counts` is asked at a scrape, so that the gauge is right however many processes there are. */
export function createMetrics(registry: Registry, counts: () => Promise<Record<Status, number>>): IncidentMetrics {
  const registers = [registry];
  const created = new Counter({
    name: 'incidents_created_total',
    help: 'Incidents opened, by severity.',
    labelNames: ['severity'],
    registers,
  });
  const mtta = new Histogram({
    name: 'incident_mtta_seconds',
    help: 'From the opening of an incident to its acknowledgement.',
    buckets: [30, 60, 120, 300, 600, 1800, 3600],
    registers,
  });
  const mttr = new Histogram({
    name: 'incident_mttr_seconds',
    help: 'From the opening of an incident to its resolution.',
    buckets: [60, 300, 600, 1800, 3600, 7200, 14400],
    registers,
  });
  const lateness = new Histogram({
    name: 'escalation_lateness_seconds',
    help: 'From the instant an escalation step fell due to the commit that took it.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
    registers,
  });
  const unreached = new Counter({
    name: 'escalation_steps_unreached_total',
    help: 'Escalation steps that told nobody and were skipped.',
    registers,
  });
  exposeCounts(registry, counts);
  return {
    created: (severity) => created.labels(severity).inc(),
    acknowledged: (ms) => mtta.observe(ms / 1_000),
    resolved: (ms) => mttr.observe(ms / 1_000),
    late: (ms) => lateness.observe(Math.max(0, ms) / 1_000),
    unreached: () => unreached.inc(),
  };
}

function exposeCounts(registry: Registry, counts: () => Promise<Record<Status, number>>): void {
  let readAt = Number.NEGATIVE_INFINITY;
  const gauge = new Gauge({
    name: 'incidents_total',
    help: 'Incidents by status.',
    labelNames: ['status'],
    registers: [registry],
    // A scrape never fails because of the database: the last value known stands.
    async collect() {
      if (performance.now() - readAt < FRESH_FOR_MS) return;
      const now = await counts().catch(() => null);
      if (now === null) return;
      readAt = performance.now();
      for (const status of STATUSES) this.labels(status).set(now[status]);
    },
  });
  for (const status of STATUSES) gauge.labels(status).set(0);
}
