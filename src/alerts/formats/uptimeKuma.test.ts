import request from 'supertest';
import { alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import capture from './fixtures/uptime_kuma.json';
import { readUptimeKuma } from './uptimeKuma';

const read = (heartbeat: object, monitor: object | null = null, msg?: unknown) => {
  const [event] = readUptimeKuma({ heartbeat: { status: 0, ...heartbeat }, monitor, msg }).events;
  if (!event) throw new Error('There is one alert.');
  return event;
};

test('notifications of Uptime Kuma are read: a monitor goes down and up again, and another goes down', () => {
  const [down, up, other] = capture.requests.map(({ json }) => readUptimeKuma(json).events);
  expect(down).toEqual([
    {
      key: '29',
      status: 'firing',
      serviceMissing: false,
      endedAt: null,
      report: {
        service: 'shop checkout',
        severity: 'medium',
        severity_note: expect.any(String),
        message: 'Shop Checkout: Request failed with status code 503',
        labels: { team: 'blue', type: 'http' },
        source: 'uptime_kuma',
        links: [{ href: 'https://shop.example/checkout', text: 'Monitored page' }],
        timestamp: '2026-10-12T07:51:03.157Z',
      },
    },
  ]);
  expect(up).toMatchObject([{ key: '29', status: 'resolved', endedAt: new Date('2026-10-12T08:21:03.412Z') }]);
  expect(other).toMatchObject([
    { key: '30', report: { message: '[DB primary] [🔴 Down] ', labels: { hostname: 'db-1.internal.example' } } },
  ]);
  expect(other?.[0]?.report).not.toHaveProperty('links');
});

test('maintenance, a test and a notice of a certificate open nothing', () => {
  const rest = capture.requests.slice(3);
  expect(rest.map(({ json }) => readUptimeKuma(json).events)).toEqual([[], [], []]);
});

test.each([2, 3])('the status %p opens and ends nothing', (status) =>
  expect(readUptimeKuma({ heartbeat: { monitorID: 1, status }, monitor: null }).events).toEqual([]),
);

test.each([
  ['the id of the monitor', { monitorID: 2 }, { id: 1, name: 'a' }, '1'],
  ['else that of the heartbeat', { monitorID: 2 }, null, '2'],
  ['else the name', { monitorID: [] }, { id: {}, name: 'a' }, 'a'],
  ['else the name of the format', {}, { id: '', name: ' ' }, 'uptime_kuma'],
])('the key is %s', (_name, heartbeat, monitor, key) => expect(read(heartbeat, monitor).key).toBe(key));

test('a monitor that was renamed keeps its key', () => {
  expect(read({}, { id: 1, name: 'new' }).key).toBe(read({}, { id: 1, name: 'old' }).key);
});

test('without a name, the service only stands in', () => {
  expect(read({ msg: 'timeout' })).toMatchObject({
    serviceMissing: true,
    report: { service: 'uptime_kuma', message: 'timeout' },
  });
});

test('without a text, the message names the monitor', () => {
  expect(read({}, { name: 'Web' }).report.message).toBe('Web is down');
  expect(read({}).report.message).toBe('A monitor is down');
});

test.each([
  ['2026-10-12 09:51:03', '2026-10-12T09:51:03.000Z'],
  ['2026-10-12T09:51:03+02:00', '2026-10-12T07:51:03.000Z'],
  ['yesterday', undefined],
  [[], undefined],
])('the time %p is %p', (time, timestamp) => expect(read({ time }).report.timestamp).toBe(timestamp));

test('long names and tags are cut, not refused', () => {
  const { report } = read(
    { msg: 'm'.repeat(9_000) },
    { name: 'N'.repeat(300), tags: [{ name: 't', value: 'v'.repeat(2_000) }, 'x'] },
  );
  expect(report.service).toBe('n'.repeat(255));
  expect(report.message).toHaveLength(2_000);
  expect(report.labels).toEqual({ t: 'v'.repeat(1024) });
});

test.each([
  ['a list', [], ''],
  ['a body without a heartbeat', { monitor: null }, 'heartbeat'],
  ['a heartbeat that is a text', { heartbeat: 'down' }, 'heartbeat'],
  ['a monitor that is a text', { heartbeat: { status: 0 }, monitor: 'a' }, 'monitor'],
  ['an unknown status', { heartbeat: { status: 9 }, monitor: null }, 'heartbeat.status'],
])('%s is refused, and the answer names the field', (_name, body, path) => {
  expect(() => readUptimeKuma(body)).toThrow(
    expect.objectContaining({ kind: 'invalid', extra: { errors: [expect.objectContaining({ path })] } }),
  );
});

test('the preset of form data carries the same notification in one field', async () => {
  const harness = await alertsHarness();
  const admin = someone({ actor: 'root', role: 'admin' });
  const { url } = await harness.alerts.port.createIntegration({ name: 'Kuma', format: 'uptime_kuma' }, admin);
  const data = JSON.stringify({ heartbeat: { monitorID: 29, status: 0, msg: 'timeout' }, monitor: null, msg: 'x' });
  const { body } = await request(harness.app()).post(new URL(url).pathname).field('data', data);
  expect(body).toMatchObject({ accepted: 1 });
  await harness.drop();
});
