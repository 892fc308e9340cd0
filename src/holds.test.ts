import { register } from 'prom-client';
import { minutes } from './kernel/clock';
import { API_KEY, type Harness, startHarness } from './testing/harness';

/** Holds and flapping through the whole product, in one process and in five: vendors' requests, incidents, their ends. */

const HEADERS = { 'x-api-key': API_KEY, 'content-type': 'application/json' };

interface Incident {
  id: string;
  status: string;
  flapping: boolean;
  alert_count: number;
}

describe.each(['monolith', 'split'] as const)('%s', (wiring) => {
  let harness: Harness;
  beforeAll(async () => {
    register.clear();
    harness = await startHarness(wiring, { FLAPPING_CHANGES: '4', FLAPPING_WINDOW_MINUTES: '20' });
  }, 60_000);
  afterAll(() => harness.stop());

  async function ask<T>(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = HEADERS,
  ): Promise<T> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(harness.url + path, { method, headers, ...sent });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
  const incidentsOf = async (service: string) =>
    (await ask<{ incidents: Incident[] }>('GET', `/api/v1/incidents?service=${service}`)).incidents;
  const rule = (service: string, holds: object) =>
    ask('POST', '/api/v1/rules', {
      name: `Hold ${service}`,
      when: [`service="${service}"`],
      ...Object.fromEntries([['then', holds]]),
    });
  const integration = (format: string) =>
    ask<{ url: string; key: string }>('POST', '/api/v1/integrations', { name: `${format} ${wiring}`, format });

  test('a delay holds alerts of Alertmanager, PagerDuty and Opsgenie, each answered as success', async () => {
    for (const format of ['alertmanager', 'pagerduty', 'opsgenie']) await rule(`late-${format}`, { delay_minutes: 5 });
    const [am, pd, og] = [
      await integration('alertmanager'),
      await integration('pagerduty'),
      await integration('opsgenie'),
    ];
    const labels = { alertname: 'Disk', service: 'late-alertmanager', severity: 'critical' };
    const alerts = [{ status: 'firing', labels, annotations: {}, startsAt: harness.clock.now().toISOString() }];
    const group = { version: '4', groupKey: 'g', status: 'firing', receiver: 'r', truncatedAlerts: 0, alerts };
    await ask('POST', new URL(am.url).pathname, group);
    const payload = {
      summary: 'Disk',
      severity: 'critical',
      source: 'db',
      custom_details: {},
      component: 'late-pagerduty',
    };
    const event = { routing_key: pd.key, event_action: 'trigger', dedup_key: 'disk', payload };
    expect(await ask('POST', '/v2/enqueue', event)).toMatchObject({ status: 'success' });
    const alert = { message: 'Disk', alias: 'disk', details: { service: 'late-opsgenie' } };
    await ask('POST', '/v2/alerts', alert, { ...HEADERS, 'x-api-key': '', authorization: `GenieKey ${og.key}` });
    await harness.drain();
    const waiting = await ask<{ alerts: { service: string }[] }>('GET', '/api/v1/alerts?status=waiting');
    const services = waiting.alerts.map(({ service }) => service).sort();
    expect(services).toEqual(['late-alertmanager', 'late-opsgenie', 'late-pagerduty']);
    for (const service of services) expect(await incidentsOf(service)).toEqual([]);
    await harness.pass(minutes(5));
    for (const service of services) expect(await incidentsOf(service)).toMatchObject([{ status: 'open' }]);
  });

  test('a threshold opens one incident with all alerts that waited', async () => {
    await rule('counted', { threshold: { count: 3, within_minutes: 10 } });
    const send = (message: string) =>
      ask<{ action: string; reason?: string }>('POST', '/api/v1/alerts', {
        service: 'counted',
        severity: 'high',
        message,
      });
    expect([await send('A'), await send('B')]).toMatchObject([{ reason: 'held' }, { reason: 'held' }]);
    const { facets } = {
      facets: await ask<{ firing_waiting: number }>('GET', '/api/v1/alerts/facets?service=counted'),
    };
    expect(facets.firing_waiting).toBe(2);
    expect(await send('C')).toMatchObject({ action: 'new_incident' });
    await harness.drain();
    expect(await incidentsOf('counted')).toMatchObject([{ status: 'open', alert_count: 3 }]);
  });

  test('a flapping alert has one incident, which stays open until it is quiet', async () => {
    const report = { service: 'flaps', severity: 'high', message: 'Disk', dedup_key: `flaps ${wiring}` };
    const change = async (status: string) => {
      await ask('POST', '/api/v1/alerts', { ...report, status });
      await harness.drain();
      await harness.pass(minutes(1));
    };
    for (let n = 0; n < 4; n++) {
      await change('firing');
      await change('resolved');
    }
    const [flapping, before] = await incidentsOf('flaps');
    expect(before).toMatchObject({ status: 'resolved', flapping: false });
    expect(flapping).toMatchObject({ status: 'open', flapping: true, alert_count: 3 });
    await harness.pass(minutes(10));
    expect((await incidentsOf('flaps'))[0]).toMatchObject({ status: 'open', flapping: true });
    await harness.pass(minutes(10));
    const after = await incidentsOf('flaps');
    expect(after).toMatchObject([{ id: flapping?.id, status: 'resolved', flapping: false }, { status: 'resolved' }]);
  });
});
