import request from 'supertest';
import { connect } from '../../kernel/db/pool';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';

let harness: AlertsHarness;
let serial = 0;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(() => {
  harness.incidents.mood = 'up';
});
afterAll(() => harness.drop());

async function integration() {
  const input = { name: `PagerDuty ${++serial}`, format: 'pagerduty' as const };
  const made = await harness.alerts.port.createIntegration(input, someone({ actor: 'root', role: 'admin' }));
  const at = (path: string, body: object | string) =>
    request(harness.app())
      .post(path)
      .set('Content-Type', 'application/json')
      .send(body as object);
  return {
    key: made.key,
    at,
    enqueue: (event: object, path = '/v2/enqueue') => at(path, { routing_key: made.key, ...event }),
    alerts: () => harness.database.db('alerts').where({ integration_id: made.id }).orderBy('created_at'),
  };
}
const trigger = (over: object = {}) => ({
  event_action: 'trigger',
  dedup_key: 'srv01/HTTP',
  payload: { summary: 'Down', source: 'srv01', severity: 'critical' },
  ...over,
});

test.each(['/v2/enqueue', '/v2/enqueue/'])('an event at %s is answered 202 with its key', async (path) => {
  const { enqueue } = await integration();
  const { status, body } = await enqueue(trigger(), path);
  expect([status, body]).toEqual([202, { status: 'success', message: 'Event processed', dedup_key: 'srv01/HTTP' }]);
});

test('a trigger without a key is answered with one, which resolves it', async () => {
  const { enqueue, alerts } = await integration();
  const { body } = await enqueue(trigger({ dedup_key: undefined }));
  expect(body.dedup_key).toMatch(/^[0-9a-f-]{36}$/);
  await enqueue(trigger({ dedup_key: undefined }));
  expect(await alerts()).toHaveLength(2);
  await enqueue({ event_action: 'resolve', dedup_key: body.dedup_key });
  expect((await alerts()).map(({ status }) => status).sort()).toEqual(['firing', 'resolved']);
});

test('an Authorization of the other API of the vendor is ignored', async () => {
  const { enqueue } = await integration();
  const answer = await enqueue(trigger()).set('Authorization', 'Token token=something');
  expect(answer.status).toBe(202);
});

test('an acknowledgement of a condition that does not fire is accepted', async () => {
  const { enqueue, alerts } = await integration();
  const { status } = await enqueue({ event_action: 'acknowledge', dedup_key: 'never' });
  expect([status, await alerts()]).toEqual([202, []]);
});

test.each([
  [
    'an unknown action',
    { event_action: 'snooze' },
    ['event_action is invalid (must be one of: trigger acknowledge resolve)'],
  ],
  ['a resolve without a key', { event_action: 'resolve' }, ['dedup_key is missing or blank']],
  ['a trigger without a payload', { event_action: 'trigger' }, ['payload is missing or blank']],
  [
    'an unknown key',
    { routing_key: 'x'.repeat(32), event_action: 'trigger' },
    ['The key is invalid: Invalid integration key.'],
  ],
  ['no key', { routing_key: undefined, event_action: 'trigger' }, ['routing_key must be the key of an integration']],
])('%s is answered 400 with the reason', async (_name, event, errors) => {
  const { enqueue } = await integration();
  const { status, body } = await enqueue(event);
  expect([status, body]).toEqual([400, { status: 'invalid event', message: 'Event object is invalid', errors }]);
});

test.each([
  ['/v2/enqueue', 'Unrecognized object'],
  ['/v2/change/enqueue', 'Unrecognized object'],
  ['/generic/2010-04-15/create_event.json', 'unrecognized object'],
])('a body at %s that is not JSON is answered 400', async (path, status) => {
  const { at } = await integration();
  const answer = await at(path, '{"routing_key":');
  const body = { status, message: 'Event object format is unrecognized', errors: ['JSON parse error'] };
  expect([answer.status, answer.body]).toEqual([400, body]);
});

test('an event of more than 512 KB is answered 413', async () => {
  const { enqueue } = await integration();
  const answer = await enqueue(trigger({ client: 'x'.repeat(512 * 1024) }));
  expect([answer.status, answer.body.status]).toEqual([413, 'invalid event']);
});

test.each([
  ['/v2/enqueue', 429],
  ['/v2/change/enqueue', 429],
  ['/generic/2010-04-15/create_event.json', 403],
])('while the database is away, an event at %s is answered %d, on which clients retry', async (path, status) => {
  const { key } = await integration();
  const url = 'postgres://nobody@127.0.0.1:1/none';
  const nowhere = connect(url, { poolMax: 2 });
  const away = await alertsHarness({ url, db: nowhere });
  const answer = await request(away.app())
    .post(path)
    .send({ routing_key: key, service_key: key, ...trigger(), event_type: 'trigger', description: 'd' });
  expect([answer.status, answer.headers['retry-after'], answer.body.status]).toEqual([status, '2', 'throttled']);
  await nowhere.destroy();
  await away.drop();
});

test('an event of version 1 is answered 200 with its key', async () => {
  const { key, at, alerts } = await integration();
  const path = '/generic/2010-04-15/create_event.json';
  const event = { service_key: key, event_type: 'trigger', incident_key: 'k', description: 'FAILURE' };
  const { status, body } = await at(path, event);
  expect([status, body]).toEqual([200, { status: 'success', message: 'Event processed', incident_key: 'k' }]);
  await at(path, { service_key: key, event_type: 'resolve', incident_key: 'k' });
  expect(await alerts()).toMatchObject([{ status: 'resolved', severity: 'critical' }]);
});

test('a change event is answered 202, and opens no alert', async () => {
  const { enqueue, alerts } = await integration();
  const payload = { summary: 'Deployed', source: 'ci', custom_details: { service: 'checkout' } };
  const { status, body } = await enqueue({ payload }, '/v2/change/enqueue/');
  expect([status, body]).toEqual([202, { status: 'success', message: 'Change event processed' }]);
  expect(await alerts()).toEqual([]);
});

test('the key alone identifies an alert, whatever the service, and each integration has keys of its own', async () => {
  const { enqueue, alerts } = await integration();
  const of = (service: string) => trigger({ payload: { ...trigger().payload, custom_details: { service } } });
  await enqueue(of('shop'));
  await enqueue(of('search'));
  expect(await alerts()).toMatchObject([{ service: 'shop', count: 2 }]);
  const other = await integration();
  await other.enqueue(of('shop'));
  expect(await other.alerts()).toHaveLength(1);
});
