import { when } from '../real/questions';
import type { Client } from './client';

const SCRIPT = `
const [folder, server, routing_key] = process.argv.slice(1);
const { event, change } = require(folder + '/node_modules/@pagerduty/pdjs');
const payload = { summary: 'Disk full (pdjs)', source: 'db-1', severity: 'error', component: 'pdjs' };
const send = (event_action, more = {}) =>
  event({ server, data: { routing_key, event_action, dedup_key: 'pdjs/disk', ...more } });
(async () => {
  const answers = [
    await send('trigger', { payload }),
    await send('acknowledge'),
    await change({ server, data: { routing_key, payload: { summary: 'Deployed (pdjs)', source: 'pdjs', timestamp: new Date().toISOString() } } }),
  ];
  console.log(JSON.stringify(answers.map(({ status, data }) => [status, data.status, data.dedup_key])));
  if (process.env.RESOLVE) console.log((await send('resolve')).status);
})();
`;

export const pdjs: Client = {
  name: '@pagerduty/pdjs 2.2.4 (npm)',
  needs: { from: 'npm', package: '@pagerduty/pdjs@2.2.4' },
  async run({ tls, folder, integration, check, questions, execute }) {
    const { key } = await integration('pagerduty', 'pdjs');
    const run = (env: Record<string, string> = {}) =>
      execute(process.execPath, ['-e', SCRIPT, folder, tls.address, key], { ...tls.trust, ...env });
    const printed = await run();
    await check('pdjs: trigger, acknowledge and change are answered 202', async () =>
      when(printed.startsWith('[[202,"success","pdjs/disk"],[202,"success","pdjs/disk"],[202,"success"')),
    );
    await check('its trigger opens an incident of high severity', async () =>
      when((await questions.incidents('pdjs'))[0]?.severity === 'high'),
    );
    await check('its change event is listed', async () =>
      when((await questions.changes('pdjs')).some(({ summary }) => summary === 'Deployed (pdjs)')),
    );
    await run({ RESOLVE: 'yes' });
    await check('its resolve ends the incident', async () =>
      when((await questions.incidents('pdjs')).every(({ status }) => status === 'resolved')),
    );
  },
};
