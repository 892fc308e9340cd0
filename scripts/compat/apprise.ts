import { when } from '../real/questions';
import type { Client } from './client';

const SCRIPT = `
import sys
import apprise
url, kind = sys.argv[1:]
sender = apprise.Apprise()
assert sender.add(url), 'Apprise refuses the URL'
assert sender.notify(title='Disk full (apprise)', body='db-1 has 2 MB left', notify_type=kind), 'Apprise could not send it'
print('sent')
`;

export const apprise: Client = {
  name: 'apprise 2.3.0 (PyPI)',
  needs: { from: 'pypi', packages: ['apprise==2.3.0'] },
  async run({ tls, folder, integration, check, questions, execute }) {
    const { key } = await integration('pagerduty', 'apprise');
    const url = `pagerduty://${key}@the-key-of-another-api/db-1/apprise`;
    const printed = await execute('python3', ['-c', SCRIPT, url, 'failure'], { ...tls.proxied, PYTHONPATH: folder });
    await check('apprise: a failure is sent', async () => when(printed.includes('sent')));
    await check('it opens a critical incident', async () =>
      when((await questions.incidents('apprise'))[0]?.severity === 'critical'),
    );
  },
};
