import request from 'supertest';
import { days, minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';

let harness: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  harness = await alertsHarness();
});
beforeEach(() => {
  harness.incidents.groups.length = 0;
  harness.incidents.endedIn.length = 0;
});
afterAll(() => harness.drop());

const ALERT = { labels: { alertname: 'Errors', severity: 'critical' } };

async function integration() {
  const made = await harness.alerts.port.createIntegration(
    { name: `Truncating ${++serial}` },
    someone({ actor: 'root', role: 'admin' }),
  );
  const deliver = async (truncatedAlerts: number | string | undefined, ...alerts: object[]) => {
    const body = { groupKey: `{}:{n="${serial}"}`, truncatedAlerts, alerts };
    await request(harness.app()).post(new URL(made.url).pathname).send(body).expect(200);
  };
  return { id: made.id, deliver };
}

const firing = (fingerprint: string) => ({ ...ALERT, status: 'firing', fingerprint });
const resolved = (fingerprint: string) => ({
  ...ALERT,
  status: 'resolved',
  fingerprint,
  endsAt: harness.clock.now().toISOString(),
});

test('incidents receives the number of hidden alerts of a group and the ids of the shown ones', async () => {
  const { id, deliver } = await integration();
  await deliver(3, firing('a'), firing('b'));
  await harness.alerts.drain();
  const shown = await harness.database.db('alerts').where({ integration_id: id }).pluck('id');
  expect(harness.incidents.groups).toMatchObject([
    { source: id, hidden: 3, key: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
  expect(harness.incidents.groups[0]?.alerts.sort()).toEqual(shown.sort());
});

test('the end of alerts is reported with the number of hidden alerts and the version of the delivery', async () => {
  const { deliver } = await integration();
  await deliver(3, firing('a'));
  await deliver(2, resolved('a'));
  await harness.alerts.drain();
  expect(harness.incidents.endedIn).toMatchObject([{ hidden: 2 }]);
  const versions = harness.incidents.groups.map(({ version }) => version);
  expect(new Set(versions).size).toBe(2);
  expect(harness.incidents.endedIn[0]?.version).toBe(Math.max(...versions));
});

test('a complete delivery of a truncated group is reported, also if it is repeated', async () => {
  const { deliver } = await integration();
  await deliver(3, firing('a'));
  await deliver(undefined, firing('a'));
  await deliver(0, firing('a'));
  await harness.alerts.drain();
  expect(harness.incidents.groups.map(({ hidden }) => hidden).sort()).toEqual([0, 0, 3]);
});

test('a group that hides nothing is not stored', async () => {
  const { id, deliver } = await integration();
  await deliver(0, firing('a'));
  await deliver('nonsense', firing('b'));
  await deliver(-4, resolved('b'));
  await harness.alerts.drain();
  expect([harness.incidents.groups, harness.incidents.endedIn]).toEqual([[], []]);
  expect(await harness.database.db('truncated_groups').where({ integration_id: id })).toEqual([]);
});

test('a group is reported after an outage of incidents', async () => {
  const { deliver } = await integration();
  harness.incidents.mood = 'down';
  await deliver(3, firing('a'));
  await harness.alerts.drain();
  expect(harness.incidents.groups).toEqual([]);
  harness.incidents.mood = 'up';
  harness.clock.advance(minutes(1));
  await harness.alerts.drain();
  harness.clock.advance(minutes(1));
  await harness.alerts.drain();
  expect(harness.incidents.groups.at(-1)).toMatchObject({ hidden: 3 });
});

test('a group that is complete again is deleted after a day', async () => {
  const { id, deliver } = await integration();
  await deliver(3, firing('a'));
  await deliver(0, firing('a'));
  await harness.alerts.start();
  harness.clock.advance(days(2));
  await harness.alerts.drain();
  await harness.alerts.stop();
  expect(await harness.database.db('truncated_groups').where({ integration_id: id })).toEqual([]);
});
