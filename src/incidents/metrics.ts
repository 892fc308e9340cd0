import { Counter, Histogram, type Registry } from 'prom-client';
import { memoizeFor, tableGauge } from '../kernel/observe/gauges';
import type { Severity } from '../kernel/ports/values';
import type { Status } from './contract';
import { STATUSES } from './contract';

/** The metrics of this module, counted in this process. */
export interface IncidentMetrics {
  created(incident: { severity: Severity; service: string }): void;
  acknowledged(ms: number): void;
  resolved(ms: number): void;
  /** The delay between the due time of a step and its start. */
  late(ms: number): void;
  unreached(): void;
}

/** The queries that a scrape runs. */
export interface Totals {
  counts: () => Promise<Record<Status, number>>;
  means: () => Promise<{ mttaMs: number | null; mttrMs: number | null }>;
}

/** The most services with a series of their own, because senders choose the names. All others share one series. */
const MAX_SERVICES = 100;
/** The label of the shared series. */
export const OTHER_SERVICE = 'other';

/** Registers the metrics. */
export function createMetrics(registry: Registry, totals: Totals): IncidentMetrics {
  const registers = [registry];
  const created = new Counter({
    name: 'incidents_created_total',
    help: 'Incidents opened, by severity and service.',
    labelNames: ['severity', 'service'],
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
    help: 'Escalation steps that notified no one and were skipped.',
    registers,
  });
  const serviceLabel = firstOf(MAX_SERVICES);
  exposeCounts(registry, totals.counts);
  exposeMeans(registry, totals.means);
  return {
    created: ({ severity, service }) => created.labels(severity, serviceLabel(service)).inc(),
    acknowledged: (ms) => mtta.observe(ms / 1_000),
    resolved: (ms) => mttr.observe(ms / 1_000),
    late: (ms) => lateness.observe(Math.max(0, ms) / 1_000),
    unreached: () => unreached.inc(),
  };
}

function firstOf(many: number): (service: string) => string {
  const known = new Set<string>();
  return (service) => {
    if (known.size < many) known.add(service);
    return known.has(service) ? service : OTHER_SERVICE;
  };
}

function exposeCounts(registry: Registry, counts: Totals['counts']): void {
  const read = memoizeFor(counts);
  // Named like a counter although it is a gauge, because existing dashboards and clients use this name.
  const gauge = tableGauge(registry, {
    name: 'incidents_total',
    help: 'Incidents by status.',
    labelNames: ['status'],
    read: async () => {
      const now = await read();
      return STATUSES.map((status) => ({ labels: { status }, value: now[status] }));
    },
  });
  for (const status of STATUSES) gauge.labels(status).set(0);
}

/** The histograms start empty in every process; these means cover all stored incidents. */
function exposeMeans(registry: Registry, means: Totals['means']): void {
  const read = memoizeFor(means);
  tableGauge(registry, {
    name: 'incident_mean_seconds',
    help: 'Mean time from the opening of an incident, over all that are kept, until it was acknowledged or resolved.',
    labelNames: ['until'],
    read: async () => {
      const { mttaMs, mttrMs } = await read();
      const spans: [until: string, ms: number | null][] = [
        ['acknowledged', mttaMs],
        ['resolved', mttrMs],
      ];
      return spans.flatMap(([until, ms]) => (ms === null ? [] : [{ labels: { until }, value: ms / 1_000 }]));
    },
  });
}
