import request from 'supertest';
import { days, hours, minutes, seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Backtest } from '../contract';
import { addBacktest, endBacktest, saveProgress } from '../store/backtests';

let harness: AlertsHarness;
let serial = 0;
const admin = someone({ actor: 'root', role: 'admin' });

beforeAll(async () => {
  harness = await alertsHarness();
});
beforeEach(async () => {
  harness.clock.advance(days(31));
  await harness.database.db('alerts').delete();
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;
const draftRule = (when: string[], then: object) => ({ name: `draft ${++serial}`, when, then });
async function send(over: object = {}) {
  const input = { service: 'shop', severity: 'high', message: 'Disk full', dedup_key: `k${++serial}`, ...over };
  const { alert_id } = (await port().receive(input as never, admin)) as { alert_id: string };
  return alert_id;
}
async function finished(draft: object[], length = 7): Promise<Backtest> {
  const { id } = await port().startBacktest({ days: length, draft } as never, admin);
  await harness.alerts.drain();
  return port().getBacktest({ id }, admin);
}
const row = (over: object = {}) => ({
  ...{ id: crypto.randomUUID(), state: 'running', days: 1, started_at: harness.clock.now(), started_by: 'maria' },
  ...{ seen_at: harness.clock.now(), alerts_total: 0 },
  ...over,
});
const store = (one: ReturnType<typeof row>) => harness.database.db('backtests').insert(one);
const noneRuns = () => harness.database.db('backtests').where({ state: 'running' }).delete();

test('a draft that drops alerts names each page that would be missed, with its alert', async () => {
  const missed = await send({ labels: { env: 'dev' } });
  harness.clock.advance(minutes(10));
  await send({ labels: { env: 'prod' } });
  harness.clock.advance(minutes(1));
  expect(await finished([draftRule(['env="dev"'], { drop: true })])).toMatchObject({
    ...{ state: 'done', started_by: 'root', progress: { alerts: 2, of: 2 }, reason: null },
    not_considered: ['upstreams', 'ended_mutes'],
    result: {
      ...{ alerts: 2, events: 2, without_history: 0, stopped_at: null, missed_total: 1, new_total: 0, new: [] },
      current: { incidents: 2, pages: 2, dropped: 0 },
      draft: { incidents: 1, pages: 1, dropped: 1 },
      missed: [{ alert_id: missed, because: 'dropped', service: 'shop', decision: [{ stage: 'rule', did: 'drop' }] }],
    },
  });
});

test('the current rules as a draft change nothing', async () => {
  const rule = draftRule(['service="search"'], { page: false });
  const { id } = await port().createRule(rule as never, admin);
  for (const service of ['shop', 'search', 'ledger']) await send({ service });
  harness.clock.advance(minutes(1));
  const { result } = await finished([rule]);
  await port().deleteRule({ id }, admin);
  expect(result).toMatchObject({ missed_total: 0, new_total: 0, current: { incidents: 3, pages: 2 } });
  expect(result?.draft).toEqual(result?.current);
});

test('re-reports and ends are replayed as the source reported them', async () => {
  const key = { dedup_key: `k${++serial}` };
  const id = await send({ ...key, severity: 'low' });
  harness.clock.advance(minutes(2));
  await send({ ...key, severity: 'critical', message: 'Disk is gone' });
  harness.clock.advance(minutes(2));
  await port().receive({ service: 'shop', severity: 'low', message: 'x', ...key, status: 'resolved' } as never, admin);
  harness.clock.advance(minutes(1));
  await send({ service: 'shop', severity: 'critical' });
  harness.clock.advance(minutes(1));
  const { result } = await finished([draftRule(['message="Disk is gone"'], { set: { severity: 'low' } })]);
  expect(result).toMatchObject({ alerts: 2, events: 4, without_history: 0, current: { incidents: 2, pages: 3 } });
  expect(result?.missed).toMatchObject([{ alert_id: id, because: 'later' }]);
});

test('an alert whose texts are no longer kept is counted and not judged', async () => {
  const key = { dedup_key: `k${++serial}` };
  await send(key);
  harness.clock.advance(seconds(1));
  await send({ ...key, message: 'Another text' });
  await harness.database.db('alert_events').delete();
  harness.clock.advance(minutes(1));
  const { result } = await finished([draftRule(['service="shop"'], { drop: true })]);
  expect(result).toMatchObject({ without_history: 1, missed: [], current: { pages: 0 }, draft: { dropped: 0 } });
});

test('only alerts of the days asked for are replayed, and dropped reports are counted', async () => {
  await send();
  harness.clock.advance(days(2));
  const rule = draftRule(['service="noise"'], { drop: true });
  const { id } = await port().createRule(rule as never, admin);
  await send({ service: 'noise' });
  await harness.alerts.drain();
  const { result, progress } = await finished([], 1);
  await port().deleteRule({ id }, admin);
  expect([result?.alerts, result?.dropped_not_replayed, progress]).toEqual([0, 1, { alerts: 0, of: 0 }]);
});

test('one run at a time: a second one is refused with the id of the first', async () => {
  const first = row();
  await store(first);
  const { body } = await request(harness.app(admin)).post('/api/v1/rules/backtest').send({ draft: [] }).expect(409);
  expect(body).toMatchObject({ detail: expect.stringContaining('maria'), backtest_id: first.id });
  await noneRuns();
});

test('one of two runs that start at once is refused', async () => {
  const { db } = harness.database;
  const added = await Promise.all([addBacktest(db, row()), addBacktest(db, row())]);
  expect(added.sort()).toEqual([false, true]);
  await noneRuns();
});

test('a run whose process stopped does not block the next one', async () => {
  const first = row();
  await store(first);
  harness.clock.advance(hours(1));
  expect(await finished([])).toMatchObject({ state: 'done' });
  expect(await port().getBacktest({ id: first.id }, admin)).toMatchObject({ state: 'failed', result: null });
});

test('a run can be cancelled, and saves nothing after that', async () => {
  const { db } = harness.database;
  const { id, ...one } = row();
  await store({ id, ...one });
  expect(await port().cancelBacktest({ id }, admin)).toMatchObject({ state: 'cancelled', result: null });
  expect(await saveProgress(db, id, 10, harness.clock.now())).toBe(false);
  await endBacktest(db, id, { state: 'done', reason: null }, harness.clock.now());
  expect(await port().getBacktest({ id }, admin)).toMatchObject({ state: 'cancelled', progress: { alerts: 0 } });
});

test('a run that is over cannot be cancelled', async () => {
  const { id } = await finished([]);
  expect(await port().cancelBacktest({ id }, admin)).toMatchObject({ state: 'done' });
});

test('a draft with a matcher that cannot be read is refused by its field', async () => {
  const started = port().startBacktest({ draft: [draftRule(['no operator'], { drop: true })] } as never, admin);
  await expect(started).rejects.toMatchObject({
    kind: 'invalid',
    extra: { errors: [{ path: expect.stringMatching(/^draft\.0\.when/) }] },
  });
});

test('an unknown run is 404', async () => {
  const unknown = { id: crypto.randomUUID() };
  await expect(port().getBacktest(unknown, admin)).rejects.toMatchObject({ kind: 'not-found' });
  await expect(port().cancelBacktest(unknown, admin)).rejects.toMatchObject({ kind: 'not-found' });
});
