import { days } from '../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../testing/alerts';
import { someone } from '../testing/http';
import type { Accepted } from './contract';

let house: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  house = await alertsHarness();
});
afterAll(() => house.drop());

const port = () => house.alerts.port;
const read = (id: string) => port().get({ alert_id: id }, someone());
const list = async (search: object) =>
  (await port().list({ page: 1, per_page: 50, ...search } as never, someone())).alerts;

/** An alert that fires, and the service that is its own. */
async function firing(): Promise<Accepted & { service: string }> {
  const service = `resolution-${++serial}`;
  const input = { service, severity: 'high', message: 'Disk full' };
  return { ...(await port().receive(input as never, someone())), service };
}

function fact(
  kind: string,
  incident: string | null,
  over: { actor?: string; data?: Record<string, unknown> } = {},
): void {
  house.incidents.facts.push({
    kind,
    subject: incident as string,
    actor: 'maria',
    actor_kind: 'user',
    data: {},
    at: house.clock.now().toISOString(),
    ...over,
  });
}

test('an alert that fires although a person resolved its incident says by whom and when', async () => {
  const { alert_id, incident_id } = await firing();
  expect((await read(alert_id)).incident_state).toBeNull();
  fact('incident_resolved', incident_id);
  await house.alerts.drain();
  expect(await read(alert_id)).toMatchObject({
    status: 'firing',
    incident_state: { status: 'resolved', resolved_by: 'maria', resolved_at: house.clock.now().toISOString() },
  });
});

test('the list, its facets and the counts agree about such alerts', async () => {
  const before = await port().stats({}, someone());
  const { alert_id, incident_id, service } = await firing();
  fact('incident_resolved', incident_id);
  await house.alerts.drain();
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

test('a resolution by the source is none of a person', async () => {
  const { alert_id, incident_id } = await firing();
  fact('incident_resolved', incident_id, { data: { reason: 'all_alerts_ended' } });
  await house.alerts.drain();
  expect((await read(alert_id)).incident_state).toBeNull();
});

test.each(['incident_reopened', 'incident_undone'])('%s takes it back, also within one page of facts', async (kind) => {
  const { alert_id, incident_id } = await firing();
  fact('incident_resolved', incident_id);
  fact(kind, incident_id);
  await house.alerts.drain();
  expect((await read(alert_id)).incident_state).toBeNull();
  fact('incident_resolved', incident_id, { actor: 'joe' });
  await house.alerts.drain();
  expect((await read(alert_id)).incident_state).toMatchObject({ resolved_by: 'joe' });
});

test('a resolution that is followed before the alert knows its incident counts all the same', async () => {
  const { alert_id, incident_id } = await firing();
  await house.database.db('alerts').where({ id: alert_id }).update({ incident_id: null });
  fact('incident_resolved', incident_id);
  await house.alerts.drain();
  await house.database.db('alerts').where({ id: alert_id }).update({ incident_id });
  expect((await read(alert_id)).incident_state).toMatchObject({ resolved_by: 'maria' });
});

test('a resolution is forgotten once no alert of the incident fires', async () => {
  const { incident_id, alert_id } = await firing();
  const other = await firing();
  fact('incident_resolved', incident_id);
  fact('incident_resolved', other.incident_id);
  await house.alerts.drain();
  await house.database.db('alerts').where({ id: alert_id }).update({ status: 'resolved', ended_at: house.clock.now() });
  await house.alerts.start();
  house.clock.advance(days(2));
  await house.alerts.drain();
  await house.alerts.stop();
  const left = await house.database.db('incident_resolutions').pluck('incident_id');
  expect(left).not.toContain(incident_id);
  expect(left).toContain(other.incident_id);
});
