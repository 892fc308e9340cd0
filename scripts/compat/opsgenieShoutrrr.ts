import { join } from 'node:path';
import { when } from '../real/questions';
import type { Client } from './client';

export const opsgenieShoutrrr: Client = {
  name: 'shoutrrr 0.8.0 (Go)',
  needs: { from: 'go', package: 'github.com/containrrr/shoutrrr/shoutrrr@v0.8.0' },
  async run({ tls, folder, integration, check, questions, execute }) {
    const { key } = await integration('opsgenie', 'og shoutrrr');
    const url = `opsgenie://${tls.address}/${key}?entity=og-shoutrrr&priority=P2`;
    await execute(join(folder, 'shoutrrr'), ['send', '--url', url, '--message', 'Deploy failed (shoutrrr)'], tls.trust);
    await check('shoutrrr opens an incident of high severity', async () => {
      const [one] = await questions.incidents('og-shoutrrr');
      return when(one?.severity === 'high' && one.title.includes('Deploy failed (shoutrrr)'));
    });
  },
};
