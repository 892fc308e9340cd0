import request from 'supertest';
import { days, minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';

let house: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  house = await alertsHarness();
});
beforeEach(() => {
  house.incidents.groups.length = 0;
  house.incidents.endedIn.length = 0;
});
afterAll(() => house.drop());

const ALERT = { labels: { alertname: 'Errors', severity: 'critical' } };

async function integration() {
  const made = await house.alerts.port.createIntegration(
    { name: `Truncating ${++serial}` },
    someone({ actor: 'root', role: 'admin' }),
  );
  const deliver = async (truncatedAlerts: number | string | undefined, ...alerts: object[]) => {
    const body = { groupKey: `{}:{n="${serial}"}`, truncatedAlerts, alerts };
    await request(house.app()).post(new URL(made.url).pathname).send(body).expect(200);
  };
  return { id: made.id, deliver };
}

const firing = (fingerprint: string) => ({ ...ALERT, status: 'firing', fingerprint });
const resolved = (fingerprint: string) => ({
  ...ALERT,
  status: 'resolved',
  fingerprint,
  endsAt: house.clock.now().toISOString(),
});

test('incidents learns how many alerts a group hides, and which it shows', async () => {
  const { id, deliver } = await integration();
  await deliver(3, firing('a'), firing('b'));
  await house.alerts.drain();
  const shown = await house.database.db('alerts').where({ integration_id: id }).pluck('id');
  expect(house.incidents.groups).toMatchObject([
    { source: id, hidden: 3, key: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
  expect(house.incidents.groups[0]?.alerts.sort()).toEqual(shown.sort());
});

test('the end of alerts is reported with the number that their delivery hides, in the order of the deliveries', async () => {
  const { deliver } = await integration();
  await deliver(3, firing('a'));
  await deliver(2, resolved('a'));
  await house.alerts.drain();
  expect(house.incidents.endedIn).toMatchObject([{ hidden: 2 }]);
  const versions = house.incidents.groups.map(({ version }) => version);
  expect(new Set(versions).size).toBe(2);
  expect(house.incidents.endedIn[0]?.version).toBe(Math.max(...versions));
});

test('a complete delivery of a group that was truncated is reported, also when it is delivered again', async () => {
  const { deliver } = await integration();
  await deliver(3, firing('a'));
  await deliver(undefined, firing('a'));
  await deliver(0, firing('a'));
  await house.alerts.drain();
  expect(house.incidents.groups.map(({ hidden }) => hidden).sort()).toEqual([0, 0, 3]);
});

test('a group that hides nothing leaves no trace', async () => {
  const { id, deliver } = await integration();
  await deliver(0, firing('a'));
  await deliver('nonsense', firing('b'));
  await deliver(-4, resolved('b'));
  await house.alerts.drain();
  expect([house.incidents.groups, house.incidents.endedIn]).toEqual([[], []]);
  expect(await house.database.db('truncated_groups').where({ integration_id: id })).toEqual([]);
});

test('while incidents is away the group waits, and is reported afterwards', async () => {
  const { deliver } = await integration();
  house.incidents.mood = 'down';
  await deliver(3, firing('a'));
  await house.alerts.drain();
  expect(house.incidents.groups).toEqual([]);
  house.incidents.mood = 'up';
  house.clock.advance(minutes(1));
  await house.alerts.drain();
  house.clock.advance(minutes(1));
  await house.alerts.drain();
  expect(house.incidents.groups.at(-1)).toMatchObject({ hidden: 3 });
});

test('a group that is complete again is forgotten after a day', async () => {
  const { id, deliver } = await integration();
  await deliver(3, firing('a'));
  await deliver(0, firing('a'));
  await house.alerts.start();
  house.clock.advance(days(2));
  await house.alerts.drain();
  await house.alerts.stop();
  expect(await house.database.db('truncated_groups').where({ integration_id: id })).toEqual([]);
});
