import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, start, temporaryFolder } from '../children';
import { untilReady } from '../real/monitoring';
import { programs } from '../real/programs';
import { when } from '../real/questions';
import type { Client } from './client';

const config = (url: string, key: string) => ({
  route: {
    receiver: 'opsgenie',
    group_by: ['alertname'],
    group_wait: '1s',
    group_interval: '1s',
    repeat_interval: '2s',
  },
  receivers: [
    {
      name: 'opsgenie',
      opsgenie_configs: [
        {
          ...{ api_url: `${url}/`, api_key: key, send_resolved: true, update_alerts: true },
          ...{ message: '{{ .CommonAnnotations.summary }}', priority: 'P1', tags: 'prod,storage' },
          responders: [{ type: 'team', name: 'sre' }],
        },
      ],
    },
  ],
});

/** Debian's Alertmanager, by `opsgenie_configs`. */
export const opsgenieAlertmanager: Client = {
  name: 'Alertmanager to Opsgenie (Debian)',
  needs: { from: 'debian' },
  async run({ url, integration, check, questions: { incidents } }) {
    const { key } = await integration('opsgenie', 'og alertmanager');
    const { folder, remove } = temporaryFolder('compat-og-am');
    const file = join(folder, 'alertmanager.json');
    writeFileSync(file, JSON.stringify(config(url, key)));
    const address = `127.0.0.1:${await freePort()}`;
    const program = start(programs()['prometheus-alertmanager'], [
      ...[`--config.file=${file}`, `--storage.path=${join(folder, 'data')}`],
      ...[`--web.listen-address=${address}`, '--cluster.listen-address='],
    ]);
    const report = async (summary: string, endsInMs: number) => {
      const alert = {
        labels: { alertname: 'OgDisk', service: 'og-alertmanager' },
        annotations: { summary },
        startsAt: new Date(Date.now() - 2_000).toISOString(),
        endsAt: new Date(Date.now() + endsInMs).toISOString(),
      };
      const headers = { 'Content-Type': 'application/json' };
      const body = JSON.stringify([alert]);
      const answer = await fetch(`http://${address}/api/v2/alerts`, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status}`);
    };
    try {
      await untilReady('Alertmanager', program, address);
      await report('Disk full (og)', 3_600_000);
      await check('Alertmanager opens a critical incident by opsgenie_configs', async () => {
        const [one] = await incidents('og-alertmanager');
        return when(one?.status === 'open' && one.severity === 'critical' && one.title.includes('Disk full (og)'));
      });
      await report('Disk fuller (og)', 3_600_000);
      await check('its update of the message changes the title', async () =>
        when((await incidents('og-alertmanager'))[0]?.title.includes('Disk fuller (og)') === true),
      );
      await report('Disk fuller (og)', -1_000);
      await check('its close ends the one incident', async () => {
        const found = await incidents('og-alertmanager');
        return when(found.length === 1 && found[0]?.status === 'resolved');
      });
    } finally {
      await program.end();
      remove();
    }
  },
};
