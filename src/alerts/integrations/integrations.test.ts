import request from 'supertest';
import { days, hours, minutes, seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Alert } from '../contract';

/** The product's formats, and one whose key can come in the header Authorization. */
jest.mock('../formats', () => ({
  FORMATS: [
    ...jest.requireActual<{ FORMATS: readonly unknown[] }>('../formats').FORMATS,
    jest.requireActual<{ example: unknown }>('../../testing/exampleFormat').example,
  ],
}));

const admin = someone({ actor: 'root', role: 'admin' });
let harness: AlertsHarness;
let serial = 0;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

type Settings = Parameters<AlertsHarness['alerts']['port']['createIntegration']>[0];
type Labels = Record<string, unknown>;

/** A new integration for each test, and its webhook. */
async function integration(settings: Partial<Settings> = {}) {
  const name = `Integration ${++serial}`;
  const { port } = harness.alerts;
  const made = await port.createIntegration({ name, ...settings } as Settings, admin);
  const post = (body: object | string, url = made.url) =>
    request(harness.app())
      .post(new URL(url).pathname)
      .set('Content-Type', 'application/json')
      .send(body as object);
  return {
    ...made,
    post,
    fire: (labels: Labels = {}, over: object = {}, url = made.url) =>
      post({ alerts: [{ status: 'firing', fingerprint: 'f', labels, ...over }] }, url),
    resolve: () => post({ alerts: [{ status: 'resolved', fingerprint: 'f', labels: {} }] }),
    change: (change: object) => port.updateIntegration({ id: made.id, ...change }, admin),
    shown: async (): Promise<Shown> => {
      const { integrations } = await port.listIntegrations({}, someone());
      return integrations.find(({ id }) => id === made.id) as Shown;
    },
    alert: async (): Promise<Alert> => {
      const search = { integration_id: made.id, page: 1, per_page: 50 };
      const { alerts } = await port.list(search as never, someone());
      return alerts[0] as Alert;
    },
    events: async () => harness.database.db('events').where({ subject: made.id }).orderBy('id').select('kind', 'data'),
  };
}
type Shown = Awaited<ReturnType<AlertsHarness['alerts']['port']['listIntegrations']>>['integrations'][number];

const later = async (ms: number): Promise<void> => {
  harness.clock.advance(ms);
  await harness.alerts.drain();
};

describe('settings', () => {
  test('have defaults, and a change keeps what it does not name', async () => {
    const { change, shown, id } = await integration();
    expect(await shown()).toMatchObject({
      ...{ version: '1', service: null, severity_map: {}, service_labels: [], severity_labels: [] },
      ...{ auto_resolve: true, stale_after: null, resolve_expired: false, rate_per_minute: null, old_key: null },
    });
    await change({ service: ' Checkout ', stale_after: 300 });
    expect(await change({ auto_resolve: false })).toMatchObject({
      ...{ id, version: '3', service: 'checkout', stale_after: 300, auto_resolve: false },
    });
  });

  test('are audited with the names of the changed fields; a change of nothing is no event', async () => {
    const { change, events } = await integration();
    await change({ service: 'checkout', auto_resolve: true, severity_labels: ['level'] });
    await change({ service: 'checkout' });
    expect((await events()).map(({ kind, data }) => [kind, data['changed']])).toEqual([
      ['integration_created', undefined],
      ['integration_updated', ['service', 'severity_labels']],
    ]);
  });

  test('of another version are refused with If-Match', async () => {
    const { id, change } = await integration();
    const patch = (version: string) =>
      request(harness.app(admin)).patch(`/api/v1/integrations/${id}`).set('If-Match', version).send({ service: 'a' });
    const first = await patch('"1"');
    expect([first.status, first.headers['etag']]).toEqual([200, '"2"']);
    expect((await patch('"1"')).status).toBe(412);
    await change({ if_match: '"2"', service: null });
  });

  test.each([
    ['stale_after', 59],
    ['stale_after', 2_592_001],
    ['rate_per_minute', 0],
    ['service_labels', Array(11).fill('x')],
    ['severity_labels', ['']],
    ['severity_map', { sev1: 'terrible' }],
    ['severity_map', Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`w${n}`, 'low']))],
    ['name', ' '],
    ['service', ''],
    ['auto_resolve', 'no'],
  ])('refuse %s %p, and the answer names the field', async (field, value) => {
    const { id } = await integration();
    const answer = await request(harness.app(admin))
      .patch(`/api/v1/integrations/${id}`)
      .send({ [field]: value });
    expect([answer.status, answer.body.errors?.[0].path.split('.')[0]]).toEqual([422, field]);
  });

  test('of a revoked integration cannot be changed, and of an unknown one neither', async () => {
    const { id, change } = await integration();
    await harness.alerts.port.revokeIntegration({ id }, admin);
    await expect(change({ service: 'a' })).rejects.toMatchObject({ kind: 'conflict' });
    await expect(change({ id: crypto.randomUUID(), service: 'a' })).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('take a new name, but not one that looks like that of another integration', async () => {
    const other = await integration();
    const { change } = await integration();
    expect(await change({ name: `Renamed ${serial}` })).toMatchObject({ name: `Renamed ${serial}` });
    await expect(change({ name: other.name.toUpperCase() })).rejects.toMatchObject({ kind: 'conflict' });
    expect(await other.change({ name: other.name })).toMatchObject({ version: '1' });
  });
});

describe('the service of an alert', () => {
  test.each<[string, Partial<Settings>, Labels, string]>([
    [
      'the first label that the integration names',
      { service_labels: ['team', 'svc'] },
      { svc: 'Pay', app: 'a' },
      'pay',
    ],
    ['else the choice of the format', { service_labels: ['team'] }, { app: 'a' }, 'a'],
    ['else the service of the integration', { service: 'default' }, { alertname: 'Down' }, 'default'],
    ['that of the payload before that of the integration', { service: 'default' }, { app: 'a' }, 'a'],
    [
      'that of the integration before the job of an exporter',
      { service: 'default' },
      { job: 'node-exporter' },
      'default',
    ],
  ])('is %s', async (_name, settings, labels, service) => {
    const { fire, alert } = await integration(settings);
    await fire(labels);
    expect((await alert()).service).toBe(service);
  });
});

describe('the severity of an alert', () => {
  test.each<[string, Partial<Settings>, Labels, string]>([
    [
      'by the first label that the integration names',
      { severity_labels: ['prio', 'level'] },
      { level: 'P1' },
      'critical',
    ],
    ['else by the format', { severity_labels: ['level'] }, { severity: 'error' }, 'high'],
    ['by the map of the integration first', { severity_map: { error: 'low' } }, { severity: ' Error' }, 'low'],
    [
      'by the map for a label too',
      { severity_labels: ['l'], severity_map: { red: 'critical' } },
      { l: 'RED' },
      'critical',
    ],
    ['by the map for an unknown word, without a note', { severity_map: { odd: 'high' } }, { severity: 'odd' }, 'high'],
  ])('is read %s', async (_name, settings, labels, severity) => {
    const { fire, alert } = await integration(settings);
    await fire({ app: 'a', ...labels });
    expect(await alert()).toMatchObject({ severity, severity_note: null });
  });
});

describe('the end of an alert', () => {
  test('keeps its incident open if the integration does not resolve incidents', async () => {
    const { fire, resolve, alert } = await integration({ auto_resolve: false });
    await fire();
    await resolve();
    await harness.alerts.drain();
    const { id } = await alert();
    expect(harness.incidents.ended.find(({ alert_id }) => alert_id === id)).toMatchObject({ keeps_open: 'always' });
  });

  test.each([
    [{}, 'unless_acknowledged'],
    [{ resolve_expired: true }, undefined],
    [{ resolve_expired: true, auto_resolve: false }, 'always'],
  ])('by silence with the settings %p keeps its incident open: %p', async (settings, keeps_open) => {
    const { fire, alert } = await integration({ stale_after: 300, ...settings });
    await fire();
    await later(minutes(4));
    await fire();
    await later(minutes(4));
    expect(await alert()).toMatchObject({ status: 'firing' });
    await later(minutes(2));
    const { id, expired } = await alert();
    const ended = harness.incidents.ended.find(({ alert_id }) => alert_id === id);
    expect([expired, ended?.keeps_open]).toEqual([true, keeps_open]);
  });
});

describe('keys', () => {
  test('are 32 lower-case hex digits; keys of earlier versions stay valid', async () => {
    const { id, key, key_prefix, fire, url } = await integration();
    expect([key, key_prefix]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), key.slice(0, 8)]);
    const { createHash } = await import('node:crypto');
    const old = 'tin_AbCdEfGhIjKlMnOpQrStUvWxYz012345';
    const key_hash = createHash('sha256').update(old).digest('hex');
    await harness.database.db('integrations').where({ id }).update({ key_hash });
    expect((await fire({}, {}, url.replace(key, old))).status).toBe(200);
  });

  test('are rotated with an overlap: both are valid, until the old one ends', async () => {
    const { id, key, fire, shown, events } = await integration();
    const made = await harness.alerts.port.rotateKey({ id, overlap_hours: 2 }, admin);
    const ends_at = new Date(harness.clock.now().getTime() + hours(2)).toISOString();
    expect(made).toMatchObject({ key_prefix: made.key.slice(0, 8), old_key: { key_prefix: key.slice(0, 8), ends_at } });
    expect([(await fire()).status, (await fire({}, {}, made.url)).status]).toEqual([200, 200]);
    harness.clock.advance(hours(2) - seconds(1));
    expect((await fire()).status).toBe(200);
    harness.clock.advance(seconds(1));
    expect([(await fire()).status, (await fire({}, {}, made.url)).status]).toEqual([403, 200]);
    expect((await shown()).old_key).toBeNull();
    expect((await events()).at(-1)).toMatchObject({
      kind: 'integration_key_rotated',
      data: { old_key_ends_at: ends_at },
    });
  });

  test('are at most two: a second rotation ends the oldest at once', async () => {
    const { id, fire } = await integration();
    const second = await harness.alerts.port.rotateKey({ id, overlap_hours: 2 }, admin);
    const third = await harness.alerts.port.rotateKey({ id, overlap_hours: 2 }, admin);
    const statuses = [await fire(), await fire({}, {}, second.url), await fire({}, {}, third.url)];
    expect(statuses.map(({ status }) => status)).toEqual([403, 200, 200]);
  });

  test('without an overlap end at once', async () => {
    const { id, fire } = await integration();
    await fire();
    await harness.alerts.port.rotateKey({ id, overlap_hours: 0 }, admin);
    expect((await fire()).status).toBe(403);
  });

  test.each<[string, (key: string) => string, number]>([
    ['a bearer token', (key) => `Bearer ${key}`, 200],
    ['a basic password', (key) => `Basic ${btoa(`any:${key}`)}`, 200],
    ['a basic user', (key) => `basic ${btoa(`${key}:`)}`, 200],
    ['a basic user beside a password', (key) => `Basic ${btoa(`${key}:x`)}`, 200],
    ['another scheme', (key) => `Token ${key}`, 401],
    ['an unknown key', () => 'Bearer 0123456789abcdef0123456789abcdef', 403],
    ['nothing', () => '', 401],
  ])('come as %s where the format allows the header Authorization', async (_name, header, status) => {
    const { key } = await integration({ format: 'example' as Settings['format'] });
    const answer = await request(harness.app())
      .post('/v2/example/disk/acknowledge')
      .set('Authorization', header(key))
      .send({});
    expect(answer.status).toBe(status);
  });
});

describe('counters', () => {
  test('show reports, repeated ones, and the first alert', async () => {
    const { fire, shown, alert } = await integration();
    expect(await shown()).toMatchObject({ accepted: 0, deduplicated: 0, first_alert_id: null, last_seen_at: null });
    await fire({}, { fingerprint: 'a' });
    await fire({}, { fingerprint: 'a' });
    const { id } = await alert();
    await fire({}, { fingerprint: 'b' });
    expect(await shown()).toMatchObject({
      ...{ deliveries: 3, accepted: 3, deduplicated: 1, first_alert_id: id },
      last_seen_at: harness.clock.now().toISOString(),
    });
  });

  test('reach the database after ten seconds, and when the module stops', async () => {
    const { id, fire } = await integration();
    const stored = () => harness.database.db('integrations').where({ id }).first('deliveries', 'accepted');
    await fire();
    await fire();
    expect(await stored()).toEqual({ deliveries: 1, accepted: 1 });
    harness.clock.advance(seconds(10));
    await fire();
    expect(await stored()).toEqual({ deliveries: 3, accepted: 3 });
    await fire();
    await harness.alerts.stop();
    expect(await stored()).toEqual({ deliveries: 4, accepted: 4 });
  });

  test('show the last reason of a rejection; rejected payloads are shown for a day', async () => {
    const { id, post, shown } = await integration();
    await post('{}');
    await post('[]');
    expect(await shown()).toMatchObject({
      rejections: 2,
      last_rejection: { at: harness.clock.now().toISOString(), reason: 'The body must be a JSON object' },
    });
    const rejected = async () => (await harness.alerts.port.rejected({ id }, admin)).rejected;
    expect(await rejected()).toHaveLength(2);
    harness.clock.advance(days(1));
    expect(await rejected()).toEqual([]);
  });

  test('rejected payloads are deleted after a day', async () => {
    const { id, post } = await integration();
    await post('{}');
    await harness.alerts.start();
    await later(days(2));
    await harness.alerts.stop();
    expect(await harness.database.db('rejected_payloads').where({ integration_id: id })).toEqual([]);
  });
});

describe('the rate of an integration', () => {
  test('refuses further requests with 429 and Retry-After, stores nothing of them, and counts them', async () => {
    const { fire, shown, alert } = await integration({ rate_per_minute: 2 });
    await fire();
    await fire();
    const refused = await fire();
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect(await alert()).toMatchObject({ count: 2 });
    expect(await shown()).toMatchObject({ rate_limited: 1, rejections: 0, deliveries: 2 });
    harness.clock.advance(seconds(Number(refused.headers['retry-after'])));
    expect((await fire()).status).toBe(200);
  });

  test('does not limit other integrations', async () => {
    const [one, other] = [await integration({ rate_per_minute: 1 }), await integration({ rate_per_minute: 1 })];
    await one.fire();
    expect([(await one.fire()).status, (await other.fire()).status]).toEqual([429, 200]);
  });
});
