import request from 'supertest';
import { hours, minutes, seconds } from '../../kernel/clock';
import { connect } from '../../kernel/db/pool';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import capture from '../formats/fixtures/alertmanager-0.33.1.json';

let harness: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(() => {
  harness.incidents.mood = 'up';
});
afterAll(() => harness.drop());

/** A new integration for each test, and its webhook. */
async function integration(name = `Alertmanager ${++serial}`) {
  const made = await harness.alerts.port.createIntegration({ name }, someone({ actor: 'root', role: 'admin' }));
  const path = new URL(made.url).pathname;
  const post = (body: object | string, app = harness.app()) =>
    request(app)
      .post(path)
      .set('Content-Type', 'application/json')
      .send(body as object);
  const alerts = () => harness.database.db('alerts').where({ integration_id: made.id }).orderBy('created_at');
  return { ...made, path, post, alerts };
}

const firing = (fingerprint: string, over: object = {}) => ({
  status: 'firing',
  fingerprint,
  labels: { alertname: 'HighErrorRate', service: `w-${serial}`, severity: 'critical' },
  annotations: { summary: 'Errors' },
  startsAt: harness.clock.now().toISOString(),
  endsAt: '0001-01-01T00:00:00Z',
  ...over,
});
const resolved = (fingerprint: string, over: object = {}) =>
  firing(fingerprint, { status: 'resolved', endsAt: harness.clock.now().toISOString(), ...over });

test('requests recorded from Alertmanager: two alerts fire, are repeated, and end with their incident', async () => {
  const { post, alerts } = await integration();
  const [fire, resolve] = capture.requests.map(({ json }) => json);
  harness.clock.set('2026-11-23T09:00:00.000Z');
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
  await harness.alerts.drain();
  expect(harness.incidents.ended.map(({ alert_id }) => alert_id).sort()).toEqual(ended.map(({ id }) => id).sort());
});

test('the caller of incidents is the integration, by its name', async () => {
  const { name, post } = await integration();
  await post({ alerts: [firing('a')] });
  await post({ alerts: [resolved('a')] });
  await harness.alerts.drain();
  expect(harness.incidents.attached.at(-1)?.by).toMatchObject({ actor: name, kind: 'integration' });
  expect(harness.incidents.ended.at(-1)?.by).toMatchObject({ actor: name, kind: 'integration' });
});

test('a delivery can mix firing and resolved alerts, each with its own status', async () => {
  const { post, alerts } = await integration();
  await post({ alerts: [firing('a'), firing('b')] });
  const { body } = await post({ status: 'firing', alerts: [resolved('a'), firing('b'), firing('c')] });
  expect(body).toEqual({ accepted: 2, resolved: 1, ignored: 0 });
  expect((await alerts()).map(({ status }) => status).sort()).toEqual(['firing', 'firing', 'resolved']);
});

test('a resolve in the same delivery as its firing is applied after it, wherever it is listed', async () => {
  const { post, alerts } = await integration();
  const [first, second] = [firing('a'), firing('b')];
  harness.clock.advance(minutes(1));
  const { body } = await post({ alerts: [first, resolved('a'), resolved('b'), second] });
  expect(body).toEqual({ accepted: 2, resolved: 2, ignored: 0 });
  expect(await alerts()).toMatchObject([{ status: 'resolved' }, { status: 'resolved' }]);
  await harness.alerts.drain();
  const ended = new Set(harness.incidents.ended.map(({ alert_id }) => alert_id));
  expect((await alerts()).every(({ id }) => ended.has(id))).toBe(true);
});

test('a resolve that ended before the firing of the same delivery began leaves that firing', async () => {
  const { post, alerts } = await integration();
  const over = resolved('a');
  harness.clock.advance(minutes(1));
  expect((await post({ alerts: [over, firing('a')] })).body).toEqual({ accepted: 1, resolved: 0, ignored: 1 });
  expect(await alerts()).toMatchObject([{ status: 'firing' }]);
});

test('of two firing events of one condition in a delivery, the last one counts', async () => {
  const { post, alerts } = await integration();
  await post({ alerts: [firing('a'), firing('a', { annotations: { summary: 'Later' } })] });
  expect(await alerts()).toMatchObject([{ count: 1, message: 'Later' }]);
});

test('the end of an alert that never fired is accepted and ignored', async () => {
  const { post, alerts } = await integration();
  const { status, body } = await post({ alerts: [resolved('never')] });
  expect([status, body]).toEqual([200, { accepted: 0, resolved: 0, ignored: 1 }]);
  expect(await alerts()).toEqual([]);
});

test('a condition that fires again after its end is a new alert', async () => {
  const { post, alerts } = await integration();
  await post({ alerts: [firing('a')] });
  await post({ alerts: [resolved('a')] });
  harness.clock.advance(minutes(5));
  await post({ alerts: [firing('a')] });
  expect((await alerts()).map(({ status, count }) => [status, count])).toEqual([
    ['resolved', 1],
    ['firing', 1],
  ]);
});

test('a late end of an earlier occurrence leaves the later one firing', async () => {
  const { post, alerts } = await integration();
  const late = resolved('a');
  harness.clock.advance(minutes(5));
  await post({ alerts: [firing('a')] });
  expect((await post({ alerts: [late] })).body).toMatchObject({ resolved: 0, ignored: 1 });
  expect(await alerts()).toMatchObject([{ status: 'firing' }]);
});

test('an end in the future is stored as now', async () => {
  const { post, alerts } = await integration();
  await post({ alerts: [firing('a')] });
  const endsAt = new Date(harness.clock.now().getTime() + hours(1)).toISOString();
  await post({ alerts: [resolved('a', { endsAt })] });
  expect(await alerts()).toMatchObject([{ ended_at: harness.clock.now() }]);
});

test('the same fingerprint from two integrations is two conditions', async () => {
  const one = await integration();
  const other = await integration();
  await one.post({ alerts: [firing('a')] });
  await other.post({ alerts: [firing('a')] });
  await one.post({ alerts: [resolved('a')] });
  expect(await one.alerts()).toMatchObject([{ status: 'resolved' }]);
  expect(await other.alerts()).toMatchObject([{ status: 'firing' }]);
});

const ids = (ended: readonly { alert_id: string }[]) => ended.map(({ alert_id }) => alert_id);

test('an alert that ended while incidents was unavailable is attached first, then ended', async () => {
  const { post, alerts } = await integration();
  harness.incidents.mood = 'down';
  await post({ alerts: [firing('a')] });
  await post({ alerts: [resolved('a')] });
  await harness.alerts.drain();
  harness.incidents.mood = 'up';
  const before = harness.incidents.ended.length;
  for (let minute = 0; minute < 3; minute++) {
    harness.clock.advance(minutes(1));
    await harness.alerts.drain();
  }
  const [alert] = await alerts();
  expect(alert?.incident_id).toBe(harness.incidents.incidentOf(alert?.id));
  expect(harness.incidents.ended.length).toBeGreaterThan(before);
  expect(await harness.database.db('jobs').whereNot({ kind: 'retention' })).toEqual([]);
});

test('an end that reaches incidents before its alert is reported again once the alert is attached', async () => {
  const { post, alerts } = await integration();
  const random = jest.spyOn(Math, 'random');
  // The job of the alert runs after 750 ms, that of its end again after 1,200 ms: in this order, not side by side.
  random.mockReturnValue(0);
  harness.incidents.mood = 'down';
  await post({ alerts: [firing('a')] });
  harness.incidents.mood = 'up';
  random.mockReturnValue(0.9);
  await post({ alerts: [resolved('a')] });
  await harness.alerts.drain();
  const [alert] = await alerts();
  const waiting = () => harness.database.db('jobs').where({ kind: 'report-ended' });
  const reported = () => harness.incidents.ended.filter(({ alert_id }) => alert_id === alert?.id);
  expect(await waiting()).toMatchObject([{ failures: 0, last_error: 'An alert is not attached yet.' }]);
  harness.clock.advance(1_000);
  await harness.alerts.drain();
  expect([harness.incidents.incidentOf(alert?.id), reported().length]).toEqual([expect.any(String), 1]);
  harness.clock.advance(200);
  await harness.alerts.drain();
  expect([await waiting(), reported().length]).toEqual([[], 2]);
  random.mockRestore();
});

test('an end that incidents did not know is reported again, even if its alert was attached in the meantime', async () => {
  const { post, alerts } = await integration();
  harness.incidents.mood = 'down';
  await post({ alerts: [firing('a')] });
  harness.incidents.mood = 'up';
  await post({ alerts: [resolved('a')] });
  const alertsEnded = jest.spyOn(harness.incidents.port, 'alertsEnded');
  alertsEnded.mockImplementationOnce(async ({ alerts: ended }) => {
    // Incidents does not know the alert. The alert's own job attaches it before this answer arrives.
    await harness.database.db('alerts').whereIn('id', ids(ended)).update({ incident_id: crypto.randomUUID() });
    return { results: ended.map(({ alert_id }) => ({ alert_id, incident_id: null, incident_resolved: false })) };
  });
  await harness.alerts.drain();
  harness.clock.advance(minutes(1));
  await harness.alerts.drain();
  const [alert] = await alerts();
  expect(alertsEnded.mock.calls.filter(([{ alerts: ended }]) => ids(ended).includes(alert?.id))).toHaveLength(2);
  alertsEnded.mockRestore();
});

test('a revoked key is refused at once, and its alerts stay', async () => {
  const { id, post, alerts } = await integration();
  await post({ alerts: [firing('a')] });
  const admin = someone({ actor: 'root', role: 'admin' });
  const { revoked_at } = await harness.alerts.port.revokeIntegration({ id }, admin);
  expect(revoked_at).toBe(harness.clock.now().toISOString());
  const answer = await post({ alerts: [firing('a')] });
  expect([answer.status, answer.body.detail]).toEqual([403, 'This integration has been revoked.']);
  expect(await alerts()).toHaveLength(1);
});

test('a key that another process revoked is refused after 6 s', async () => {
  const { id, post } = await integration();
  expect((await post({ alerts: [] })).status).toBe(200);
  await harness.another().port.revokeIntegration({ id }, someone());
  harness.clock.advance(seconds(6));
  expect((await post({ alerts: [] })).status).toBe(403);
});

test('an unknown key is refused before the body is read, and the answer does not contain it', async () => {
  const answer = await request(harness.app())
    .post('/api/v1/integrations/tin_unknown/alertmanager')
    .set('Content-Type', 'application/json')
    .send('{broken');
  expect([answer.status, answer.type]).toEqual([403, 'application/problem+json']);
  expect(answer.text).not.toContain('tin_unknown');
});

test('the time of the last delivery is stored at most every ten seconds', async () => {
  const { id, post } = await integration();
  const seen = async () => (await harness.database.db('integrations').where({ id }).first())?.last_seen_at;
  expect(await seen()).toBeNull();
  const first = harness.clock.now();
  await post({ alerts: [] });
  harness.clock.advance(seconds(9));
  await post({ alerts: [] });
  expect(await seen()).toEqual(first);
  harness.clock.advance(seconds(1));
  await post({ alerts: [] });
  expect(await seen()).toEqual(harness.clock.now());
});

test.each([
  ['no JSON', '{broken', 400, undefined],
  ['no object', '[]', 422, ''],
  ['no alerts', '{}', 422, 'alerts'],
  ['an alert that is no object', '{"alerts":[{},3]}', 422, 'alerts.1'],
  ['more than four megabytes', JSON.stringify({ alerts: [], x: 'x'.repeat(4 * 1024 * 1024) }), 413, undefined],
])('a delivery with %s is refused and stores nothing', async (_name, body, status, path) => {
  const { post, alerts } = await integration();
  const answer = await post(body);
  expect([answer.status, answer.type]).toEqual([status, 'application/problem+json']);
  expect(answer.body.errors?.[0].path).toBe(path);
  expect(await alerts()).toEqual([]);
});

test('a delivery is read as JSON with any content type', async () => {
  const { path } = await integration();
  const { status } = await request(harness.app()).post(path).set('Content-Type', 'text/plain').send('{"alerts":[]}');
  expect(status).toBe(200);
});

test('a hostile delivery is cleaned and stored', async () => {
  const { post, alerts } = await integration();
  const labels = `{"service":"x\\u0000y","__proto__":"p","l":"\\ud800","n":1e999,"deep":${'['.repeat(500)}${']'.repeat(500)}}`;
  const { status } = await post(`{"alerts":[{"labels":${labels},"startsAt":"0001-01-01T00:00:00Z"}]}`);
  expect(status).toBe(200);
  const [alert] = await alerts();
  expect(alert).toMatchObject({ service: 'xy', labels: { l: '�', n: 'Infinity' } });
  expect(alert?.incident_id ?? harness.incidents.incidentOf(alert?.id)).toBeTruthy();
});

test('while the database is unavailable a delivery is answered 503, so that Alertmanager retries it', async () => {
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

test('a delivery with 1,500 alerts is stored and ended', async () => {
  const { post, alerts } = await integration();
  const many = Array.from({ length: 1_500 }, (_, i) => firing(`f${i}`));
  expect((await post({ alerts: many })).body).toEqual({ accepted: 1_500, resolved: 0, ignored: 0 });
  const over = many.map(({ fingerprint }) => resolved(fingerprint));
  expect((await post({ alerts: over })).body).toEqual({ accepted: 0, resolved: 1_500, ignored: 0 });
  await harness.alerts.drain();
  const ended = new Set(harness.incidents.ended.map(({ alert_id }) => alert_id));
  expect((await alerts()).every(({ id }) => ended.has(id))).toBe(true);
});

test('while several integrations send at once, their large requests take turns and all are stored', async () => {
  const [noisy, quiet] = [await integration(), await integration()];
  const large = (n: number) => ({
    alerts: Array.from({ length: 40 }, (_, i) => firing(`${n} ${i}`, { annotations: { summary: 's'.repeat(1_500) } })),
  });
  const sent = Array.from({ length: 8 }, (_, n) => [noisy.post(large(n)), quiet.post({ alerts: [firing(`q${n}`)] })]);
  const answers = await Promise.all(sent.flat());
  expect(answers.map(({ status, body }) => [status, body.accepted])).toEqual(
    Array.from({ length: 16 }, (_, at) => [200, at % 2 === 0 ? 40 : 1]),
  );
  expect([await noisy.alerts(), await quiet.alerts()].map(({ length }) => length)).toEqual([320, 8]);
});
