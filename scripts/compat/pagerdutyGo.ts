import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../children';
import { when } from '../real/questions';
import type { Client } from './client';

export const pagerdutyGo: Client = {
  name: 'pd of go-pagerduty 1.8.0 (Go)',
  needs: { from: 'go', package: 'github.com/PagerDuty/go-pagerduty/command@v1.8.0' },
  async run({ tls, folder, integration, check, questions, execute }) {
    const { key } = await integration('pagerduty', 'pd');
    const events = temporaryFolder('compat-pd');
    const send = async (action: string): Promise<void> => {
      const payload = { summary: 'Disk full (pd)', severity: 'error', source: 'pd', component: 'pd-go' };
      const file = join(events.folder, `${action}.json`);
      writeFileSync(file, JSON.stringify({ routing_key: key, event_action: action, dedup_key: 'pd/disk', payload }));
      const args = ['event-v2', 'manage', '-authtoken', 'the-token-of-another-api', file];
      await execute(join(folder, 'command'), args, tls.proxied);
    };
    try {
      await send('trigger');
      await check('pd opens an incident of high severity', async () => {
        const [one] = await questions.incidents('pd-go');
        return when(one?.severity === 'high' && one.title.includes('Disk full (pd)'));
      });
      await send('acknowledge');
      await check('its acknowledgement takes the incident', async () =>
        when((await questions.incidents('pd-go'))[0]?.status === 'acknowledged'),
      );
      await send('resolve');
      await check('its resolve ends the incident', async () =>
        when((await questions.incidents('pd-go'))[0]?.status === 'resolved'),
      );
    } finally {
      events.remove();
    }
  },
};
