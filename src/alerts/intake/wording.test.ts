import { minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Accepted } from '../contract';

let house: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  house = await alertsHarness();
});
afterAll(() => house.drop());

const condition = (over: object = {}) => ({
  service: `wording-${++serial}`,
  severity: 'low',
  message: 'Disk at 70%',
  dedup_key: `disk-${serial}`,
  ...over,
});
const send = (input: object): Promise<Accepted> => house.alerts.port.receive(input as never, someone());
const batch = (...alerts: object[]) => house.alerts.port.receiveBatch({ alerts }, someone());
const read = (id: string) => house.alerts.port.get({ alert_id: id }, someone());
const reports = (id: string) => house.alerts.port.reports({ alert_id: id }, someone());
/** What incidents was told of an alert last. */
const told = (id: string) => house.incidents.attached.filter(({ alert }) => alert.id === id).at(-1)?.alert;

test('an alert shows the latest message, severity and annotations, and keeps the first', async () => {
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

test('a report that says the same again changes no text and keeps no history', async () => {
  const said = condition({ annotations: { a: 'b' } });
  const { alert_id } = await send(said);
  await send(said);
  expect((await read(alert_id)).first_said).toBeNull();
  expect(await reports(alert_id)).toMatchObject({ total: 2, texts: [] });
  expect(told(alert_id)).not.toHaveProperty('revision');
});

test('the reports of an alert say what it said then, and the texts kept are bounded', async () => {
  const said = condition();
  const { alert_id } = await send(said);
  for (let n = 1; n <= 25; n++) {
    house.clock.advance(minutes(1));
    await send({ ...said, message: `Disk at ${70 + n}%` });
  }
  const { first, texts } = await reports(alert_id);
  expect(first).toMatchObject({ message: 'Disk at 70%', severity: 'low' });
  expect(texts).toHaveLength(20);
  expect(texts[0]).toMatchObject({ message: 'Disk at 95%', severity: 'low' });
  expect(texts.at(-1)).toMatchObject({ message: 'Disk at 76%' });
});

test('incidents hears of a rise with the revision that brought it', async () => {
  const said = condition();
  const { alert_id } = await send(said);
  await send({ ...said, severity: 'critical', message: 'Disk full' });
  expect(told(alert_id)).toMatchObject({
    severity: 'critical',
    message: 'Disk full',
    revision: 1,
    raised: { revision: 1, to: 'critical' },
  });
});

test('a severity that falls is shown, and is no rise', async () => {
  const said = condition({ severity: 'critical' });
  const { alert_id } = await send(said);
  await send({ ...said, severity: 'low' });
  expect(await read(alert_id)).toMatchObject({ severity: 'low', first_said: { severity: 'critical' } });
  expect(told(alert_id)).toMatchObject({ severity: 'low', revision: 1 });
  expect(told(alert_id)).not.toHaveProperty('raised');
});

test('reports of one condition in one batch: the last words are shown, the highest severity counts', async () => {
  const said = condition();
  const { results } = await batch(
    said,
    { ...said, severity: 'critical', message: 'Full' },
    { ...said, message: 'Better' },
  );
  const { alert_id } = results[0] as Accepted;
  expect(await read(alert_id)).toMatchObject({
    count: 3,
    severity: 'low',
    message: 'Better',
    first_said: { message: 'Disk at 70%' },
  });
  expect(told(alert_id)).toMatchObject({ severity: 'low', raised: { to: 'critical' } });
});

test('a rise and a fall in one batch, of an alert that fires already, is a rise', async () => {
  const said = condition();
  const { alert_id } = await send(said);
  await batch({ ...said, severity: 'critical' }, said);
  expect((await read(alert_id)).severity).toBe('low');
  expect(told(alert_id)).toMatchObject({ raised: { revision: 1, to: 'critical' } });
});

test('a rise that came while incidents was away is delivered, although the severity has fallen since', async () => {
  const said = condition();
  const { alert_id } = await send(said);
  house.incidents.mood = 'down';
  await send({ ...said, severity: 'critical' });
  await send(said);
  house.incidents.mood = 'up';
  house.incidents.attached.length = 0;
  house.clock.advance(minutes(1));
  await house.alerts.drain();
  const rises = house.incidents.attached.flatMap(({ alert }) =>
    alert.id === alert_id && alert.raised ? [alert.raised] : [],
  );
  expect(rises).toEqual([{ revision: 1, to: 'critical' }]);
});

test('two processes that report a rise at once bring it once each, under its own revision', async () => {
  const said = condition();
  const { alert_id } = await send(said);
  const other = house.another();
  await Promise.all([
    send({ ...said, severity: 'high' }),
    other.port.receive({ ...said, severity: 'critical' } as never, someone()),
  ]);
  await other.drain();
  expect((await reports(alert_id)).texts.length).toBeGreaterThan(0);
  const rises = house.incidents.attached.flatMap(({ alert }) =>
    alert.id === alert_id && alert.raised ? [alert.raised] : [],
  );
  expect(rises.some(({ to }) => to === 'critical')).toBe(true);
});

test('an alert carries the links that annotations and labels name, http and https alone', async () => {
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
  expect(told(alert_id)).toMatchObject({ links, description: 'Rotate the logs' });
});

test.each([
  ['more than 32 of them', Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`a${n}`, 'x']))],
  ['one above 4 KiB', { a: 'x'.repeat(4_097) }],
  ['more than 16 KiB in all', Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, 'x'.repeat(4_000)]))],
])('annotations are refused by name: %s', async (_what, annotations) => {
  const refused = house.alerts.port.receive(condition({ annotations }) as never, someone());
  await expect(refused).rejects.toMatchObject({
    kind: 'invalid',
    extra: { errors: [{ path: expect.stringContaining('annotations') }] },
  });
});
