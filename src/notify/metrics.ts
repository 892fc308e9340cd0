import { Counter, Histogram, type Registry } from 'prom-client';
import { memoizeFor, tableGauge } from '../kernel/observe/gauges';
import { CHANNELS, RECEIPT_STATES } from './contract';

export interface NotifyMetrics {
  /** A notification reached an end: sent, failed, cancelled or recorded. */
  ended(channel: string, status: string, times?: number): void;
  attempted(channel: string, outcome: string, times?: number): void;
  /** A provider or device reported about a sent message. */
  receipt(channel: string, state: string): void;
  /** From the command to the moment the provider accepted the message. */
  delivered(channel: string, seconds: number): void;
  /** People to notify have no address that reaches them. */
  unreachable(people: number): void;
  /** Measures one command; call the returned function when the command is done. */
  processing(): () => void;
}

const ENDS = ['sent', 'failed', 'cancelled', 'recorded'];
const OUTCOMES = ['sent', 'failed', 'unknown'];

/** `countStored` returns how many notifications are stored. */
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
  const receipts = new Counter({
    name: 'notification_receipts_total',
    help: 'Reports of providers and devices that changed a notification, by channel and state.',
    labelNames: ['channel', 'state'],
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
    help: 'From accepting a notification to its acceptance by the provider, by channel.',
    labelNames: ['channel'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 3600],
    registers,
  });
  const unreachable = new Counter({
    name: 'notification_people_unreachable_total',
    help: 'People to notify who have no address that reaches them.',
    registers,
  });
  const stored = memoizeFor(countStored);
  tableGauge(registry, {
    name: 'notifications_in_log',
    help: 'Notifications stored.',
    read: async () => [{ value: await stored() }],
  });
  // At zero from the start, because a counter that appears with its first increment has no rate.
  for (const channel of CHANNELS) {
    for (const status of ENDS) ended.labels(channel, status).inc(0);
    for (const state of RECEIPT_STATES) receipts.labels(channel, state).inc(0);
    for (const outcome of OUTCOMES) attempts.labels(channel, outcome).inc(0);
    delivery.zero({ channel });
  }
  return {
    ended: (channel, status, times = 1) => ended.labels(channel, status).inc(times),
    attempted: (channel, outcome, times = 1) => attempts.labels(channel, outcome).inc(times),
    receipt: (channel, state) => receipts.labels(channel, state).inc(),
    delivered: (channel, seconds) => delivery.labels(channel).observe(seconds),
    unreachable: (people) => unreachable.inc(people),
    processing: () => processing.startTimer(),
  };
}
