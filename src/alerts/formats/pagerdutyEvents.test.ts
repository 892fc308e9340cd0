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
    [
      'the service of the first alert of Alertmanager',
      { custom_details: { firing: [{ labels: { service: 'L' } }] } },
      'l',
    ],
    ['the source', { source: 's', class: 'x' }, 's'],
    ['the class', { class: 'x' }, 'x'],
    ['none of the words that Grafana fills in', { component: ' ', group: 'default', source: 'web-1' }, 'web-1'],
    ['the name of the format, if nothing else is there', {}, 'pagerduty'],
  ])('the service is %s', (_name, payload, service) => expect(triggered(payload).service).toBe(service));

  test('a host stands in for the service, so the service of the integration comes first', () => {
    const read = (payload: object) => v2({ event_action: 'trigger', dedup_key: 'k', payload });
    expect(read({ source: 'web-1' })).toMatchObject({ serviceMissing: true, report: { service: 'web-1' } });
    expect(read({ source: 'web-1', component: 'nginx' })).toMatchObject({ serviceMissing: false });
    expect(read({ severity: 'Error' })).toMatchObject({ severityWord: 'Error' });
  });

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
      report: { severity: 'critical', message: expect.stringContaining('HighErrorRate'), service: 'checkout' },
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
    serviceMissing: false,
    summary: 'Deployed 1.42',
    source: 'ci',
    at: new Date('2026-07-17T08:42:58.315Z'),
    links: [{ text: 'Build', url: 'https://ci.example/42' }],
    details: { service: 'Checkout', commit: 'abc' },
  });
});
