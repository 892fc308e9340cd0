import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, start, temporaryFolder } from '../children';
import { untilReady } from '../real/monitoring';
import { programs } from '../real/programs';
import { when } from '../real/questions';
import type { Client, ClientDeps, Integration } from './client';

/** A receiver with several ways to reach the product, so that each alert arrives by all of them at once. */
const config = (
  { url, tls }: ClientDeps,
  { webhook, pager, pagerV1 }: Record<'webhook' | 'pager' | 'pagerV1', Integration>,
) => {
  const send_resolved = true;
  const v2 = { routing_key: pager.key, url: `${url}/v2/enqueue`, component: 'am-v2', severity: 'error' };
  const v1 = {
    service_key: pagerV1.key,
    details: { component: 'am-v1' },
    // The host of version 1 is built in.
    http_config: { proxy_url: tls.proxied['HTTPS_PROXY'], tls_config: { ca_file: tls.trust['SSL_CERT_FILE'] } },
  };
  return {
    route: {
      ...{ receiver: 'all', group_by: ['alertname'], group_wait: '1s', group_interval: '1s', repeat_interval: '2s' },
      routes: [{ receiver: 'truncated', matchers: ['receiver="truncated"'] }],
    },
    receivers: [
      {
        name: 'all',
        webhook_configs: [{ url: url + new URL(webhook.url).pathname, send_resolved }],
        pagerduty_configs: [v2, v1].map((one) => ({ ...one, send_resolved })),
      },
      {
        name: 'truncated',
        webhook_configs: [{ url: url + new URL(webhook.url).pathname, send_resolved, max_alerts: 1 }],
      },
    ],
  };
};

const alertOf = (name: string, labels: Record<string, string>, ended = false) => ({
  labels: { alertname: name, severity: 'critical', ...labels },
  annotations: { summary: `${labels['instance']} does not answer` },
  startsAt: new Date(Date.now() - 2_000).toISOString(),
  endsAt: new Date(Date.now() + (ended ? -1_000 : 3_600_000)).toISOString(),
});

/** Debian's Alertmanager. */
export const alertmanager: Client = {
  name: 'Alertmanager (Debian)',
  needs: { from: 'debian' },
  async run(deps) {
    const webhook = await deps.integration('alertmanager', 'am webhook');
    const pager = await deps.integration('pagerduty', 'am pagerduty');
    // Alertmanager sends one key for a group in both versions, so they would be one alert of one integration.
    const pagerV1 = await deps.integration('pagerduty', 'am pagerduty v1');
    const { folder, remove } = temporaryFolder('compat-am');
    const file = join(folder, 'alertmanager.json');
    writeFileSync(file, JSON.stringify(config(deps, { webhook, pager, pagerV1 })));
    const address = `127.0.0.1:${await freePort()}`;
    const program = start(programs()['prometheus-alertmanager'], [
      ...[`--config.file=${file}`, `--storage.path=${join(folder, 'data')}`],
      ...[`--web.listen-address=${address}`, '--cluster.listen-address='],
    ]);
    try {
      await untilReady('Alertmanager', program, address);
      await firesAndResolves(deps, address);
      await truncated(deps, address);
    } finally {
      await program.end();
      remove();
    }
  },
};

async function post(address: string, alerts: readonly object[]): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify(alerts);
  const response = await fetch(`http://${address}/api/v2/alerts`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
}

async function firesAndResolves({ check, questions: { incidents } }: ClientDeps, address: string): Promise<void> {
  const both = (ended = false) =>
    ['a', 'b'].map((instance) => alertOf('Down', { service: 'am-webhook', instance }, ended));
  await post(address, both());
  await check('Alertmanager: its webhook, pagerduty_configs v2 and v1 open an incident each', async () => {
    const found = await Promise.all(['am-webhook', 'am-v2', 'am-v1'].map(incidents));
    return when(found.every(([one]) => one?.status === 'open'));
  });
  await check('the webhook reports each alert, and PagerDuty events the group', async () => {
    const [[webhook], [v2]] = await Promise.all([incidents('am-webhook'), incidents('am-v2')]);
    return when(webhook?.alert_count === 2 && v2?.alert_count === 1 && v2.severity === 'high');
  });
  await post(address, both(true));
  await check('the resolved group ends all three', async () => {
    const found = await Promise.all(['am-webhook', 'am-v2', 'am-v1'].map(incidents));
    return when(found.every((each) => each.length === 1 && each[0]?.status === 'resolved'));
  });
}

async function truncated({ check, questions: { incidents } }: ClientDeps, address: string): Promise<void> {
  const host = (instance: string, ended = false) =>
    alertOf('Hosts', { service: 'am-truncated', instance, receiver: 'truncated' }, ended);
  await post(address, [host('a'), host('b'), host('c')]);
  await check('a truncated group is one incident that names the hidden alerts', async () =>
    when((await incidents('am-truncated'))[0]?.hidden_alerts === 2),
  );
  await post(address, [host('a', true)]);
  await check('it stays open while alerts are hidden', async () => {
    const [one] = await incidents('am-truncated');
    return when(one?.status === 'open' && one.hidden_alerts > 0);
  });
  await post(address, [host('b', true)]);
  await check('and shows when none is hidden any more', async () => {
    const [one] = await incidents('am-truncated');
    return when(one?.status === 'open' && one.hidden_alerts === 0);
  });
  await post(address, [host('c', true)]);
  await check('the last alert ends it', async () =>
    when((await incidents('am-truncated')).every(({ status }) => status === 'resolved')),
  );
}
