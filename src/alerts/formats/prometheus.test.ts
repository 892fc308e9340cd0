import v242 from './fixtures/prometheus-2.42.0.json';
import v253 from './fixtures/prometheus-2.53.3.json';
import v35 from './fixtures/prometheus-3.5.3.json';
import { readPrometheus } from './prometheus';

const NOW = new Date('2026-11-23T08:50:02.000Z');
const read = (body: unknown, receivedAt = NOW) =>
  readPrometheus({ body, receivedAt, requestId: 'r', params: {}, query: {}, headers: {} }).events;

test.each([
  ['2.42.0', v242],
  ['2.53.3', v253],
  ['3.5.3', v35],
])('recorded requests of Prometheus %s are read', (_version, { requests }) => {
  const [first] = requests;
  const events = read(first?.json, new Date(first?.at as string));
  expect(events.map(({ status, report }) => [status, report.service, report.severity])).toEqual(
    first?.json.map(() => ['firing', 'checkout', 'critical']),
  );
  expect(events.map(({ expiresAt }) => expiresAt?.toISOString())).toEqual(first?.json.map(({ endsAt }) => endsAt));
  const ended = requests.flatMap(({ json, at }) =>
    read(json, new Date(at)).filter(({ status }) => status === 'resolved'),
  );
  expect(ended.length).toBeGreaterThan(0);
  for (const { key } of ended) expect(events.map((event) => event.key)).toContain(key);
});

test('an alert without an end expires after five minutes', () => {
  expect(read([{ labels: { alertname: 'A' } }])).toMatchObject([
    { status: 'firing', endedAt: null, expiresAt: new Date('2026-11-23T08:55:02.000Z') },
  ]);
});

test("Go's zero times count as absent", () => {
  const zero = '0001-01-01T00:00:00.000Z';
  const [event] = read([{ labels: { alertname: 'A' }, startsAt: zero, endsAt: zero }]);
  expect(event).toMatchObject({ status: 'firing', report: { timestamp: NOW.toISOString() } });
});

test('an alert whose end is over is resolved, with that end', () => {
  const endsAt = '2026-11-23T08:49:00.000Z';
  expect(read([{ labels: { alertname: 'A' }, endsAt }])).toMatchObject([
    { status: 'resolved', endedAt: new Date(endsAt), report: { timestamp: endsAt } },
  ]);
});

test('labels identify the alert, and empty ones do not count', () => {
  const [one, other, third] = read([
    { labels: { alertname: 'A', zone: '' } },
    { labels: { alertname: 'A' } },
    { labels: { alertname: 'A', zone: 'eu' } },
  ]);
  expect(other?.key).toBe(one?.key);
  expect(third?.key).not.toBe(one?.key);
});

test('of a list with an alert that Alertmanager refuses, the others are taken', () => {
  const later = '2026-11-23T09:00:00Z';
  const body = [
    { labels: { alertname: 'A' } },
    { labels: {} },
    { labels: { alertname: 'B' }, startsAt: later, endsAt: '2026-11-23T08:00:00Z' },
  ];
  expect(read(body)).toMatchObject([{ report: { message: 'A' } }]);
});
