import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import request from 'supertest';
import { seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';

/** Search, facets and counters of alerts, their history, and rejected payloads of integrations. */

let harness: AlertsHarness;
let app: Express;
beforeAll(async () => {
  harness = await alertsHarness();
  app = harness.app();
});
beforeEach(() => harness.database.db('alerts').delete());
afterAll(() => harness.drop());

const valid = { service: 'checkout', severity: 'high', message: 'Payments fail' };
const send = async (over: object = {}, as = app) =>
  (
    await request(as)
      .post('/api/v1/alerts')
      .send({ ...valid, ...over })
      .expect(201)
  ).body.alert_id as string;
const ask = async (path: string) => (await request(app).get(`/api/v1/alerts${path}`).expect(200)).body;
const found = async (query: string) => (await ask(`?${query}`)).alerts.map(({ id }: { id: string }) => id);

test.each([
  ['q=PAYMENTS%20f', true],
  ['q=check', true],
  ['q=%25', false],
  ['q=_', false],
  ['source=grafana', true],
  ['label=env:prod', true],
  ['label=env:prod,zone:7', true],
  ['label=env:prod,zone:8', false],
  ['label=env:', false],
  ['status=firing', true],
  ['from=2026-01-05T09:00:00Z&to=2026-01-05T09:00:00.001Z', true],
  ['to=2026-01-05T09:00:00Z', false],
])('the list with %s contains the alert: %s', async (query, there) => {
  harness.clock.set('2026-01-05T09:00:00.000Z');
  const id = await send({ source: 'grafana', labels: { env: 'prod', zone: 7 } });
  await harness.alerts.drain();
  expect(await found(query)).toEqual(there ? [id] : []);
});

test('a search finds an alert by the beginning of its id', async () => {
  const id = await send();
  await send({ message: 'another' });
  expect(await found(`q=${id.slice(0, 23)}`)).toEqual([id]);
});

test('a list is sorted by the given column and order', async () => {
  const low = await send({ severity: 'low' });
  harness.clock.advance(seconds(1));
  const critical = await send({ severity: 'critical' });
  harness.clock.advance(seconds(1));
  await send({ severity: 'low' });
  expect(await found('')).toEqual([critical, low]);
  expect(await found('order=asc')).toEqual([low, critical]);
  expect(await found('sort=severity')).toEqual([critical, low]);
  expect(await found('sort=last_seen_at')).toEqual([low, critical]);
  expect(await found('sort=count&order=desc')).toEqual([low, critical]);
});

test.each(['label=env', 'label=:x', 'label=a:b,,', 'sort=message', 'order=x', 'from=1', 'integration_id=x'])(
  'a list or facets asked for with %s are refused',
  async (query) => {
    const answer = await request(app).get(`/api/v1/alerts?${query}`).expect(422);
    expect(answer.body.errors[0].path).toBe(query.split('=')[0]);
  },
);

test('facets count the values of the alerts that match, the most common first', async () => {
  await send({ labels: { env: 'prod', zone: 'a' } });
  await send({ service: 'search', severity: 'low', labels: { env: 'prod' }, source: 'grafana' });
  await send({ service: 'search', message: 'slow', labels: { env: 'test' } });
  expect(await ask('/facets')).toEqual({
    counted: 3,
    labels_counted: 3,
    firing_incident_resolved: 0,
    firing_waiting: 0,
    firing_affected: 0,
    firing_muted: 0,
    firing_flapping: 0,
    status: [{ value: 'firing', count: 3 }],
    service: [
      { value: 'search', count: 2 },
      { value: 'checkout', count: 1 },
    ],
    severity: [
      { value: 'high', count: 2 },
      { value: 'low', count: 1 },
    ],
    source: [
      { value: 'api', count: 2 },
      { value: 'grafana', count: 1 },
    ],
    labels: [
      {
        key: 'env',
        count: 3,
        values: [
          { value: 'prod', count: 2 },
          { value: 'test', count: 1 },
        ],
      },
      { key: 'zone', count: 1, values: [{ value: 'a', count: 1 }] },
    ],
  });
  expect(await ask('/facets?service=search&label=env:test')).toMatchObject({ counted: 1 });
});

test('the facets status and severity ignore their own filter and apply all others', async () => {
  await send({ severity: 'low' });
  await send({ service: 'search', severity: 'low' });
  await send({ service: 'search', severity: 'high', message: 'slow' });
  expect(await ask('/facets?service=search&severity=high&status=resolved')).toMatchObject({ counted: 0, severity: [] });
  expect(await ask('/facets?service=search&severity=high')).toMatchObject({
    counted: 1,
    status: [{ value: 'firing', count: 1 }],
    severity: [
      { value: 'high', count: 1 },
      { value: 'low', count: 1 },
    ],
  });
  expect((await ask('/facets?status=resolved&q=slow')).status).toEqual([{ value: 'firing', count: 1 }]);
});

test('counters: all alerts, firing alerts, and alerts of the last 24 hours', async () => {
  harness.clock.set('2026-01-05T09:00:00.000Z');
  await send();
  harness.clock.set('2026-01-07T09:00:00.000Z');
  const id = await send({ severity: 'critical' });
  await harness.database.db('alerts').where({ id }).update({ status: 'resolved', ended_at: harness.clock.now() });
  expect(await ask('/stats')).toEqual({
    total: 2,
    firing: 1,
    firing_incident_resolved: 0,
    last_24h: 1,
    firing_by_severity: { critical: 0, high: 1, medium: 0, low: 0 },
  });
});

describe('the history of an alert', () => {
  test('lists re-reports with time, reporter and number', async () => {
    harness.clock.set('2026-01-05T09:00:00.000Z');
    const id = await send();
    harness.clock.set('2026-01-05T09:01:00.000Z');
    await send({}, harness.app(someone({ actor: 'joe' })));
    harness.clock.set('2026-01-05T09:02:00.000Z');
    await request(app)
      .post('/api/v1/alerts/batch')
      .send({ alerts: [valid, valid] })
      .expect(200);
    expect(await ask(`/${id}/reports`)).toEqual({
      alert_id: id,
      total: 4,
      first: {
        at: '2026-01-05T09:00:00.000Z',
        reported_by: 'maria',
        integration_id: null,
        severity: 'high',
        message: 'Payments fail',
      },
      texts: [],
      history: [
        {
          ...{ kind: 'first', at: '2026-01-05T09:00:00.000Z', severity: 'high', message: 'Payments fail' },
          ...{ annotations: {}, reported_by: 'maria', payload: null },
        },
      ],
      reports: [
        { at: '2026-01-05T09:02:00.000Z', reports: 2, reported_by: 'maria', integration_id: null },
        { at: '2026-01-05T09:01:00.000Z', reports: 1, reported_by: 'joe', integration_id: null },
      ],
    });
  });

  test('keeps the last 200 re-reports and counts all', async () => {
    const id = await send();
    for (let n = 0; n < 230; n++) {
      harness.clock.advance(seconds(1));
      await harness.alerts.port.receive(valid as never, someone());
    }
    const { total, reports } = await ask(`/${id}/reports`);
    expect([total, reports.length]).toEqual([231, 200]);
    expect(reports[0].at).toBe(harness.clock.now().toISOString());
  });

  test('is 404 for an unknown alert, and 400 if the id is no UUID', async () => {
    await request(app).get(`/api/v1/alerts/${randomUUID()}/reports`).expect(404);
    await request(app).get('/api/v1/alerts/x/reports').expect(400);
  });
});

describe('an integration', () => {
  const create = async (name = 'prometheus') =>
    (
      await request(harness.app(someone({ role: 'admin' })))
        .post('/api/v1/integrations')
        .send({ name })
    ).body as {
      id: string;
      url: string;
    };
  const post = (url: string, body: string) =>
    request(app).post(new URL(url).pathname).set('Content-Type', 'application/json').send(body);
  const rejected = async (id: string) =>
    (await request(app).get(`/api/v1/integrations/${id}/rejected`).expect(200)).body.rejected;

  test('shows rejected payloads with the reason, and masks secrets', async () => {
    harness.clock.set('2026-01-05T09:00:00.000Z');
    const { id, url } = await create();
    await post(url, '{"version":"4","token": "s3cret", "alerts').expect(400);
    await post(url, '{"alerts": "none", "password":"hunter2"}').expect(422);
    const [second, first] = await rejected(id);
    expect(first).toMatchObject({ at: '2026-01-05T09:00:00.000Z', reason: 'The body is not valid JSON.' });
    expect(first.body).toBe('{"version":"4","token": "…", "alerts');
    expect(second.body).toBe('{"alerts": "none", "password":"…"}');
    const { body } = await request(app).get('/api/v1/integrations').expect(200);
    expect(body.integrations.find((each: { id: string }) => each.id === id)).toMatchObject({
      rejections: 2,
      deliveries: 0,
    });
  });

  // Concatenated, so that secret scanners do not report this file.
  const base64 = (text: string) => Buffer.from(text).toString('base64url');
  test.each([
    ['an integration key', `tin_${'k3y'.repeat(10)}`],
    ['an API key', `tck_${'k3y'.repeat(10)}`],
    ['a JWT', [base64('{"alg":"HS256"}'), base64('{"sub":"1234567890"}'), 's1gnature'.repeat(4)].join('.')],
    ['a Slack address', ['https://hooks.slack.com', 'services', 'T0001', 'B0002', 's3cretpath'].join('/')],
    ['a user and password in an address', ['https://ada:', 'hunter2', '@db.example/x'].join('')],
  ])('masks %s by its shape, in a field with a harmless name', async (what, secret) => {
    const { id, url } = await create(what);
    await post(url, JSON.stringify({ alerts: 'none', note: `see ${secret} please` })).expect(422);
    await post(url, `{"note": "${secret}", broken`).expect(400);
    const rows = await rejected(id);
    expect(rows).toHaveLength(2);
    const hidden = /hunter2|s3cretpath|s1gnature|k3y/;
    for (const { body } of rows) expect([body, hidden.test(body)]).toEqual([body, false]);
  });

  test('keeps the last 50 payloads, 2 KB of each', async () => {
    const { id, url } = await create('noisy');
    await Promise.all(Array.from({ length: 60 }, (_, n) => post(url, `${n} ${'x'.repeat(4_000)}`).expect(400)));
    const rows = await rejected(id);
    expect(rows).toHaveLength(50);
    expect(rows[0].body).toHaveLength(2_048);
  });

  test('that is unknown is 404', async () => {
    await request(app).get(`/api/v1/integrations/${randomUUID()}/rejected`).expect(404);
    await request(app).get('/api/v1/integrations/x/rejected').expect(400);
  });
});
