import { days } from '../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../testing/alerts';
import { someone } from '../testing/http';
import type { Accepted } from './contract';

let harness: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;
const read = (id: string) => port().get({ alert_id: id }, someone());
const list = async (search: object) =>
  (await port().list({ page: 1, per_page: 50, ...search } as never, someone())).alerts;

/** A firing alert with a service of its own. */
async function firing(): Promise<Accepted & { service: string }> {
  const service = `resolution-${++serial}`;
  const input = { service, severity: 'high', message: 'Disk full' };
  return { ...((await port().receive(input as never, someone())) as Accepted), service };
}

function fact(
  kind: string,
  incident: string | null,
  over: { actor?: string; data?: Record<string, unknown> } = {},
): void {
  harness.incidents.facts.push({
    kind,
    subject: incident as string,
    actor: 'maria',
    actor_kind: 'user',
    data: {},
    at: harness.clock.now().toISOString(),
    ...over,
  });
}

test('a firing alert shows who resolved its incident, and when', async () => {
  const { alert_id, incident_id } = await firing();
  expect((await read(alert_id)).incident_state).toBeNull();
  fact('incident_resolved', incident_id);
  await harness.alerts.drain();
  expect(await read(alert_id)).toMatchObject({
    status: 'firing',
    incident_state: { status: 'resolved', resolved_by: 'maria', resolved_at: harness.clock.now().toISOString() },
  });
});

test('the list, its facets and the counters agree about firing alerts with a resolved incident', async () => {
  const before = await port().stats({}, someone());
  const { alert_id, incident_id, service } = await firing();
  fact('incident_resolved', incident_id);
  await harness.alerts.drain();
  expect(await list({ service, status: 'incident_resolved' })).toMatchObject([{ id: alert_id, incident_state: {} }]);
  expect(await list({ service, status: 'firing' })).toMatchObject([{ id: alert_id, incident_state: {} }]);
  expect(await port().facets({ service, status: 'firing' }, someone())).toMatchObject({
    status: [{ value: 'firing', count: 1 }],
    firing_incident_resolved: 1,
  });
  const after = await port().stats({}, someone());
  expect(after.firing - before.firing).toBe(1);
  expect(after.firing_incident_resolved - before.firing_incident_resolved).toBe(1);
});

test('a resolution by the source is not shown', async () => {
  const { alert_id, incident_id } = await firing();
  fact('incident_resolved', incident_id, { data: { reason: 'all_alerts_ended' } });
  await harness.alerts.drain();
  expect((await read(alert_id)).incident_state).toBeNull();
});

test.each(['incident_reopened', 'incident_undone'])(
  '%s removes the resolution, also within one page of events',
  async (kind) => {
    const { alert_id, incident_id } = await firing();
    fact('incident_resolved', incident_id);
    fact(kind, incident_id);
    await harness.alerts.drain();
    expect((await read(alert_id)).incident_state).toBeNull();
    fact('incident_resolved', incident_id, { actor: 'joe' });
    await harness.alerts.drain();
    expect((await read(alert_id)).incident_state).toMatchObject({ resolved_by: 'joe' });
  },
);

test('a resolution counts although the alert is linked to its incident only afterwards', async () => {
  const { alert_id, incident_id } = await firing();
  await harness.database.db('alerts').where({ id: alert_id }).update({ incident_id: null });
  fact('incident_resolved', incident_id);
  await harness.alerts.drain();
  await harness.database.db('alerts').where({ id: alert_id }).update({ incident_id });
  expect((await read(alert_id)).incident_state).toMatchObject({ resolved_by: 'maria' });
});

test('a resolution is deleted when no alert of the incident is firing', async () => {
  const { incident_id, alert_id } = await firing();
  const other = await firing();
  fact('incident_resolved', incident_id);
  fact('incident_resolved', other.incident_id);
  await harness.alerts.drain();
  await harness.database
    .db('alerts')
    .where({ id: alert_id })
    .update({ status: 'resolved', ended_at: harness.clock.now() });
  await harness.alerts.start();
  harness.clock.advance(days(2));
  await harness.alerts.drain();
  await harness.alerts.stop();
  const left = await harness.database.db('incident_resolutions').pluck('incident_id');
  expect(left).not.toContain(incident_id);
  expect(left).toContain(other.incident_id);
});
