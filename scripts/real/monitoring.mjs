import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePort, start, temporaryFolder } from '../children.mjs';

const READY_WITHIN_MS = 30_000;

/** Written as JSON, which is YAML. Everything that usually takes minutes takes seconds here. */
const prometheusConfig = (target, alertmanager, rules) => ({
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

const alertmanagerConfig = (webhook) => ({
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

/** Starts Prometheus, which scrapes `target`, and Alertmanager, which posts to `webhook`. */
export async function startMonitoring({ paths, webhook, target }) {
  const { folder, remove } = temporaryFolder('real');
  const write = (name, content) => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  };
  const alertmanagerAt = `127.0.0.1:${await freePort()}`;
  const alertmanager = start(paths['prometheus-alertmanager'], [
    `--config.file=${write('alertmanager.json', alertmanagerConfig(webhook))}`,
    `--storage.path=${join(folder, 'alertmanager')}`,
    `--web.listen-address=${alertmanagerAt}`,
    // Alone: it looks for no others.
    '--cluster.listen-address=',
  ]);
  const prometheusAt = `127.0.0.1:${await freePort()}`;
  const config = prometheusConfig(target, alertmanagerAt, write('rules.json', RULES));
  const prometheus = start(paths.prometheus, [
    `--config.file=${write('prometheus.json', config)}`,
    `--storage.tsdb.path=${join(folder, 'prometheus')}`,
    `--web.listen-address=${prometheusAt}`,
  ]);
  await ready('Alertmanager', alertmanager, alertmanagerAt);
  await ready('Prometheus', prometheus, prometheusAt);
  return {
    /** Posts alerts to Alertmanager, as a Prometheus would. */
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

async function ready(name, program, address) {
  const answers = () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok || undefined,
      () => (program.running() ? undefined : false),
    );
  if (!(await eventually(answers, { withinMs: READY_WITHIN_MS })))
    throw new Error(`${name} did not start. It said:\n${program.said()}`);
}
