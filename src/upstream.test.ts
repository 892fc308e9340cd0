import { register } from 'prom-client';
import { minutes, seconds } from './kernel/clock';
import { askAt } from './testing/ask';
import { type Harness, startHarness } from './testing/harness';

/** Affected alerts through the whole product, in one process and in five. */

interface Incidents {
  incidents: { id: string; status: string; service: string }[];
}
interface ShownAlert {
  incident_id: string | null;
  affected_by: { incident_id: string } | null;
  waiting: { by: string } | null;
}

describe.each(['monolith', 'split'] as const)('%s', (wiring) => {
  let harness: Harness;
  beforeAll(async () => {
    register.clear();
    harness = await startHarness(wiring);
    const members = [{ name: 'Ann', email: 'ann@example.com', role: 'primary' }];
    await ask('POST', '/api/v1/schedules', { team: 'platform', rotation_type: 'weekly', members });
    for (const service of ['db', 'web']) await ask('PUT', `/api/v1/services/${service}`, { team: 'platform' });
    await ask('PUT', '/api/v1/services/web/dependencies', { depends_on: [{ service: 'db' }] });
    await harness.drain();
  }, 60_000);
  afterAll(() => harness.stop());

  const ask = <T>(method: string, path: string, body?: object) => askAt<T>(harness.url, method, path, body);
  const report = (service: string, message: string) =>
    ask<{ alert_id: string; action: string }>('POST', '/api/v1/alerts', { service, severity: 'critical', message });
  /** The pages of the tests reach no one, so a person takes the incident. */
  async function acknowledge(id: string | undefined): Promise<void> {
    await ask('PATCH', `/api/v1/incidents/${id}`, { status: 'acknowledged' });
    await harness.drain();
  }
  const alert = (id: string) => ask<ShownAlert>('GET', `/api/v1/alerts/${id}`);
  const incidentsOf = async (service: string) =>
    (await ask<Incidents>('GET', `/api/v1/incidents?service=${service}&page=1`)).incidents;

  test('a dependent that reports first waits, joins the incident of its upstream, and pages on its own afterwards', async () => {
    const { alert_id } = await report('web', 'Requests fail');
    expect((await alert(alert_id)).waiting).toMatchObject({ by: 'upstream' });
    await harness.pass(seconds(20));
    await report('db', 'Disk full');
    await harness.drain();
    const [incident] = await incidentsOf('db');
    await acknowledge(incident?.id);
    await harness.pass(seconds(40));
    expect(await alert(alert_id)).toMatchObject({ incident_id: null, affected_by: { incident_id: incident?.id } });
    expect(await incidentsOf('web')).toEqual([]);
    const { notifications } = await ask<{ notifications: { message: string }[] }>(
      'GET',
      '/api/v1/notifications?page=1',
    );
    expect(notifications.filter(({ message }) => message.startsWith('web is affected by'))).toHaveLength(1);

    await ask('POST', `/api/v1/incidents/${incident?.id}/snooze`, { minutes: 30 });
    await harness.drain();
    const [own] = await incidentsOf('web');
    expect(await alert(alert_id)).toMatchObject({ incident_id: own?.id, affected_by: null });
  });

  test('an alert that is affected when the incident resolves opens its own', async () => {
    await harness.pass(minutes(31));
    const [incident] = await incidentsOf('db');
    await acknowledge(incident?.id);
    const { alert_id } = await report('web', 'No sessions');
    expect((await alert(alert_id)).affected_by?.incident_id).toBe(incident?.id);
    await ask('PATCH', `/api/v1/incidents/${incident?.id}`, { status: 'resolved' });
    await harness.drain();
    expect((await alert(alert_id)).incident_id).not.toBeNull();
  });
});
