import request from 'supertest';
import { minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';

/** The API v2 of Alertmanager; the gateway checks the key, so here a caller is given. */

let harness: AlertsHarness;
let serial = 0;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

const responder = someone({ actor: 'ada', role: 'responder' });
const api = () => request(harness.app(responder));
const inMinutes = (n: number) => new Date(harness.clock.now().getTime() + minutes(n)).toISOString();
const service = () => `am-${++serial}`;
const receive = (over: object) =>
  harness.alerts.port.receive({ service: 'x', severity: 'high', message: 'Disk full', ...over } as never, responder);
const silenceOf = (name: string, over: object = {}) => ({
  matchers: [{ name: 'service', value: name, isRegex: false, isEqual: true }],
  ...{ startsAt: inMinutes(0), endsAt: inMinutes(60), createdBy: 'ada@laptop', comment: 'Move of racks', ...over },
});

test('the status names a version and a configuration with route and receivers', async () => {
  const { body } = await api().get('/api/v2/status').expect(200);
  expect(body).toMatchObject({ cluster: { peers: [], status: 'disabled' }, versionInfo: { version: '0.28.1' } });
  expect(body.config.original).toContain('receiver: tocsin');
  expect((await api().get('/alertmanager/a-key/api/v2/receivers')).body).toEqual([{ name: 'tocsin' }]);
});

test('health answers OK, and the version is a metric', async () => {
  for (const path of ['/-/ready', '/-/healthy', '/alertmanager/a-key/-/ready']) {
    expect((await api().get(path).expect(200)).text).toBe('OK');
  }
  expect((await api().get('/alertmanager/a-key/metrics')).text).toContain(
    'alertmanager_build_info{version="0.28.1"} 1',
  );
});

test('a firing alert is shown with its labels, service and severity', async () => {
  const name = service();
  await receive({ service: name, labels: { alertname: 'Full', host: 'db1', replicas: 3 } });
  const { body } = await api()
    .get('/api/v2/alerts')
    .query({ filter: `service="${name}"` })
    .expect(200);
  expect(body).toEqual([
    {
      labels: { alertname: 'Full', host: 'db1', replicas: '3', service: name, severity: 'high' },
      annotations: { summary: 'Disk full' },
      ...{ startsAt: inMinutes(0), updatedAt: inMinutes(0), endsAt: inMinutes(5) },
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      receivers: [{ name: 'tocsin' }],
      status: { state: 'active', inhibitedBy: [], mutedBy: [], silencedBy: [] },
    },
  ]);
});

test('secrets are masked for callers who are no administrators', async () => {
  const name = service();
  await receive({ service: name, labels: { hook: 'https://user:password@db.example/x' } });
  const read = async (caller: ReturnType<typeof someone>) =>
    (
      await request(harness.app(caller))
        .get('/api/v2/alerts')
        .query({ filter: `service="${name}"` })
    ).text;
  expect(await read(responder)).not.toContain('password');
  expect(await read(someone({ role: 'admin' }))).toContain('password');
});

test('filters by matchers, receiver and state leave alerts out', async () => {
  const name = service();
  await receive({ service: name, labels: { host: 'db1' } });
  const count = async (query: object) => (await api().get('/api/v2/alerts').query(query)).body.length;
  const own = `service="${name}"`;
  expect(await count({ filter: [own, 'host=~"db.*"'] })).toBe(1);
  expect(await count({ filter: [own, 'host!="db1"'] })).toBe(0);
  expect(await count({ filter: own, receiver: 'toc.*' })).toBe(1);
  expect(await count({ filter: own, receiver: 'other' })).toBe(0);
  expect(await count({ filter: own, active: 'false' })).toBe(0);
});

test('groups hold the alerts of a service and severity', async () => {
  const name = service();
  for (const host of ['a', 'b']) await receive({ service: name, labels: { host } });
  const { body } = await api()
    .get('/api/v2/alerts/groups')
    .query({ filter: `service="${name}"` });
  expect(body).toMatchObject([
    { labels: { service: name, severity: 'high' }, receiver: { name: 'tocsin' }, alerts: [{}, {}] },
  ]);
});

test('a silence is created, shown, changed and ended, and suppresses alerts', async () => {
  const name = service();
  const { body } = await api().post('/api/v2/silences').send(silenceOf(name)).expect(200);
  const id = body.silenceID;
  const shown = await api().get(`/api/v2/silence/${id}`).expect(200);
  expect(shown.body).toMatchObject({ ...silenceOf(name), id, status: { state: 'active' } });
  await receive({ service: name });
  const [alert] = (
    await api()
      .get('/api/v2/alerts')
      .query({ filter: `service="${name}"` })
  ).body;
  expect(alert.status).toEqual({ state: 'suppressed', silencedBy: [id], mutedBy: [], inhibitedBy: [] });
  const hidden = await api()
    .get('/api/v2/alerts')
    .query({ filter: `service="${name}"`, silenced: 'false' });
  expect(hidden.body).toEqual([]);
  const changed = silenceOf(name, { id, comment: 'Takes longer', endsAt: inMinutes(90) });
  expect((await api().post('/api/v2/silences').send(changed).expect(200)).body).toEqual({ silenceID: id });
  const answer = await api().delete(`/api/v2/silence/${id}`).expect(200);
  expect(answer.text).toBe('');
  const all = await api()
    .get('/api/v2/silences')
    .query({ filter: `service="${name}"` });
  expect(all.body).toMatchObject([{ id, comment: 'Takes longer', status: { state: 'expired' } }]);
});

test.each([
  [
    'a silence that has ended',
    () => silenceOf('x', { startsAt: inMinutes(-60), endsAt: inMinutes(-1) }),
    /in the past/,
  ],
  ['a silence without matchers', () => silenceOf('x', { matchers: [] }), /matchers/],
  [
    'a silence that matches everything',
    () => silenceOf('x', { matchers: [{ name: 'a', value: '.*', isRegex: true }] }),
    /empty/,
  ],
  [
    'a pattern that is none',
    () => silenceOf('x', { matchers: [{ name: 'a', value: '(', isRegex: true }] }),
    /matchers/,
  ],
  ['a silence without an end', () => silenceOf('x', { endsAt: undefined }), /endsAt/],
  ['a list', () => [], /object/],
])('%s is refused with a JSON string', async (_name, body, reason) => {
  const answer = await api().post('/api/v2/silences').send(body()).expect(400);
  expect(answer.body).toMatch(reason);
});

test('an unknown silence is 404 without a body, and a bad filter is 400', async () => {
  const unknown = '/api/v2/silence/0b7e2f0a-3c55-4f0e-9d5c-1f1f1f1f1f1f';
  for (const path of [unknown, '/api/v2/silence/nonsense']) {
    expect((await api().get(path).expect(404)).text).toBe('');
    await api().delete(path).expect(404);
  }
  const answer = await api().get('/api/v2/alerts').query({ filter: 'bad' }).expect(400);
  expect(answer.body).toMatch(/^bad matcher format/);
});
