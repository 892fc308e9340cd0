import request from 'supertest';
import { hours, minutes, seconds } from '../../kernel/clock';
import { connect } from '../../kernel/db/pool';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import capture from '../formats/fixtures/alertmanager-0.33.1.json';

let house: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  house = await alertsHarness();
});
afterEach(() => {
  house.incidents.mood = 'up';
});
afterAll(() => house.drop());

/** An integration of its own for each test, and its webhook. */
async function integration(name = `Alertmanager ${++serial}`) {
  const made = await house.alerts.port.createIntegration({ name }, someone({ actor: 'root', role: 'admin' }));
  const path = new URL(made.url).pathname;
  const post = (body: object | string, app = house.app()) =>
    request(app)
      .post(path)
      .set('Content-Type', 'application/json')
      .send(body as object);
  const alerts = () => house.database.db('alerts').where({ integration_id: made.id }).orderBy('created_at');
  return { ...made, path, post, alerts };
}

const firing = (fingerprint: string, over: object = {}) => ({
  status: 'firing',
  fingerprint,
  labels: { alertname: 'HighErrorRate', service: `w-${serial}`, severity: 'critical' },
  annotations: { summary: 'Errors' },
  startsAt: house.clock.now().toISOString(),
  endsAt: '0001-01-01T00:00:00Z',
  ...over,
});
const resolved = (fingerprint: string, over: object = {}) =>
  firing(fingerprint, { status: 'resolved', endsAt: house.clock.now().toISOString(), ...over });

test("Alertmanager's own story is told: two alerts fire, are repeated, and end with their incident", async () => {
  const { post, alerts } = await integration();
  const [fire, resolve] = capture.requests.map(({ json }) => json);
  house.clock.set('2026-11-23T09:00:00.000Z');
  const first = await post(fire as object);
  expect([first.status, first.body]).toEqual([200, { accepted: 2, resolved: 0, ignored: 0 }]);
  expect((await post(fire as object)).body).toEqual({ accepted: 2, resolved: 0, ignored: 0 });
  expect(await alerts()).toMatchObject([
    { count: 2, status: 'firing', service: 'checkout' },
    { count: 2, status: 'firing' },
  ]);
  expect((await post(resolve as object)).body).toEqual({ accepted: 0, resolved: 2, ignored: 0 });
  expect((await post(resolve as object)).body).toEqual({ accepted: 0, resolved: 0, ignored: 2 });
  const ended = await alerts();
  expect(ended.map(({ status, ended_at }) => [status, ended_at.toISOString()])).toEqual([
    ['resolved', '2026-11-23T08:50:43.741Z'],
    ['resolved', '2026-11-23T08:50:43.741Z'],
  ]);
  await house.alerts.drain();
  expect(house.incidents.ended.map(({ alert_id }) => alert_id).sort()).toEqual(ended.map(({ id }) => id).sort());
});

test('incidents is told by the integration, under its name', async () => {
  const { name, post } = await integration();
  await post({ alerts: [firing('a')] });
  await post({ alerts: [resolved('a')] });
  await house.alerts.drain();
  expect(house.incidents.attached.at(-1)?.by).toMatchObject({ actor: name, kind: 'integration' });
  expect(house.incidents.ended.at(-1)?.by).toMatchObject({ actor: name, kind: 'integration' });
});

test('one delivery mixes firing and resolved alerts, and each goes by its own status', async () => {
  const { post, alerts } = await integration();
  await post({ alerts: [firing('a'), firing('b')] });
  const { body } = await post({ status: 'firing', alerts: [resolved('a'), firing('b'), firing('c')] });
  expect(body).toEqual({ accepted: 2, resolved: 1, ignored: 0 });
  expect((await alerts()).map(({ status }) => status).sort()).toEqual(['firing', 'firing', 'resolved']);
});

test('the last word on a condition counts where a delivery has two', async () => {
  const { post, alerts } = await integration();
  await post({ alerts: [firing('a')] });
  expect((await post({ alerts: [firing('a'), resolved('a')] })).body).toMatchObject({ accepted: 0, resolved: 1 });
  expect(await alerts()).toMatchObject([{ status: 'resolved' }]);
});

test('the end of what never fired is accepted and ignored', async () => {
  const { post, alerts } = await integration();
  const { status, body } = await post({ alerts: [resolved('never')] });
  expect([status, body]).toEqual([200, { accepted: 0, resolved: 0, ignored: 1 }]);
  expect(await alerts()).toEqual([]);
});

test('what fires again after its end is a new alert', async () => {
  const { post, alerts } = await integration();
  await post({ alerts: [firing('a')] });
  await post({ alerts: [resolved('a')] });
  house.clock.advance(minutes(5));
  await post({ alerts: [firing('a')] });
  expect((await alerts()).map(({ status, count }) => [status, count])).toEqual([
    ['resolved', 1],
    ['firing', 1],
  ]);
});

test('the late end of an earlier spell leaves the later one firing', async () => {
  const { post, alerts } = await integration();
  const late = resolved('a');
  house.clock.advance(minutes(5));
  await post({ alerts: [firing('a')] });
  expect((await post({ alerts: [late] })).body).toMatchObject({ resolved: 0, ignored: 1 });
  expect(await alerts()).toMatchObject([{ status: 'firing' }]);
});

test('an end that lies in the future has happened now', async () => {
  const { post, alerts } = await integration();
  await post({ alerts: [firing('a')] });
  const endsAt = new Date(house.clock.now().getTime() + hours(1)).toISOString();
  await post({ alerts: [resolved('a', { endsAt })] });
  expect(await alerts()).toMatchObject([{ ended_at: house.clock.now() }]);
});

test('one fingerprint of two integrations is two conditions', async () => {
  const one = await integration();
  const other = await integration();
  await one.post({ alerts: [firing('a')] });
  await other.post({ alerts: [firing('a')] });
  await one.post({ alerts: [resolved('a')] });
  expect(await one.alerts()).toMatchObject([{ status: 'resolved' }]);
  expect(await other.alerts()).toMatchObject([{ status: 'firing' }]);
});

const ids = (ended: readonly { alert_id: string }[]) => ended.map(({ alert_id }) => alert_id);

test('an alert that ended while incidents was away is attached first and ended then', async () => {
  const { post, alerts } = await integration();
  house.incidents.mood = 'down';
  await post({ alerts: [firing('a')] });
  await post({ alerts: [resolved('a')] });
  await house.alerts.drain();
  house.incidents.mood = 'up';
  const before = house.incidents.ended.length;
  for (let minute = 0; minute < 3; minute++) {
    house.clock.advance(minutes(1));
    await house.alerts.drain();
  }
  const [alert] = await alerts();
  expect(alert?.incident_id).toBe(house.incidents.incidentOf(alert?.id));
  expect(house.incidents.ended.length).toBeGreaterThan(before);
  expect(await house.database.db('jobs').whereNot({ kind: 'retention' })).toEqual([]);
});

test('an end that overtakes its alert on the way to incidents is told again until it arrives', async () => {
  const { post, alerts } = await integration();
  house.incidents.mood = 'down';
  await post({ alerts: [firing('a')] });
  house.incidents.mood = 'up';
  await post({ alerts: [resolved('a')] });
  await house.alerts.drain();
  const waiting = () => house.database.db('jobs').where({ kind: 'report-ended' });
  expect(await waiting()).toMatchObject([{ failures: 0, last_error: 'An alert is not attached yet.' }]);
  house.clock.advance(seconds(30));
  await house.alerts.drain();
  house.clock.advance(seconds(30));
  await house.alerts.drain();
  expect(await waiting()).toEqual([]);
  const [alert] = await alerts();
  const told = house.incidents.ended.filter(({ alert_id }) => alert_id === alert?.id);
  // The attachment and the end fall due together, in either order: the end may be too early once more.
  expect([2, 3]).toContain(told.length);
});

test('an end that was told before its alert, which is attached before anybody looks, is told again all the same', async () => {
  const { post, alerts } = await integration();
  house.incidents.mood = 'down';
  await post({ alerts: [firing('a')] });
  house.incidents.mood = 'up';
  await post({ alerts: [resolved('a')] });
  const told = jest.spyOn(house.incidents.port, 'alertsEnded');
  told.mockImplementationOnce(async ({ alerts: ended }) => {
    // Incidents answers that it does not know the alert; before the answer is here, the alert's own job is done.
    await house.database.db('alerts').whereIn('id', ids(ended)).update({ incident_id: crypto.randomUUID() });
    return { results: ended.map(({ alert_id }) => ({ alert_id, incident_id: null, incident_resolved: false })) };
  });
  await house.alerts.drain();
  house.clock.advance(minutes(1));
  await house.alerts.drain();
  const [alert] = await alerts();
  expect(told.mock.calls.filter(([{ alerts: ended }]) => ids(ended).includes(alert?.id))).toHaveLength(2);
  told.mockRestore();
});

test('a revoked key is refused at once, and what it reported stays', async () => {
  const { id, post, alerts } = await integration();
  await post({ alerts: [firing('a')] });
  const admin = someone({ actor: 'root', role: 'admin' });
  const { revoked_at } = await house.alerts.port.revokeIntegration({ id }, admin);
  expect(revoked_at).toBe(house.clock.now().toISOString());
  const answer = await post({ alerts: [firing('a')] });
  expect([answer.status, answer.body.detail]).toEqual([403, 'This integration has been revoked.']);
  expect(await alerts()).toHaveLength(1);
});

test('a key that another process revoked is refused within seconds', async () => {
  const { id, post } = await integration();
  expect((await post({ alerts: [] })).status).toBe(200);
  await house.another().port.revokeIntegration({ id }, someone());
  house.clock.advance(seconds(6));
  expect((await post({ alerts: [] })).status).toBe(403);
});

test('an unknown key is refused before the body is looked at, and its answer does not repeat it', async () => {
  const answer = await request(house.app())
    .post('/api/v1/integrations/tin_unknown/alertmanager')
    .set('Content-Type', 'application/json')
    .send('{broken');
  expect([answer.status, answer.type]).toEqual([403, 'application/problem+json']);
  expect(answer.text).not.toContain('tin_unknown');
});

test('an integration is seen when it was heard of, to ten seconds', async () => {
  const { id, post } = await integration();
  const seen = async () => (await house.database.db('integrations').where({ id }).first())?.last_seen_at;
  expect(await seen()).toBeNull();
  const first = house.clock.now();
  await post({ alerts: [] });
  house.clock.advance(seconds(9));
  await post({ alerts: [] });
  expect(await seen()).toEqual(first);
  house.clock.advance(seconds(1));
  await post({ alerts: [] });
  expect(await seen()).toEqual(house.clock.now());
});

test.each([
  ['no JSON', '{broken', 400, undefined],
  ['no object', '[]', 422, ''],
  ['no alerts', '{}', 422, 'alerts'],
  ['an alert that is none', '{"alerts":[{},3]}', 422, 'alerts.1'],
  ['more than four megabytes', JSON.stringify({ alerts: [], x: 'x'.repeat(4 * 1024 * 1024) }), 413, undefined],
])('a delivery with %s is refused and stores nothing', async (_name, body, status, path) => {
  const { post, alerts } = await integration();
  const answer = await post(body);
  expect([answer.status, answer.type]).toEqual([status, 'application/problem+json']);
  expect(answer.body.errors?.[0].path).toBe(path);
  expect(await alerts()).toEqual([]);
});

test('a delivery is read whatever its content type says', async () => {
  const { path } = await integration();
  const { status } = await request(house.app()).post(path).set('Content-Type', 'text/plain').send('{"alerts":[]}');
  expect(status).toBe(200);
});

test('a hostile delivery is stored as well as it can be', async () => {
  const { post, alerts } = await integration();
  const labels = `{"service":"x\\u0000y","__proto__":"p","l":"\\ud800","n":1e999,"deep":${'['.repeat(500)}${']'.repeat(500)}}`;
  const { status } = await post(`{"alerts":[{"labels":${labels},"startsAt":"0001-01-01T00:00:00Z"}]}`);
  expect(status).toBe(200);
  const [alert] = await alerts();
  expect(alert).toMatchObject({ service: 'xy', labels: { l: '�', n: 'Infinity' } });
  expect(alert?.incident_id ?? house.incidents.incidentOf(alert?.id)).toBeTruthy();
});

test('while the database is away a delivery is 503, so that Alertmanager sends it again', async () => {
  const nowhere = connect('postgres://nobody@127.0.0.1:1/none', { poolMax: 2 });
  const away = await alertsHarness({ db: nowhere, url: 'postgres://nobody@127.0.0.1:1/none' });
  const { path } = await integration();
  const answer = await request(away.app())
    .post(path)
    .send({ alerts: [firing('a')] });
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
  await nowhere.destroy();
  await away.drop();
});

test('a thousand alerts in one delivery are taken', async () => {
  const { post, alerts } = await integration();
  const many = Array.from({ length: 1_500 }, (_, i) => firing(`f${i}`));
  expect((await post({ alerts: many })).body).toEqual({ accepted: 1_500, resolved: 0, ignored: 0 });
  const over = many.map(({ fingerprint }) => resolved(fingerprint));
  expect((await post({ alerts: over })).body).toEqual({ accepted: 0, resolved: 1_500, ignored: 0 });
  await house.alerts.drain();
  const told = new Set(house.incidents.ended.map(({ alert_id }) => alert_id));
  expect((await alerts()).every(({ id }) => told.has(id))).toBe(true);
});
