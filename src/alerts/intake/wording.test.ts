import { minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Accepted } from '../contract';

let harness: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

const condition = (over: object = {}) => ({
  service: `wording-${++serial}`,
  severity: 'low',
  message: 'Disk at 70%',
  dedup_key: `disk-${serial}`,
  ...over,
});
const send = (input: object): Promise<Accepted> =>
  harness.alerts.port.receive(input as never, someone()) as Promise<Accepted>;
const batch = (...alerts: object[]) => harness.alerts.port.receiveBatch({ alerts }, someone());
const read = (id: string) => harness.alerts.port.get({ alert_id: id }, someone());
const reports = (id: string) => harness.alerts.port.reports({ alert_id: id }, someone());
/** The last snapshot of an alert that incidents received. */
const lastSnapshot = (id: string) => harness.incidents.attached.filter(({ alert }) => alert.id === id).at(-1)?.alert;

test('an alert shows the latest message, severity and annotations, and keeps the first ones', async () => {
  const first = condition({ annotations: { description: 'Still some room' } });
  const { alert_id } = await send(first);
  await send({ ...first, severity: 'critical', message: 'Disk at 98%', annotations: { description: 'Nearly full' } });
  expect(await read(alert_id)).toMatchObject({
    severity: 'critical',
    message: 'Disk at 98%',
    description: 'Nearly full',
    count: 2,
    first_said: { severity: 'low', message: 'Disk at 70%', annotations: { description: 'Still some room' } },
  });
});

test('a re-report with the same text adds no text to the history', async () => {
  const first = condition({ annotations: { a: 'b' } });
  const { alert_id } = await send(first);
  await send(first);
  expect((await read(alert_id)).first_said).toBeNull();
  expect(await reports(alert_id)).toMatchObject({ total: 2, texts: [] });
  expect(lastSnapshot(alert_id)).not.toHaveProperty('revision');
});

test('the history of an alert has its last 20 texts', async () => {
  const initial = condition();
  const { alert_id } = await send(initial);
  for (let n = 1; n <= 25; n++) {
    harness.clock.advance(minutes(1));
    await send({ ...initial, message: `Disk at ${70 + n}%` });
  }
  const { first, texts } = await reports(alert_id);
  expect(first).toMatchObject({ message: 'Disk at 70%', severity: 'low' });
  expect(texts).toHaveLength(20);
  expect(texts[0]).toMatchObject({ message: 'Disk at 95%', severity: 'low' });
  expect(texts.at(-1)).toMatchObject({ message: 'Disk at 76%' });
});

test('incidents receives a rise with its revision', async () => {
  const first = condition();
  const { alert_id } = await send(first);
  await send({ ...first, severity: 'critical', message: 'Disk full' });
  expect(lastSnapshot(alert_id)).toMatchObject({
    severity: 'critical',
    message: 'Disk full',
    revision: 1,
    raised: { revision: 1, to: 'critical' },
  });
});

test('a lower severity is shown and is no rise', async () => {
  const first = condition({ severity: 'critical' });
  const { alert_id } = await send(first);
  await send({ ...first, severity: 'low' });
  expect(await read(alert_id)).toMatchObject({ severity: 'low', first_said: { severity: 'critical' } });
  expect(lastSnapshot(alert_id)).toMatchObject({ severity: 'low', revision: 1 });
  expect(lastSnapshot(alert_id)).not.toHaveProperty('raised');
});

test('of reports of one condition in a batch, the last text is shown and the highest severity counts as a rise', async () => {
  const first = condition();
  const { results } = await batch(
    first,
    { ...first, severity: 'critical', message: 'Full' },
    { ...first, message: 'Better' },
  );
  const { alert_id } = results[0] as Accepted;
  expect(await read(alert_id)).toMatchObject({
    count: 3,
    severity: 'low',
    message: 'Better',
    first_said: { message: 'Disk at 70%' },
  });
  expect(lastSnapshot(alert_id)).toMatchObject({ severity: 'low', raised: { to: 'critical' } });
});

test('a rise and a fall in one batch is a rise of the firing alert', async () => {
  const first = condition();
  const { alert_id } = await send(first);
  await batch({ ...first, severity: 'critical' }, first);
  expect((await read(alert_id)).severity).toBe('low');
  expect(lastSnapshot(alert_id)).toMatchObject({ raised: { revision: 1, to: 'critical' } });
});

test('a rise during an outage of incidents is delivered, although the severity has fallen since', async () => {
  const first = condition();
  const { alert_id } = await send(first);
  harness.incidents.mood = 'down';
  await send({ ...first, severity: 'critical' });
  await send(first);
  harness.incidents.mood = 'up';
  harness.incidents.attached.length = 0;
  harness.clock.advance(minutes(1));
  await harness.alerts.drain();
  const rises = harness.incidents.attached.flatMap(({ alert }) =>
    alert.id === alert_id && alert.raised ? [alert.raised] : [],
  );
  expect(rises).toEqual([{ revision: 1, to: 'critical' }]);
});

test('rises reported by two processes at once have a revision each', async () => {
  const first = condition();
  const { alert_id } = await send(first);
  const other = harness.another();
  await Promise.all([
    send({ ...first, severity: 'high' }),
    other.port.receive({ ...first, severity: 'critical' } as never, someone()),
  ]);
  await other.drain();
  expect((await reports(alert_id)).texts.length).toBeGreaterThan(0);
  const rises = harness.incidents.attached.flatMap(({ alert }) =>
    alert.id === alert_id && alert.raised ? [alert.raised] : [],
  );
  expect(rises.some(({ to }) => to === 'critical')).toBe(true);
});

test('an alert has the http(s) links of its annotations and labels', async () => {
  const { alert_id } = await send(
    condition({
      labels: { grafana: 'https://grafana.example/d/1' },
      annotations: {
        Runbook_URL: 'https://wiki.example/runbooks/disk?a="b"&c=<d>',
        dashboardURL: 'javascript:alert(1)',
        description: 'Rotate the logs',
      },
      generator_url: 'http://prometheus.example/graph?g0.expr=up',
      external_url: 'http://alertmanager.example',
    }),
  );
  const links = [
    { kind: 'runbook', url: 'https://wiki.example/runbooks/disk?a=%22b%22&c=%3Cd%3E' },
    { kind: 'dashboard', url: 'https://grafana.example/d/1' },
    { kind: 'source', url: 'http://prometheus.example/graph?g0.expr=up' },
  ];
  expect(await read(alert_id)).toMatchObject({ links, external_url: 'http://alertmanager.example' });
  expect(lastSnapshot(alert_id)).toMatchObject({ links, description: 'Rotate the logs' });
});

test.each([
  ['more than 32 of them', Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`a${n}`, 'x']))],
  ['one above 4 KiB', { a: 'x'.repeat(4_097) }],
  ['more than 16 KiB in all', Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, 'x'.repeat(4_000)]))],
])('invalid annotations are refused, and the answer names the field: %s', async (_what, annotations) => {
  const refused = harness.alerts.port.receive(condition({ annotations }) as never, someone());
  await expect(refused).rejects.toMatchObject({
    kind: 'invalid',
    extra: { errors: [{ path: expect.stringContaining('annotations') }] },
  });
});
