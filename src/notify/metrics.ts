import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface NotifyMetrics {
  /** A notification reached an end: sent, failed or cancelled. */
  ended(channel: string, status: string, times?: number): void;
  attempted(channel: string, outcome: string, times?: number): void;
  /** From the command to the moment the provider took it. */
  delivered(channel: string, seconds: number): void;
  /** Measures one command; call what it answers when the command is done. */
  processing(): () => void;
}

const CACHED_MS = 1_000;

/** `countStored` answers how many notifications are stored; asked at scrape, at most once a second. */
export function notifyMetrics(registry: Registry, countStored: () => Promise<number>): NotifyMetrics {
  const registers = [registry];
  const ended = new Counter({
    name: 'notifications_sent_total',
    help: 'Notifications that reached an end, by channel and status.',
    labelNames: ['channel', 'status'],
    registers,
  });
  const attempts = new Counter({
    name: 'notification_attempts_total',
    help: 'Attempts to deliver, by channel and outcome.',
    labelNames: ['channel', 'outcome'],
    registers,
  });
  const processing = new Histogram({
    name: 'notification_processing_seconds',
    help: 'Time to process one command to notify.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const delivery = new Histogram({
    name: 'notification_delivery_seconds',
    help: 'From accepting a notification to the moment its provider took it, by channel.',
    labelNames: ['channel'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 3600],
    registers,
  });
  storedGauge(registry, countStored);
  return {
    ended: (channel, status, times = 1) => ended.labels(channel, status).inc(times),
    attempted: (channel, outcome, times = 1) => attempts.labels(channel, outcome).inc(times),
    delivered: (channel, seconds) => delivery.labels(channel).observe(seconds),
    processing: () => processing.startTimer(),
  };
}

/** Read from the table, so that it is right with any number of processes; where the table is away, the last value stands. */
function storedGauge(registry: Registry, countStored: () => Promise<number>): void {
  let readAt = Number.NEGATIVE_INFINITY;
  new Gauge({
    name: 'notifications_in_log',
    help: 'Notifications stored.',
    registers: [registry],
    async collect() {
      if (performance.now() - readAt < CACHED_MS) return;
      readAt = performance.now();
      const stored = await countStored().catch(() => null);
      if (stored !== null) this.set(stored);
    },
  });
}
