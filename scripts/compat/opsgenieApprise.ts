import { when } from '../real/questions';
import type { Client } from './client';

const SCRIPT = `
import sys, tempfile
import apprise
url, store = sys.argv[1:]
asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.AUTO, storage_path=store)
sender = apprise.Apprise(asset=asset)
assert sender.add(url), 'Apprise refuses the URL'
assert sender.notify(title='Backup failed (apprise)', body='db-1 has no backup', notify_type='failure'), 'not sent'
print('opened')
assert sender.notify(title='Backup failed (apprise)', body='db-1 has no backup', notify_type='success'), 'not closed'
print('closed')
`;

/** Its host is built in. It closes an alert by the request id of its create request. */
export const opsgenieApprise: Client = {
  name: 'apprise 2.3.0 to Opsgenie (PyPI)',
  needs: { from: 'pypi', packages: ['apprise==2.3.0'] },
  async run({ tls, folder, integration, check, questions, execute }) {
    const { key } = await integration('opsgenie', 'og apprise');
    const url = `opsgenie://${key}/?entity=og-apprise&action=map`;
    const env = { ...tls.proxied, PYTHONPATH: folder };
    const printed = await execute('python3', ['-c', SCRIPT, url, `${folder}/store-${Date.now()}`], env);
    await check('apprise opens an alert of Opsgenie and closes it', async () =>
      when(printed.includes('opened') && printed.includes('closed')),
    );
    await check('it opened one incident, which is resolved', async () => {
      const found = await questions.incidents('og-apprise');
      return when(found.length === 1 && found[0]?.status === 'resolved');
    });
  },
};
