import request from 'supertest';
import { days, minutes, seconds } from '../../kernel/clock';
import { enqueueRetention } from '../../kernel/jobs/retention';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import { CHANGES_KEPT } from '../store/history';

/** The history of alerts: first report, changes and end, each with its part of the request. */

let harness: AlertsHarness;
let serial = 0;
const admin = someone({ actor: 'root', role: 'admin' });

beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

async function integration(format = 'alertmanager') {
  const name = `tool ${++serial}`;
  const made = await harness.alerts.port.createIntegration({ name, format: format as 'alertmanager' }, admin);
  const rows = () => harness.database.db('alerts').where({ integration_id: made.id }).orderBy('id');
  return {
    name,
    async post(body: unknown) {
      harness.clock.advance(seconds(1));
      await request(harness.app())
        .post(new URL(made.url).pathname)
        .send(body as object);
      await harness.alerts.drain();
    },
    rows,
    async history(at = 0) {
      const [row] = (await rows()).slice(at);
      return (await harness.alerts.port.reports({ alert_id: row.id }, admin)).history;
    },
  };
}
const item = (over: object = {}) => ({
  status: 'firing',
  labels: { service: 'shop', severity: 'critical' },
  annotations: { summary: 'Cart fails' },
  fingerprint: 'f1',
  ...over,
});
const ENDED = { status: 'resolved', endsAt: '2020-01-05T09:00:00Z' };

test('each alert of a request keeps its own part, with secrets masked', async () => {
  const { post, history, name } = await integration();
  const first = item({ annotations: { summary: 'Cart fails', api_token: 'hunter2' } });
  await post({ alerts: [first, item({ fingerprint: 'f2', generatorURL: 'https://ada:hunter2@db.example/x' })] });
  const of = [await history(0), await history(1)];
  expect(of[0]).toMatchObject([{ kind: 'first', severity: 'critical', message: 'Cart fails', reported_by: name }]);
  const payloads = of.map(([event]) => event?.payload ?? '').sort();
  expect(payloads.map((text) => JSON.parse(text).fingerprint)).toEqual(['f1', 'f2']);
  expect(payloads.join()).not.toContain('hunter2');
});

test('a repeated report leaves the history as it is, a changed one adds to it, and an end completes it', async () => {
  const { post, history, name } = await integration();
  await post({ alerts: [item()] });
  await post({ alerts: [item()] });
  expect(await history()).toHaveLength(1);
  await post({ alerts: [item({ annotations: { summary: 'Cart is slow' } })] });
  await post({ alerts: [item({ annotations: { summary: 'Cart is slow' }, ...ENDED, endsAt: undefined })] });
  const events = await history();
  expect(events.map(({ kind, message, reported_by }) => [kind, message, reported_by])).toEqual([
    ['ended', 'Cart is slow', name],
    ['changed', 'Cart is slow', name],
    ['first', 'Cart fails', name],
  ]);
  expect(events.map(({ payload }) => JSON.parse(payload ?? '{}').status)).toEqual(['resolved', 'firing', 'firing']);
});

test('the last 20 changes are kept', async () => {
  const { post, history } = await integration();
  for (let n = 0; n <= CHANGES_KEPT + 5; n++) await post({ alerts: [item({ annotations: { summary: `Text ${n}` } })] });
  const events = await history();
  expect(events.map(({ message }) => message)).toEqual([
    ...Array.from({ length: CHANGES_KEPT }, (_, n) => `Text ${CHANGES_KEPT + 5 - n}`),
    'Text 0',
  ]);
});

test('at most 16 KiB of a payload are kept', async () => {
  const { post, history } = await integration();
  await post({ alerts: [item({ notes: 'ä'.repeat(20_000) })] });
  const [first] = await history();
  expect(Buffer.byteLength(first?.payload ?? '')).toBeLessThanOrEqual(16 * 1024);
  expect(Buffer.byteLength(first?.payload ?? '')).toBeGreaterThan(16 * 1024 - 8);
});

test('the key of an integration is masked in the payload of its alert', async () => {
  const { post, history } = await integration('pagerduty');
  const payload = { summary: 'Cart fails', source: 'shop', severity: 'critical' };
  await post({ routing_key: 'r0uting-key-of-this-tool', event_action: 'trigger', dedup_key: 'k', payload });
  const [first] = await history();
  expect(JSON.parse(first?.payload ?? '{}')).toMatchObject({ routing_key: '…', dedup_key: 'k' });
});

test('alerts of a request from which items were left out have no payload', async () => {
  const { post, history } = await integration('prometheus');
  await post([{ labels: { service: 'shop', alertname: 'Cart' } }, { labels: { service: '' } }]);
  expect((await history())[0]?.payload).toBeNull();
});

test('texts that an earlier version stored are shown', async () => {
  const { post, history, rows } = await integration();
  await post({ alerts: [item()] });
  const [{ id: alert_id }] = await rows();
  const text = { at: harness.clock.now(), severity: 'low', message: 'An old text', reported_by: 'tool' };
  await harness.database.db('alert_texts').insert({ alert_id, place: 1, ...text });
  expect(await history()).toMatchObject([
    { kind: 'changed', message: 'An old text', payload: null },
    { kind: 'first' },
  ]);
});

test('an alert whose history is over its days keeps its first report and its end', async () => {
  const { post, history } = await integration();
  await post({ alerts: [item()] });
  await post({ alerts: [item({ annotations: { summary: 'Cart is slow' } })] });
  harness.clock.advance(days(31) + minutes(1));
  await enqueueRetention(harness.database.db, harness.clock.now(), 0);
  await harness.alerts.drain();
  expect(await history()).toMatchObject([{ kind: 'first', message: 'Cart fails', payload: null }]);
  expect(await harness.database.db('alert_events')).toEqual([]);
});
