import { createHash } from 'node:crypto';
import request from 'supertest';
import { minutes } from '../kernel/clock';
import { connect } from '../kernel/db/pool';
import { type AlertsHarness, alertsHarness } from '../testing/alerts';
import { someone } from '../testing/http';

let harness: AlertsHarness;
let app: ReturnType<AlertsHarness['app']>;

beforeAll(async () => {
  harness = await alertsHarness();
  app = harness.app();
});
afterAll(() => harness.drop());

const valid = { service: 'pay', severity: 'high', message: 'Disk full' };
const post = (body: object | string, path = '/api/v1/alerts') =>
  request(app).post(path).set('Content-Type', 'application/json').send(body);
const stored = async () => Number((await harness.database.db('alerts').count())[0]?.['count']);

/** Objects nested to a depth. */
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

test.each<[string, object | string, string]>([
  ['no service', { ...valid, service: undefined }, 'service'],
  ['a service that is a number', { ...valid, service: 7 }, 'service'],
  ['a blank service', { ...valid, service: '   ' }, 'service'],
  ['a service too long', { ...valid, service: 'x'.repeat(256) }, 'service'],
  ['NUL in the service', { ...valid, service: 'a\0b' }, 'service'],
  ['half a character in the service', '{"service":"\\ud800","severity":"high","message":"m"}', 'service'],
  ['no severity', { ...valid, severity: undefined }, 'severity'],
  ['a severity of another vocabulary', { ...valid, severity: 'urgent' }, 'severity'],
  ['a severity that is a list', { ...valid, severity: ['high'] }, 'severity'],
  ['no message', { ...valid, message: undefined }, 'message'],
  ['an empty message', { ...valid, message: '' }, 'message'],
  ['a blank message', { ...valid, message: ' \n ' }, 'message'],
  ['a message too long', { ...valid, message: 'x'.repeat(2001) }, 'message'],
  ['NUL in the message', { ...valid, message: '\0' }, 'message'],
  ['null for labels', { ...valid, labels: null }, 'labels'],
  ['labels that are a list', { ...valid, labels: ['a'] }, 'labels'],
  ['a label that is an object', { ...valid, labels: { a: {} } }, 'labels.a'],
  ['a label too long', { ...valid, labels: { a: 'x'.repeat(1025) } }, 'labels.a'],
  ['a label name too long', { ...valid, labels: { ['k'.repeat(129)]: 'v' } }, `labels.${'k'.repeat(129)}`],
  ['NUL in a label name', { ...valid, labels: { 'a\0': 'v' } }, 'labels.a\\0'],
  ['a number beyond all numbers', '{"service":"a","severity":"low","message":"m","labels":{"n":1e999}}', 'labels.n'],
  [
    'a label named __proto__',
    '{"service":"a","severity":"low","message":"m","labels":{"__proto__":1}}',
    'labels.__proto__',
  ],
  ['65 labels', { ...valid, labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, i])) }, 'labels'],
  ['a source too long', { ...valid, source: 'x'.repeat(256) }, 'source'],
  ['null for the source', { ...valid, source: null }, 'source'],
  ['a day for a timestamp', { ...valid, timestamp: '2026-01-01' }, 'timestamp'],
  ['a day that does not exist', { ...valid, timestamp: '2026-02-30T00:00:00Z' }, 'timestamp'],
  ['a timestamp without its zone', { ...valid, timestamp: '2026-02-03T00:00:00' }, 'timestamp'],
  ['a timestamp before all years', { ...valid, timestamp: '0001-01-01T00:00:00+14:00' }, 'timestamp'],
  ['a timestamp after all years', { ...valid, timestamp: '9999-12-31T23:59:59-14:00' }, 'timestamp'],
  ['a timestamp that is a number', { ...valid, timestamp: 5 }, 'timestamp'],
  ['an empty dedup_key', { ...valid, dedup_key: '' }, 'dedup_key'],
  ['a dedup_key too long', { ...valid, dedup_key: 'x'.repeat(256) }, 'dedup_key'],
])('a report with %s is 422, names the field and stores nothing', async (_name, body, path) => {
  const before = await stored();
  const answer = await post(body);
  expect([answer.status, answer.type]).toEqual([422, 'application/problem+json']);
  expect(answer.body.errors.map((fault: { path: string }) => fault.path)).toContain(path);
  expect(await stored()).toBe(before);
});

test('the answer names all faults of a report', async () => {
  const { body } = await post({ severity: 'x', message: '' });
  const paths = new Set<string>(body.errors.map((fault: { path: string }) => fault.path));
  expect([...paths].sort()).toEqual(['message', 'service', 'severity']);
  expect(body).toMatchObject({ status: 422, title: 'Invalid input', type: 'urn:tocsin:problem:invalid' });
});

test('the answer to an unknown severity lists the known ones', async () => {
  const { body } = await post({ ...valid, severity: 'urgent' });
  expect(body.detail).toBe('severity: severity must be one of critical, high, medium, low');
});

test.each([
  ['broken JSON', '{"service":', 400],
  ['a list', '[]', 422],
  ['text', '"x"', 422],
  ['null', 'null', 422],
  ['what is nested without end', `{"labels":${nested(5_000)}}`, 422],
  ['more than a report may weigh', JSON.stringify({ ...valid, x: 'x'.repeat(1_100_000) }), 413],
])('%s is refused', async (_name, body, status) => expect((await post(body)).status).toBe(status));

test('a body with another content type than JSON is refused', async () => {
  const { status, body } = await request(app).post('/api/v1/alerts').set('Content-Type', 'text/plain').send('{}');
  expect([status, body.errors[0].message]).toEqual([422, 'Send a JSON body with Content-Type: application/json']);
});

test('unknown fields are ignored', async () => {
  expect((await post({ ...valid, type: 'x', id: 'mine' })).status).toBe(201);
});

test('a report with every field at its limit is stored unchanged', async () => {
  const labels = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`${'k'.repeat(120)}${i}`, 'v'.repeat(1024)]));
  const sent = {
    service: 's'.repeat(255),
    severity: 'low',
    message: '🔥'.repeat(1000),
    source: 'x'.repeat(255),
    labels,
  };
  const { status, body } = await post({ ...sent, dedup_key: 'd'.repeat(255) });
  expect(status).toBe(201);
  expect((await request(app).get(`/api/v1/alerts/${body.alert_id}`)).body).toMatchObject(sent);
});

test('labels keep numbers, booleans, and names such as constructor', async () => {
  const labels = { n: 0.1, big: 1e300, yes: false, constructor: 'c', toString: 't', '': undefined };
  const { body } = await post({ ...valid, message: 'typed', labels });
  expect((await request(app).get(`/api/v1/alerts/${body.alert_id}`)).body.labels).toEqual({
    n: 0.1,
    big: 1e300,
    yes: false,
    constructor: 'c',
    toString: 't',
  });
});

test.each([
  ['no list', {}, 'alerts'],
  ['an empty list', { alerts: [] }, 'alerts'],
  ['what is no list', { alerts: 'x' }, 'alerts'],
])('a batch of %s is 422', async (_name, body, path) => {
  const answer = await post(body, '/api/v1/alerts/batch');
  expect([answer.status, answer.body.errors[0].path]).toEqual([422, path]);
});

test('a batch of faulty items has a result for each of them', async () => {
  const body = `{"alerts":[null,7,{},{"labels":${nested(100)}},{"__proto__":1}]}`;
  const answer = await post(body, '/api/v1/alerts/batch');
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ accepted: 0, rejected: 5 });
  for (const { errors } of answer.body.results) expect(errors.length).toBeGreaterThan(0);
});

test.each([
  ['not-an-id', 400, 'Invalid alert ID format'],
  ['%00', 400, undefined],
  ['6F9619FF8B86D011B42D00C04FC964FF', 404, 'Alert not found'],
  ['{6f9619ff-8b86-d011-b42d-00c04fc964ff}', 404, 'Alert not found'],
  ['6f9619ff-8b86-4011-b42d-00c04fc964ff', 404, 'Alert not found'],
])('the alert %s is %d', async (id, status, detail) => {
  const answer = await request(app).get(`/api/v1/alerts/${id}`);
  expect(answer.status).toBe(status);
  if (detail) expect(answer.body.detail).toBe(detail);
});

test('an alert is found by its id in capitals', async () => {
  const { body } = await post(valid);
  const answer = await request(app).get(`/api/v1/alerts/${body.alert_id.toUpperCase()}`);
  expect([answer.status, answer.body.id]).toEqual([200, body.alert_id]);
});

test('alerts are listed newest first, and no alert is on two pages', async () => {
  for (let i = 0; i < 5; i++) {
    harness.clock.advance(minutes(1));
    await post({ ...valid, service: 'paged', message: `m${i}` });
  }
  harness.clock.advance(minutes(1));
  await Promise.all([5, 6].map((i) => post({ ...valid, service: 'paged', message: `m${i}` })));
  const pages = [1, 2, 3, 4].map(async (page) => {
    const { body } = await request(app).get('/api/v1/alerts').query({ service: 'PAGED', page, per_page: 2 });
    expect(body).toMatchObject({ total: 7, page, per_page: 2 });
    return body.alerts.map(({ id }: { id: string }) => id);
  });
  const ids = (await Promise.all(pages)).flat();
  expect(new Set(ids).size).toBe(7);
  const { body } = await request(app).get('/api/v1/alerts?service=paged');
  expect(body.alerts.map(({ id }: { id: string }) => id)).toEqual(ids);
  expect(body.alerts.slice(2).map(({ message }: { message: string }) => message)).toEqual([
    'm4',
    'm3',
    'm2',
    'm1',
    'm0',
  ]);
});

test('alerts are found by service, severity, status and incident', async () => {
  const { body: one } = await post({ service: 'found', severity: 'low', message: 'one' });
  await post({ service: 'found', severity: 'medium', message: 'two' });
  const total = async (query: object) => (await request(app).get('/api/v1/alerts').query(query)).body.total;
  expect(await total({ service: 'found' })).toBe(2);
  expect(await total({ service: 'found', severity: 'LOW' })).toBe(1);
  expect(await total({ service: 'found', status: 'firing' })).toBe(2);
  expect(await total({ service: 'found', status: 'resolved' })).toBe(0);
  expect(await total({ incident_id: one.incident_id })).toBe(1);
  expect(await total({ severity: 'unheard-of' })).toBe(0);
});

test.each([
  ['page=0', 'page'],
  ['page=x', 'page'],
  ['page=1e20', 'page'],
  ['page=1.5', 'page'],
  ['page=10000&per_page=200', 'page'],
  ['per_page=0', 'per_page'],
  ['per_page=201', 'per_page'],
  ['incident_id=x', 'incident_id'],
  ['service=%00', 'service'],
  [`service=${'x'.repeat(256)}`, 'service'],
])('a list asked for with %s is 422 and names the field', async (query, path) => {
  const answer = await request(app).get(`/api/v1/alerts?${query}`);
  expect([answer.status, answer.body.errors[0].path]).toEqual([422, path]);
});

test('while the database is unavailable a report is answered 503 with Retry-After', async () => {
  const nowhere = connect('postgres://nobody@127.0.0.1:1/none', { poolMax: 2 });
  const away = await alertsHarness({ db: nowhere, url: 'postgres://nobody@127.0.0.1:1/none' });
  const answer = await request(away.app()).post('/api/v1/alerts').send(valid);
  expect([answer.status, answer.type]).toEqual([503, 'application/problem+json']);
  expect(answer.headers['retry-after']).toBe('2');
  await nowhere.destroy();
  await away.drop();
});

const admin = someone({ actor: 'root', role: 'admin' });

test('the key of an integration is shown once and stored as a hash', async () => {
  const { status, body } = await request(harness.app(admin)).post('/api/v1/integrations').send({ name: ' Prod AM ' });
  expect(status).toBe(201);
  expect(body).toMatchObject({ name: 'Prod AM', format: 'alertmanager', created_by: 'root', revoked_at: null });
  expect(body.url).toBe(`https://tocsin.example/api/v1/integrations/${body.key}/alertmanager`);
  expect(body.key.startsWith(body.key_prefix)).toBe(true);
  expect(body.key).toMatch(/^[0-9a-f]{32}$/);
  const [row] = await harness.database.db('integrations').where({ id: body.id });
  expect(row.key_hash).toBe(createHash('sha256').update(body.key).digest('hex'));
  const listed = await request(app).get('/api/v1/integrations');
  expect(listed.text).not.toContain(body.key);
  expect(listed.body.integrations).toContainEqual(
    expect.objectContaining({ id: body.id, key_prefix: body.key_prefix }),
  );
});

test.each([
  [{}, 'name'],
  [{ name: ' ' }, 'name'],
  [{ name: 'x'.repeat(256) }, 'name'],
  [{ name: 'a\0' }, 'name'],
  [{ name: 7 }, 'name'],
  [{ name: 'x', format: 'carrier-pigeon' }, 'format'],
])('an integration of %p is 422', async (body, path) => {
  const answer = await request(app).post('/api/v1/integrations').send(body);
  expect([answer.status, answer.body.errors[0].path]).toEqual([422, path]);
});

const named = (name: string) => request(harness.app(admin)).post('/api/v1/integrations').send({ name });

test.each(['system', 'Ｓystem', 'аnonymous', 'gate\u200bway', 'tocsin'])(
  'an integration cannot be named %p, as Tocsin itself is',
  async (name) => {
    const { status, body } = await named(name);
    expect([status, body.errors?.[0].path]).toEqual([422, 'name']);
  },
);

test('a name that looks like that of another integration is refused until that one is revoked', async () => {
  const { body: made } = await named('Prod Cluster').expect(201);
  const { body: again } = await named('Prod Cluster').expect(201);
  for (const look of ['prod cluster', 'Рrоd Cluster', 'Prod\u200b Cluster', 'Ｐrod Cluster']) {
    const { status, body } = await named(look);
    expect([look, status, body.detail]).toEqual([look, 409, expect.stringContaining("'Prod Cluster'")]);
  }
  for (const { id } of [made, again])
    await request(harness.app(admin)).delete(`/api/v1/integrations/${id}`).expect(200);
  await named('prod cluster').expect(201);
});

test('of two integrations with names that look alike, created at the same time, one is refused', async () => {
  const both = await Promise.all(['twin', 'Twin'].map((name) => named(name)));
  expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
});

test('revoking a second time changes nothing', async () => {
  const { id } = await harness.alerts.port.createIntegration({ name: 'brief' }, admin);
  const first = await request(app).delete(`/api/v1/integrations/${id}`);
  harness.clock.advance(minutes(1));
  const second = await request(app).delete(`/api/v1/integrations/${id}`);
  expect([first.status, second.status, second.body]).toEqual([200, 200, first.body]);
  const events = await harness.database.db('events').where({ subject: id }).orderBy('id');
  expect(events.map(({ kind, actor }) => [kind, actor])).toEqual([
    ['integration_created', 'root'],
    ['integration_revoked', 'maria'],
  ]);
});

test.each([
  ['x', 400],
  ['6f9619ff-8b86-4011-b42d-00c04fc964ff', 404],
  ['6f9619ff8b864011b42d00c04fc964ff', 404],
])('revoking the integration %s is %d', async (id, status) => {
  expect((await request(app).delete(`/api/v1/integrations/${id}`)).status).toBe(status);
});
