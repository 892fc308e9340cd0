import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePort, type Running, start, temporaryFolder } from '../children';
import type { Programs } from './programs';

const READY_WITHIN_MS = 60_000;

/** Configuration as JSON, which is valid YAML. All intervals are seconds instead of minutes. */
const prometheusConfig = (target: string, alertmanager: string, rules: string) => ({
  global: { scrape_interval: '1s', evaluation_interval: '1s' },
  alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
  rule_files: [rules],
  scrape_configs: [{ job_name: 'queues', static_configs: [{ targets: [target] }] }],
});

const RULES = {
  groups: [
    {
      name: 'queues',
      rules: [
        {
          alert: 'QueueTooLong',
          expr: 'queue_depth > 100',
          labels: { severity: 'page', service: 'checkout' },
          annotations: { summary: 'The queue of {{ $labels.host }} is too long' },
        },
      ],
    },
  ],
};

const alertmanagerConfig = (webhook: string) => ({
  route: {
    receiver: 'tocsin',
    group_by: ['alertname'],
    group_wait: '1s',
    group_interval: '1s',
    repeat_interval: '2s',
    routes: [{ receiver: 'truncated', matchers: ['receiver="truncated"'] }],
  },
  receivers: [
    { name: 'tocsin', webhook_configs: [{ url: webhook, send_resolved: true }] },
    { name: 'truncated', webhook_configs: [{ url: webhook, send_resolved: true, max_alerts: 1 }] },
  ],
});

interface MonitoringOptions {
  paths: Programs;
  webhook: string;
  target: string;
}

export interface Monitoring {
  /** Posts alerts to Alertmanager, as a Prometheus would. */
  post(alerts: readonly unknown[]): Promise<void>;
  said(): string;
  stop(): Promise<void>;
}

/** Starts Prometheus, which scrapes `target`, and Alertmanager, which posts to `webhook`. */
export async function startMonitoring({ paths, webhook, target }: MonitoringOptions): Promise<Monitoring> {
  const { folder, remove } = temporaryFolder('real');
  const write = (name: string, content: unknown) => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  };
  const alertmanagerAt = `127.0.0.1:${await freePort()}`;
  const alertmanager = start(paths['prometheus-alertmanager'], [
    `--config.file=${write('alertmanager.json', alertmanagerConfig(webhook))}`,
    `--storage.path=${join(folder, 'alertmanager')}`,
    `--web.listen-address=${alertmanagerAt}`,
    // Without a cluster.
    '--cluster.listen-address=',
  ]);
  const prometheusAt = `127.0.0.1:${await freePort()}`;
  const config = prometheusConfig(target, alertmanagerAt, write('rules.json', RULES));
  const prometheus = start(paths.prometheus, [
    `--config.file=${write('prometheus.json', config)}`,
    `--storage.tsdb.path=${join(folder, 'prometheus')}`,
    `--web.listen-address=${prometheusAt}`,
  ]);
  await untilReady('Alertmanager', alertmanager, alertmanagerAt);
  await untilReady('Prometheus', prometheus, prometheusAt);
  return {
    async post(alerts) {
      const headers = { 'Content-Type': 'application/json' };
      const request = { method: 'POST', headers, body: JSON.stringify(alerts) };
      const response = await fetch(`http://${alertmanagerAt}/api/v2/alerts`, request);
      if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
    },
    said: () => `Alertmanager said:\n${alertmanager.said()}\nPrometheus said:\n${prometheus.said()}`,
    async stop() {
      await Promise.all([prometheus.end(), alertmanager.end()]);
      remove();
    },
  };
}

/** Waits until Prometheus or Alertmanager is ready. @throws Error with its output if it is not ready in time */
export async function untilReady(name: string, program: Running, address: string): Promise<void> {
  const answers = () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok || undefined,
      () => (program.running() ? undefined : false),
    );
  if (!(await eventually(answers, { withinMs: READY_WITHIN_MS })))
    throw new Error(`${name} did not start. Its output:\n${program.said()}`);
}
