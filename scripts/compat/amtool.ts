import { when } from '../real/questions';
import type { Client } from './client';

/** Debian's amtool: alerts, silences and configuration. */
export const amtool: Client = {
  name: 'amtool (Debian)',
  needs: { from: 'debian' },
  async run({ url, apiKey, integration, check, questions: { incidents }, execute }) {
    const { key } = await integration('prometheus', 'amtool');
    const at = (base: string, ...args: string[]) =>
      execute('amtool', [`--alertmanager.url=${url}/alertmanager/${base}`, ...args]);
    const own = (...args: string[]) => at(apiKey, ...args);

    await at(key, 'alert', 'add', 'Full', 'service=amtool', 'severity=error', '--annotation=summary=The disk is full');
    await check('amtool: alert add opens an incident', async () => {
      const [one] = await incidents('amtool');
      return when(one?.status === 'open' && one.severity === 'high');
    });
    await check('alert query shows it', async () =>
      when((await own('alert', 'query', 'service=amtool', '-o', 'json')).includes('The disk is full')),
    );

    const added = await own('silence', 'add', 'service=amtool-silent', '--comment=Move', '--duration=1h');
    // It also prints that its version differs.
    const [id = ''] = /[0-9a-f-]{36}/.exec(added) ?? [];
    await check('silence query shows a silence that silence add made', async () =>
      when((await own('silence', 'query', '-o', 'json')).includes(id)),
    );
    await at(key, 'alert', 'add', 'Quiet', 'service=amtool-silent', 'severity=critical');
    await check('a silenced alert opens no incident and is shown as suppressed', async () => {
      const shown = await own('alert', 'query', '--silenced', 'service=amtool-silent', '-o', 'json');
      return when(shown.includes('suppressed') && (await incidents('amtool-silent')).length === 0);
    });
    await own('silence', 'update', id, '--comment=Takes longer', '--duration=2h');
    await own('silence', 'expire', id);
    await check('silence expire releases the alert, which still fires', async () =>
      when((await incidents('amtool-silent'))[0]?.status === 'open'),
    );
    await check('config show and cluster show are answered', async () => {
      const shown = await own('config', 'show');
      await own('config', 'routes', 'show');
      await own('cluster', 'show');
      return when(shown.includes('receiver: tocsin'));
    });
  },
};
