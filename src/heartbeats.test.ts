import { register } from 'prom-client';
import { minutes } from './kernel/clock';
import { askAt } from './testing/ask';
import { type Harness, startHarness } from './testing/harness';

/** A heartbeat through the whole product, in one process and in five: its ping, its incident, the end of both. */

describe.each(['monolith', 'split'] as const)('%s', (wiring) => {
  let harness: Harness;
  beforeAll(async () => {
    register.clear();
    harness = await startHarness(wiring);
  }, 60_000);
  afterAll(() => harness.stop());

  const ask = <T>(method: string, path: string, body?: object) => askAt<T>(harness.url, method, path, body);
  /** The time passes while the product runs. */
  async function passes(ms: number): Promise<void> {
    harness.clock.advance(ms);
    await harness.databases.alerts?.db('heartbeat_clock').update({ seen_at: harness.clock.now() });
    await harness.drain();
  }

  test('a ping needs no credential but its key; a missing one opens an incident, which the next ping resolves', async () => {
    const { url } = await ask<{ url: string }>('POST', '/api/v1/ping-keys', { name: 'Cluster' });
    const path = new URL(url.replace('{slug}', 'backup')).pathname;
    const schedule = { period: 600, grace: 120 };
    await ask('POST', '/api/v1/heartbeats', { name: 'Backup', service: 'backup', schedule });
    const ping = async (end = '') => {
      const answer = await fetch(harness.url + path + end, { method: 'POST', body: 'copied 7 files' });
      return [answer.status, await answer.text(), answer.headers.get('ping-body-limit')];
    };
    expect(await ping('/start')).toEqual([200, 'OK', '10000']);
    expect(await ping('/0/?rid=')).toEqual([400, 'invalid uuid format', '10000']);
    expect(await ping()).toEqual([200, 'OK', '10000']);
    await passes(minutes(12));
    const open = () => ask<{ incidents: { status: string }[] }>('GET', '/api/v1/incidents?service=backup&page=1');
    expect((await open()).incidents).toMatchObject([{ status: 'open' }]);
    expect(await ping()).toEqual([200, 'OK', '10000']);
    await harness.drain();
    expect((await open()).incidents).toMatchObject([{ status: 'resolved' }]);
  });

  test('an incident that a person resolves returns while the heartbeat is still down', async () => {
    const schedule = { period: 600, grace: 120 };
    const { id, ping_url } = await ask<{ id: string; ping_url: string }>('POST', '/api/v1/heartbeats', {
      ...{ name: 'Sync', service: 'sync', schedule },
    });
    await fetch(`${harness.url}${new URL(ping_url).pathname}/fail`);
    await harness.drain();
    const all = () =>
      ask<{ incidents: { id: string; status: string }[] }>('GET', '/api/v1/incidents?service=sync&page=1');
    const [first] = (await all()).incidents;
    await ask('PATCH', `/api/v1/incidents/${first?.id}`, { status: 'resolved' });
    await harness.drain();
    await passes(minutes(10));
    expect((await all()).incidents.filter(({ status }) => status === 'open')).toHaveLength(1);
    expect(await ask('GET', `/api/v1/heartbeats/${id}`)).toMatchObject({ state: 'down' });
  });

  test('an unknown key is not found, and another method is refused', async () => {
    const answers = await Promise.all([
      fetch(`${harness.url}/ping/${'0'.repeat(32)}/backup`),
      fetch(`${harness.url}/ping/${'0'.repeat(32)}/backup`, { method: 'DELETE' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 405]);
  });
});
