import { when } from '../real/questions';
import type { Client } from './client';

const SCRIPT = `
import sys
import pypd
action, key = sys.argv[1:]
pypd.api_key = 'the-key-of-another-api'
payload = {'summary': 'Disk full (pypd)', 'severity': 'warning', 'source': 'pypd'}
data = {'routing_key': key, 'event_action': action, 'dedup_key': 'pypd/disk', 'payload': payload}
print(pypd.EventV2.create(data=data))
data = {'service_key': key, 'event_type': action, 'incident_key': 'pypd/v1', 'description': 'Disk full (pypd, v1)', 'details': {'component': 'pypd-v1'}}
print(pypd.Event.create(data=data))
`;

export const pypd: Client = {
  name: 'pypd 1.1.0 (PyPI)',
  needs: { from: 'pypi', packages: ['pypd==1.1.0'] },
  async run({ tls, folder, integration, check, questions, execute }) {
    const { key } = await integration('pagerduty', 'pypd');
    const run = (action: string) =>
      execute('python3', ['-c', SCRIPT, action, key], { ...tls.proxied, PYTHONPATH: folder });
    const printed = await run('trigger');
    await check('pypd: events of both versions are answered with their keys', async () =>
      when(printed.includes('pypd/disk') && printed.includes('pypd/v1')),
    );
    await check('each opens an incident: medium as sent, and critical for version 1', async () => {
      const [two] = await questions.incidents('pypd');
      const [one] = await questions.incidents('pypd-v1');
      return when(two?.severity === 'medium' && one?.severity === 'critical');
    });
    await run('resolve');
    await check('its resolves end both', async () => {
      const both = [...(await questions.incidents('pypd')), ...(await questions.incidents('pypd-v1'))];
      return when(both.length === 2 && both.every(({ status }) => status === 'resolved'));
    });
  },
};
