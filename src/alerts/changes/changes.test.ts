import request from 'supertest';
import { days, hours, minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { eventsSoFar } from '../../testing/events';
import { someone } from '../../testing/http';
import { forgetChanges } from '../store/changes';

let harness: AlertsHarness;
let serial = 0;
beforeEach(async () => {
  harness ??= await alertsHarness();
  await harness.database.db('changes').delete();
});
afterAll(() => harness.drop());

const viewer = someone({ actor: 'vera', role: 'viewer' });

/** Sends change events of a new integration. */
async function integration(service?: string) {
  const input = { name: `Builds ${++serial}`, format: 'pagerduty' as const, ...(service && { service }) };
  const made = await harness.alerts.port.createIntegration(input, someone({ actor: 'root', role: 'admin' }));
  return {
    ...made,
    change: (summary: string, service: string, payload: object = {}) =>
      request(harness.app())
        .post('/v2/change/enqueue')
        .send({ routing_key: made.key, payload: { summary, source: 'ci', custom_details: { service }, ...payload } }),
  };
}

const list = async (query: Record<string, string> = {}) => {
  const { status, body } = await request(harness.app(viewer)).get('/api/v1/changes').query(query);
  expect(status).toBe(200);
  return body as { total: number; changes: { summary: string; at: string; service: string }[] };
};
const summaries = async (query: Record<string, string> = {}) =>
  (await list(query)).changes.map(({ summary }) => summary);
const ago = (ms: number) => new Date(harness.clock.now().getTime() - ms).toISOString();

test('a change is listed with its links and details', async () => {
  const { id, name, change } = await integration();
  await change('Deployed 1.42', 'Checkout', { custom_details: { service: 'Checkout', commit: 'abc' } });
  const now = harness.clock.now().toISOString();
  expect(await list()).toEqual({
    total: 1,
    page: 1,
    per_page: 50,
    changes: [
      {
        id: expect.any(String),
        integration_id: id,
        service: 'checkout',
        summary: 'Deployed 1.42',
        source: 'ci',
        at: now,
        received_at: now,
        links: [],
        details: { service: 'Checkout', commit: 'abc' },
        reported_by: name,
      },
    ],
  });
});

test('changes are listed newest first, by service and by time', async () => {
  const { change } = await integration();
  await change('older', 'checkout', { timestamp: ago(hours(3)) });
  await change('other', 'ledger', { timestamp: ago(hours(2)) });
  await change('newer', 'checkout', { timestamp: ago(hours(1)) });
  expect(await summaries()).toEqual(['newer', 'other', 'older']);
  expect(await summaries({ service: ' Checkout' })).toEqual(['newer', 'older']);
  expect(await summaries({ from: ago(hours(2)), to: ago(hours(1)) })).toEqual(['other']);
  expect(await summaries({ per_page: '1', page: '2' })).toEqual(['other']);
});

test('a change that names no service has the service of its integration', async () => {
  const { change } = await integration('checkout');
  await change('Deployed', '', { custom_details: {} });
  await change('Deployed', 'ledger');
  expect((await list()).changes.map(({ service }) => service).sort()).toEqual(['checkout', 'ledger']);
});

test('a change from the future counts as made now', async () => {
  const { change } = await integration();
  await change('early', 'checkout', { timestamp: ago(-hours(5)) });
  expect((await list()).changes).toMatchObject([{ at: harness.clock.now().toISOString() }]);
});

test('a change notifies no one: no alert, no incident and no job', async () => {
  const { id, change } = await integration();
  const attached = harness.incidents.attached.length;
  await change('Deployed', 'checkout');
  await harness.alerts.drain();
  expect(await harness.database.db('alerts').where({ integration_id: id })).toEqual([]);
  expect(harness.incidents.attached).toHaveLength(attached);
});

test('a change writes an event, by which open pages show it', async () => {
  const { name, change } = await integration();
  await change('Deployed', 'checkout');
  const events = (await eventsSoFar(harness.database.db)).filter(({ actor }) => actor === name);
  expect(events).toMatchObject([{ kind: 'change_recorded', data: { service: 'checkout', summary: 'Deployed' } }]);
});

test('changes are deleted 90 days after they were received', async () => {
  const { change } = await integration();
  await change('old', 'checkout');
  harness.clock.advance(minutes(1));
  await change('kept', 'checkout');
  harness.clock.advance(days(90));
  await forgetChanges(harness.database.db, new Date(harness.clock.now().getTime() - days(90)), { batch: 1 });
  expect(await summaries()).toEqual(['kept']);
});

test('of too many changes the newest are kept', async () => {
  const { change } = await integration();
  for (const summary of ['a', 'b', 'c', 'd']) {
    harness.clock.advance(minutes(1));
    await change(summary, 'checkout');
  }
  await forgetChanges(harness.database.db, new Date(0), { most: 2 });
  expect(await summaries()).toEqual(['d', 'c']);
});

test.each([
  ['service', 's'.repeat(256)],
  ['from', 'yesterday'],
  ['per_page', '201'],
])('a list with an invalid %s is refused', async (name, value) => {
  const { status, body } = await request(harness.app(viewer))
    .get('/api/v1/changes')
    .query({ [name]: value });
  expect([status, body.errors[0].path]).toEqual([422, name]);
});
