import request from 'supertest';
import { connect } from '../../kernel/db/pool';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import clients from './fixtures/pagerduty-clients.json';
import v1 from './fixtures/pagerduty-v1-alertmanager-0.33.1.json';
import v025 from './fixtures/pagerduty-v2-alertmanager-0.25.0.json';
import v033 from './fixtures/pagerduty-v2-alertmanager-0.33.1.json';
import type { FormatRequest } from './format';
import { readChange, readV1, readV2 } from './pagerdutyEvents';

const requestId = '11111111-1111-4111-8111-111111111111';
const asked = (body: unknown): FormatRequest => ({
  requestId,
  receivedAt: new Date(0),
  body,
  params: {},
  query: {},
  headers: {},
});
const v2 = (body: unknown) => readV2(asked(body));
const triggered = (payload: object, event: object = {}) =>
  v2({ event_action: 'trigger', dedup_key: 'k', payload, ...event }).report;

describe('events of version 2', () => {
  test.each([
    ['0.25.0', v025],
    ['0.33.1', v033],
  ])('requests recorded from Alertmanager %s are read', (_version, { requests }) => {
    const [first, ...later] = requests.map(({ json }) => v2(json));
    expect(first).toMatchObject({
      status: 'firing',
      report: {
        service: 'api',
        severity: 'critical',
        message: expect.stringMatching(/^\[FIRING:2\] HighErrorRate/),
        source: 'pagerduty',
        labels: { component: 'api', group: 'payments', class: 'deploy', client: 'Alertmanager' },
        annotations: {
          firing: expect.stringContaining('127.0.0.1:29101'),
          runbook: 'http://127.0.0.1/runbook',
          i: 'http://127.0.0.1/i.png',
        },
        generator_url: expect.stringContaining(':29093/#/alerts?receiver=pagerduty-v2'),
      },
    });
    expect(later.at(-1)).toMatchObject({ key: first?.key, status: 'resolved' });
  });

  test('requests of other clients are read', () => {
    const events = clients.requests.map(({ json }) => v2(json));
    expect(events.map(({ key, status, report }) => [key, status, report.service, report.severity])).toEqual([
      ['test_incident_2_88f520', 'firing', 'test-source', 'high'],
      ['test_incident_2_88f520', 'acknowledged', 'pagerduty', 'medium'],
      ['Uptime Kuma/7', 'firing', 'https://web-1.example', 'medium'],
      ['4711', 'firing', 'web-1 : 10.0.0.7', 'critical'],
    ]);
    expect(events[3]?.report.annotations).toMatchObject({ 'Event link': expect.stringContaining('eventid=4711') });
  });

  test.each([
    ['custom_details.service', { custom_details: { service: 'Checkout' }, component: 'c', source: 's' }, 'checkout'],
    ['the component', { component: 'Postgres', group: 'g', source: 's', class: 'x' }, 'postgres'],
    ['the group', { group: 'g', source: 's', class: 'x' }, 'g'],
    ['the source', { source: 's', class: 'x' }, 's'],
    ['the class', { class: 'x' }, 'x'],
    ['none of the words that Grafana fills in', { component: ' ', group: 'default', source: 'web-1' }, 'web-1'],
    ['the name of the format, if nothing else is there', {}, 'pagerduty'],
  ])('the service is %s', (_name, payload, service) => expect(triggered(payload).service).toBe(service));

  test.each([
    ['critical', 'critical'],
    ['error', 'high'],
    ['warning', 'medium'],
    ['info', 'low'],
  ])('severity %s counts as %s', (theirs, ours) => {
    expect(triggered({ severity: theirs })).toMatchObject({ severity: ours });
    expect(triggered({ severity: theirs })).not.toHaveProperty('severity_note');
  });

  test('short details are labels, and long, nested and linked ones are annotations', () => {
    const custom_details = { load: 0.75, host: 'db-1', log: 'a\nb', dashboard: 'https://d.example', deep: { a: [1] } };
    const { labels, annotations } = triggered({ custom_details });
    expect(labels).toEqual({ load: 0.75, host: 'db-1' });
    expect(annotations).toEqual({ log: 'a\nb', dashboard: 'https://d.example', deep: '{"a":[1]}' });
  });

  test('details that are a text are the description', () =>
    expect(triggered({ custom_details: 'Look at the log' }).annotations).toEqual({ description: 'Look at the log' }));

  test('links and images are kept as annotations, and only http(s) addresses', () => {
    const links = [
      { href: 'https://wiki.example/r', text: 'Runbook' },
      { href: 'javascript:alert(1)', text: 'x' },
      { href: 'https://a.example/' },
      { href: 'https://b.example/' },
      null,
      7,
    ];
    const images = [{ src: 'https://c.example/g.png', alt: 'Graph' }, { src: 'file:///etc/passwd' }];
    expect(triggered({}, { links, images }).annotations).toEqual({
      Runbook: 'https://wiki.example/r',
      link: 'https://a.example/',
      'link 2': 'https://b.example/',
      Graph: 'https://c.example/g.png',
    });
  });

  test.each([
    ['2026-07-17T08:42:58.315+0000', '2026-07-17T08:42:58.315Z'],
    ['2026-11-30T01:40:20+00:00Z', '2026-11-30T01:40:20.000Z'],
    ['2026-11-30T01:40:20+02:00', '2026-11-29T23:40:20.000Z'],
    [1796002820, '2026-11-30T01:40:20.000Z'],
    ['1796002820', '2026-11-30T01:40:20.000Z'],
    [1796002820123, '2026-11-30T01:40:20.123Z'],
    ['1796002820123456789', '2026-11-30T01:40:20.123Z'],
  ])('the timestamp %p is read', (timestamp, instant) => expect(triggered({ timestamp }).timestamp).toBe(instant));

  test.each(['yesterday', '0001-01-01T00:00:00Z', 12, {}])(
    'with the timestamp %p the event counts as sent now',
    (timestamp) => expect(triggered({ timestamp }).timestamp).toBeUndefined(),
  );

  test('a timestamp that cannot be read is kept as an annotation', () =>
    expect(triggered({ timestamp: 'last Tuesday' }).annotations).toEqual({ timestamp: 'last Tuesday' }));

  test('a trigger without a key is a condition of its own', () => {
    for (const dedup_key of [undefined, null, '', ' ']) {
      expect(v2({ event_action: 'trigger', dedup_key, payload: {} }).key).toBe(requestId);
    }
  });

  test('a key that is a number is read as its digits', () =>
    expect(v2({ event_action: 'resolve', dedup_key: 4711 }).key).toBe('4711'));

  test('an acknowledgement and a resolve need no payload', () => {
    expect(v2({ event_action: 'acknowledge', dedup_key: 'k' }).status).toBe('acknowledged');
    expect(v2({ event_action: ' Resolve', dedup_key: 'k', payload: null }).status).toBe('resolved');
  });
});

describe('events of version 1', () => {
  const read = (body: unknown) => readV1(asked(body));

  test('requests recorded from Alertmanager are read, and count as critical', () => {
    const [first, ...later] = v1.requests.map(({ json }) => read(json));
    expect(first).toMatchObject({
      status: 'firing',
      report: { severity: 'critical', message: expect.stringContaining('HighErrorRate'), service: 'alertmanager' },
    });
    expect(later.at(-1)).toMatchObject({ key: first?.key, status: 'resolved' });
  });

  test('details name severity and service, and contexts are links', () => {
    const { report } = read({
      event_type: 'trigger',
      description: 'FAILURE for production/HTTP',
      details: { severity: 'warning', component: 'web' },
      contexts: [
        { type: 'link', href: 'https://a.example/', text: 'Graph' },
        { type: 'image', src: 'https://b.example/c.png' },
      ],
    });
    expect(report).toMatchObject({
      severity: 'medium',
      service: 'web',
      annotations: { Graph: 'https://a.example/', image: 'https://b.example/c.png' },
    });
  });
});

test('a change event is read with its links and details', () => {
  const payload = {
    summary: 'Deployed 1.42',
    source: 'ci',
    timestamp: '2026-07-17T08:42:58.315+0000',
    custom_details: { service: 'Checkout', commit: 'abc' },
  };
  expect(readChange(asked({ payload, links: [{ href: 'https://ci.example/42', text: 'Build' }] }))).toEqual({
    service: 'checkout',
    summary: 'Deployed 1.42',
    source: 'ci',
    at: new Date('2026-07-17T08:42:58.315Z'),
    links: [{ text: 'Build', url: 'https://ci.example/42' }],
    details: { service: 'Checkout', commit: 'abc' },
  });
});

describe('the answers', () => {
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
});
