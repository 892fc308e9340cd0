import { Counter, Gauge, type Registry } from 'prom-client';
import type { Look } from './look';

export interface WatchMetrics {
  looked(look: Look): void;
  pinged(failed: boolean): void;
}

const RESULTS = ['passed', 'late', 'lost'] as const;

/** The metrics of the self-watch. Gauges keep their value while the database is away, so that the last pass grows old. */
export function watchMetrics(registry: Registry, everySeconds: number): WatchMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const lastPass = gauge(
    'tocsin_self_watch_last_pass_timestamp_seconds',
    'When the last walk of the self-watch arrived in time, in seconds since 1970; 0 if none did.',
  );
  const duration = gauge(
    'tocsin_self_watch_duration_seconds',
    'How long the last walk in time took through all modules.',
  );
  const failing = gauge(
    'tocsin_self_watch_failing',
    '1 from the first walk that is late until one passes again, else 0.',
  );
  gauge('tocsin_self_watch_interval_seconds', 'How often a walk begins; 0 if the self-watch is off.').set(everySeconds);
  const walks = new Counter({
    name: 'tocsin_self_watch_walks_total',
    help: 'Walks of the self-watch: passed, late (more than a minute), and those of the late ones that were lost.',
    labelNames: ['result'],
    registers,
  });
  const pings = new Counter({
    name: 'tocsin_heartbeat_pings_total',
    help: 'Requests to HEARTBEAT_URL, by result.',
    labelNames: ['result'],
    registers,
  });
  // At 0 from the start: Prometheus computes no increase for a series that begins with its first one.
  for (const result of RESULTS) walks.labels(result).inc(0);
  for (const result of ['sent', 'failed']) pings.labels(result).inc(0);
  return {
    looked({ judged, state, outage }) {
      for (const { verdict } of judged) if (verdict && verdict !== 'interrupted') walks.labels(verdict).inc();
      if (state.last_passed_at !== null) lastPass.set(state.last_passed_at.getTime() / 1_000);
      if (state.last_duration_ms !== null) duration.set(state.last_duration_ms / 1_000);
      failing.set(outage === null ? 0 : 1);
    },
    pinged: (failed) => pings.labels(failed ? 'failed' : 'sent').inc(),
  };
}
