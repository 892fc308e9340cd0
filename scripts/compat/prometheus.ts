import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, start, temporaryFolder } from '../children';
import { untilReady } from '../real/monitoring';
import { programs } from '../real/programs';
import { when } from '../real/questions';
import type { Client } from './client';

/** A rule that fires while `expr` has a value. */
const rules = (expr: string) => ({
  groups: [
    {
      name: 'compat',
      rules: [
        {
          alert: 'AlwaysFiring',
          expr,
          labels: { severity: 'page', service: 'prometheus-direct' },
          annotations: { summary: 'Sent without an Alertmanager' },
        },
      ],
    },
  ],
});

/** Debian's Prometheus, whose `alerting.alertmanagers` names the product. */
export const prometheus: Client = {
  name: 'Prometheus (Debian)',
  needs: { from: 'debian' },
  async run({ url, integration, check, questions: { incidents, alerts } }) {
    const { key } = await integration('prometheus', 'prometheus direct');
    const { folder, remove } = temporaryFolder('compat-prometheus');
    const rulesFile = join(folder, 'rules.json');
    const file = join(folder, 'prometheus.json');
    const alertmanager = { path_prefix: `/alertmanager/${key}`, static_configs: [{ targets: [new URL(url).host] }] };
    writeFileSync(rulesFile, JSON.stringify(rules('vector(1)')));
    const config = { global: { evaluation_interval: '1s' }, rule_files: [rulesFile] };
    writeFileSync(file, JSON.stringify({ ...config, alerting: { alertmanagers: [alertmanager] } }));
    const own = `127.0.0.1:${await freePort()}`;
    const program = start(programs().prometheus, [
      ...[`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`],
      ...[`--web.listen-address=${own}`, '--web.enable-lifecycle', '--rules.alert.resend-delay=1s'],
    ]);
    try {
      await untilReady('Prometheus', program, own);
      const opened = await check(
        'Prometheus: its alert opens a critical incident, and repeats raise the count',
        async () => {
          const [one] = await incidents('prometheus-direct');
          const [alert] = one === undefined ? [] : await alerts(one.id);
          return when(one?.status === 'open' && one.severity === 'critical' && (alert?.count ?? 0) > 1) && one;
        },
      );
      if (opened === undefined) return;
      writeFileSync(rulesFile, JSON.stringify(rules('vector(1) > 2')));
      await fetch(`http://${own}/-/reload`, { method: 'POST' });
      await check('its end resolves the incident', async () =>
        when((await incidents('prometheus-direct')).every(({ status }) => status === 'resolved')),
      );
    } finally {
      await program.end();
      remove();
    }
  },
};
