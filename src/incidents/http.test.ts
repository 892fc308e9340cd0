import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import request from 'supertest';
import { appOf, someone } from '../testing/http';
import { alertOf, type IncidentsHarness, incidentsHarness, JANE, openedBy } from '../testing/incidents';
import { incidentsContract } from './contract';

let harness: IncidentsHarness;
let app: Express;
beforeAll(async () => {
  harness = await incidentsHarness();
  app = appOf(incidentsContract, harness.port);
});
afterAll(() => harness.end());

const API = '/api/v1/incidents';
const valid = () => ({ title: 'Phones are dead', service: alertOf().service, severity: 'high' });
const rows = async () => Number((await harness.db('incidents').count({ n: '*' }).first())!['n']);

test('an incident is created with 201 and read back with everything that belongs to it', async () => {
  const made = await request(app)
    .post(API)
    .send({ ...valid(), type: 'ignored' });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ status: 'open', severity: 'high', assigned_to: JANE.name, mtta_seconds: null });
  expect(made.body.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const read = await request(app).get(`${API}/${made.body.id}`);
  expect(read.status).toBe(200);
  expect(read.body).toMatchObject({ id: made.body.id, alerts: [], alerts_total: 0, notes: [] });
  expect(read.body.timeline.map((entry: { event_type: string }) => entry.event_type)).toEqual(['created', 'assigned']);
});

test('an invalid id is 400, an unknown one is 404, also in another notation', async () => {
  const paths = (id: string) => [
    request(app).get(`${API}/${id}`),
    request(app).patch(`${API}/${id}`).send({}),
    request(app).get(`${API}/${id}/metrics`),
    request(app).get(`${API}/${id}/timeline`),
    request(app).post(`${API}/${id}/notes`).send({ content: 'x' }),
    request(app).post(`${API}/${id}/link-alert`).send({}),
    request(app).post(`${API}/${id}/escalate`).send({}),
  ];
  for (const answer of await Promise.all(paths('stats'))) {
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toBe('Invalid incident ID format');
  }
  const known = await openedBy(harness);
  for (const id of [randomUUID(), known.replaceAll('-', ''), `%7B${known}%7D`]) {
    for (const answer of await Promise.all(paths(id))) {
      expect(answer.status).toBe(404);
      expect(answer.body.detail).toBe('Incident not found');
    }
  }
});

test('an id in capitals names the same incident', async () => {
  const id = await openedBy(harness);
  const answer = await request(app).get(`${API}/${id.toUpperCase()}`);
  expect([answer.status, answer.body.id]).toEqual([200, id]);
});

test('a transition that is not allowed is 409 with the sentence clients know', async () => {
  const id = await openedBy(harness);
  await request(app).patch(`${API}/${id}`).send({ status: 'RESOLVED ' }).expect(200);
  const answer = await request(app).patch(`${API}/${id}`).send({ status: 'open' });
  expect(answer.status).toBe(409);
  expect(answer.type).toBe('application/problem+json');
  expect(answer.body.detail).toBe("Cannot transition from 'resolved' to 'open'. Allowed: none (terminal state)");
});

const NUL = 'a\0b';
const deep = JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`);
const faults: [field: string, value: unknown][] = [
  ...[undefined, null, 7, '', '   ', 'x'.repeat(501), NUL, '\ud800', deep].map((v): [string, unknown] => ['title', v]),
  ...[undefined, null, 7, '', '   ', 'x'.repeat(256), NUL, {}].map((v): [string, unknown] => ['service', v]),
  ...[undefined, null, 7, '', 'catastrophic', NUL, []].map((v): [string, unknown] => ['severity', v]),
  ...[7, 'x'.repeat(256), NUL, '\ud800', {}, deep].map((v): [string, unknown] => ['assigned_to', v]),
];

test.each(faults)('a bad %s is refused by its name, and nothing is stored: %#', async (field, value) => {
  const before = await rows();
  const answer = await request(app)
    .post(API)
    .send({ ...valid(), [field]: value });
  expect(answer.status).toBe(422);
  expect(answer.body.errors.some(({ path }: { path: string }) => path.startsWith(field))).toBe(true);
  expect(await rows()).toBe(before);
});

test('all faulty fields are named at once', async () => {
  const answer = await request(app).post(API).send({ severity: 'x' });
  expect(answer.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(['service', 'severity', 'title']);
});

test.each([
  ['status', 'closed'],
  ['status', 3],
  ['notes', 'x'.repeat(5001)],
  ['notes', NUL],
  ['notes', ['x']],
  ['assigned_to', 'x'.repeat(256)],
  ['assigned_to', '\udfff'],
])('a change with a bad %s is refused by its name: %#', async (field, value) => {
  const id = await openedBy(harness);
  const answer = await request(app)
    .patch(`${API}/${id}`)
    .send({ [field]: value });
  expect(answer.status).toBe(422);
  expect(answer.body.errors[0].path).toBe(field);
});

test.each([
  ['an array', '[]'],
  ['a number', '5'],
  ['null', 'null'],
  ['a key called __proto__', '{"__proto__":{"status":"resolved"}}'],
  ['no JSON at all', '{"status":'],
])('a body that is %s ends in a 4xx', async (_what, body) => {
  const id = await openedBy(harness);
  for (const sent of [request(app).post(API), request(app).patch(`${API}/${id}`)]) {
    const answer = await sent.set('content-type', 'application/json').send(body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  }
});

test('a note must not be blank', async () => {
  const id = await openedBy(harness);
  for (const content of [undefined, null, 3, '', '  \n ', NUL, 'x'.repeat(20_001)]) {
    const answer = await request(app).post(`${API}/${id}/notes`).send({ content });
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].path).toBe('content');
  }
  const answer = await request(app).post(`${API}/${id}/notes`).send({ content: '   ' });
  expect(answer.body.detail).toContain('Note content cannot be empty');
  await request(app).post(`${API}/${id}/notes`).send({ content: 'ok', author: null }).expect(422);
  await request(app).post(`${API}/${id}/notes`).send({ content: ' ok ' }).expect(201);
});

test.each([
  'page=0',
  'page=x',
  'page=1e20',
  'page=-1',
  'per_page=0',
  'per_page=201',
  'page=900000&per_page=200',
  'page=1.5',
])('a list asked for with %s is refused', async (query) => {
  const answer = await request(app).get(`${API}?${query}`);
  expect(answer.status).toBe(422);
  expect(answer.body.errors[0].path).toMatch(/page/);
});

test('a list has pages in a stable order, newest first, and filters by service, severity and status', async () => {
  const { service } = alertOf();
  const ids: string[] = [];
  for (const severity of ['low', 'high', 'low'] as const) {
    ids.push((await harness.port.create({ ...valid(), service, severity }, someone())).id);
    harness.clock.advance(1_000);
  }
  const list = async (query: string) => (await request(app).get(`${API}?service=${service}&${query}`).expect(200)).body;
  const idsOf = (body: { incidents: { id: string }[] }) => body.incidents.map(({ id }) => id);
  expect(idsOf(await list(''))).toEqual([...ids].reverse());
  const second = await list('per_page=2&page=2');
  expect([second.total, second.page, second.per_page, idsOf(second)]).toEqual([3, 2, 2, [ids[0]]]);
  expect(idsOf(await list('severity=LOW'))).toEqual([ids[2], ids[0]]);
  await harness.port.update({ id: ids[1]!, status: 'resolved' }, someone());
  expect(idsOf(await list('status=resolved'))).toEqual([ids[1]]);
  expect(await list('status=gone')).toMatchObject({ total: 0, incidents: [] });
});

test('a list by status alone counts as the table does', async () => {
  for (const status of ['open', 'resolved', 'gone']) {
    const { body } = await request(app).get(`${API}?status=${status}&per_page=200`);
    const [{ n }] = (await harness.db('incidents').where({ status }).count({ n: '*' })) as [{ n: number }];
    expect(body.total).toBe(n);
  }
  const { body } = await request(app).get(API);
  expect(body.total).toBe(await rows());
});

test('filters with strange characters find nothing or are refused, and never break', async () => {
  await request(app).get(`${API}?service=%27%3B%20drop%20table%20incidents`).expect(200);
  await request(app).get(`${API}?service=%00`).expect(422);
  await request(app)
    .get(`${API}?service=${'x'.repeat(300)}`)
    .expect(422);
  await request(app).get(`${API}?service=a&service=b`).expect(200);
});

test('the times of one incident have their own operation', async () => {
  const id = await openedBy(harness);
  harness.clock.advance(30_000);
  await request(app).patch(`${API}/${id}`).send({ status: 'acknowledged' }).expect(200);
  const { body } = await request(app).get(`${API}/${id}/metrics`).expect(200);
  expect(body).toEqual({
    incident_id: id,
    status: 'acknowledged',
    mtta_seconds: 30,
    mttr_seconds: null,
    created_at: expect.any(String),
    acknowledged_at: expect.any(String),
    resolved_at: null,
  });
});

test('find-open requires service and severity, and limits the window', async () => {
  await request(app).get(`${API}/find-open?service=x`).expect(422);
  await request(app).get(`${API}/find-open?service=x&severity=high&window_minutes=99999999999`).expect(422);
  const { body } = await request(app).get(`${API}/find-open?service=nobody&severity=HIGH`).expect(200);
  expect(body).toEqual({ incident_id: null });
});

test('escalating requires a team and an incident', async () => {
  const answer = await request(app).post('/api/v1/escalate').send({});
  expect(answer.status).toBe(422);
  expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(['team', 'incident_id']);
  await request(app).post('/api/v1/escalate').send({ team: 'x', incident_id: 'y', reason: '' }).expect(422);
});

test('an unreachable oncall is 503 with Retry-After, without internal details', async () => {
  harness.below.away = true;
  const answer = await request(app).post('/api/v1/escalate').send({ team: 'x', incident_id: 'INT-1' });
  harness.below.away = false;
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBeDefined();
});

test('an unavailable database is 503 and never an error of SQL', async () => {
  const lonely = await incidentsHarness();
  const its = appOf(incidentsContract, lonely.port);
  await lonely.end();
  const answer = await request(its).get(API);
  expect(answer.status).toBe(503);
  expect(JSON.stringify(answer.body)).not.toMatch(/select|relation|incidents i/i);
});
