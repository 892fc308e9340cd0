import { when } from '../real/questions';
import type { Client } from './client';

const SCRIPT = `
import sys
import pagerduty
action, base_url, key = sys.argv[1:]
client = pagerduty.EventsApiV2Client(key, base_url=base_url)
if action == 'trigger':
    print(client.trigger('Disk full (python)', 'db-1', severity='critical', payload={'component': 'pagerduty-python'}))
else:
    getattr(client, action)(sys.stdin.read().strip() or 'python/disk')
`;

export const pagerdutyPython: Client = {
  name: 'pagerduty 7.2.0 (PyPI)',
  needs: { from: 'pypi', packages: ['pagerduty==7.2.0'] },
  async run({ tls, folder, integration, check, questions, execute }) {
    const { key } = await integration('pagerduty', 'python pagerduty');
    const env = { ...tls.trust, PYTHONPATH: folder };
    const printed = await execute('python3', ['-c', SCRIPT, 'trigger', `https://${tls.address}`, key], env);
    await check('pagerduty for Python: a trigger without a key gets one', async () =>
      when(/^[0-9a-f-]{32,}$/.test(printed.trim())),
    );
    await check('its trigger opens a critical incident', async () =>
      when((await questions.incidents('pagerduty-python'))[0]?.severity === 'critical'),
    );
    const resolve = SCRIPT.replace("sys.stdin.read().strip() or 'python/disk'", JSON.stringify(printed.trim()));
    await execute('python3', ['-c', resolve, 'resolve', `https://${tls.address}`, key], env);
    await check('its resolve ends the incident', async () =>
      when((await questions.incidents('pagerduty-python')).every(({ status }) => status === 'resolved')),
    );
  },
};
