import request from 'supertest';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import grafana from './fixtures/grafana-12.json';
import capture from './fixtures/oncall.json';
import type { FormatRequest } from './format';
import { readKapacitor, readWebhook } from './oncallEvents';

const asked = (body: unknown): FormatRequest => ({
  requestId: 'r',
  receivedAt: new Date(0),
  body,
  params: {},
  query: {},
  headers: {},
});
const read = (body: unknown, reader = readWebhook) => {
  const [event] = reader(asked(body)).events;
  if (!event) throw new Error('There is one event.');
  return event;
};

test('recorded requests of each type are read: an alert fires and ends under one key', () => {
  const events = capture.requests.map(({ type, json }) =>
    read(json, type === 'kapacitor' ? readKapacitor : readWebhook),
  );
  expect(events.map(({ key, status, report }) => [key, status, report.service, report.severity])).toEqual([
    ['08d6891a-835c-e661-39fa-96b6a9e26552', 'firing', 'checkout', 'critical'],
    ['08d6891a-835c-e661-39fa-96b6a9e26552', 'resolved', 'checkout', 'critical'],
    ['web-1', 'firing', 'web-1', 'medium'],
    ['web-1', 'resolved', 'web-1', 'medium'],
    ['cpu:host=web-1', 'firing', 'web-1', 'critical'],
    ['cpu:host=web-1', 'resolved', 'web-1', 'low'],
  ]);
  expect(events[0]?.report).toMatchObject({
    message: 'TestAlert: The whole system is down',
    generator_url: 'https://status.example/downtime',
    annotations: {
      description: 'The last request was answered 4 minutes ago.',
      image: 'https://images.example/down.png',
    },
  });
  expect(events[4]?.report).toMatchObject({ labels: { host: 'web-1' }, timestamp: '2026-10-12T09:51:03.000Z' });
});

test.each(['ok', 'OK', ' Ok '])('the state %p ends the alert', (state) =>
  expect(read({ title: 't', state }).status).toBe('resolved'),
);

test.each(['alerting', undefined, null, 1, 'okay'])('the state %p does not end it', (state) =>
  expect(read({ title: 't', state }).status).toBe('firing'),
);

test('without a title and a uid, the whole event without its state is the condition', () => {
  const { key } = read({ host: 'a', text: 'x' });
  expect(read({ text: 'x', host: 'a', state: 'ok' }).key).toBe(key);
  expect(read({ text: 'y', host: 'a' }).key).not.toBe(key);
});

test('other plain fields are labels', () =>
  expect(read({ title: 't', env: 'prod', n: 1, deep: {} }).report.labels).toEqual({ env: 'prod', n: 1 }));

describe('at the paths of OnCall', () => {
  let harness: AlertsHarness;
  let serial = 0;
  beforeAll(async () => {
    harness = await alertsHarness();
  });
  afterAll(() => harness.drop());

  async function integration() {
    const input = { name: `OnCall ${++serial}`, format: 'grafana_oncall' as const };
    const made = await harness.alerts.port.createIntegration(input, someone({ actor: 'root', role: 'admin' }));
    return {
      send: (type: string, body: object) =>
        request(harness.app()).post(`/integrations/v1/${type}/${made.key}/`).send(body),
      alerts: () => harness.database.db('alerts').where({ integration_id: made.id }).orderBy('created_at'),
    };
  }

  test('an event is answered 200 with the text Ok.', async () => {
    const { send, alerts } = await integration();
    const { status, body } = await send('webhook', { title: 'web-1 is down', state: 'alerting' });
    expect([status, body]).toEqual([200, 'Ok.']);
    expect(await alerts()).toMatchObject([{ status: 'firing', message: 'web-1 is down' }]);
    await send('webhook', { title: 'web-1 is up', state: 'ok' });
    expect(await alerts()).toMatchObject([{ status: 'resolved' }]);
  });

  test('a group of Grafana opens an alert for each of its alerts', async () => {
    const { send, alerts } = await integration();
    const { status, body } = await send('grafana_alerting', grafana.requests[0]?.json as object);
    expect([status, body]).toEqual([200, 'Ok.']);
    expect(await alerts()).toHaveLength(2);
  });

  test('an unknown token is refused and not repeated', async () => {
    const answer = await request(harness.app()).post('/integrations/v1/webhook/unknown-token/').send({ title: 't' });
    expect(answer.status).toBe(403);
    expect(answer.text).not.toContain('unknown-token');
  });
});
