import { minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';

let harness: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;
const service = () => `matched-${++serial}`;
async function send(over: object = {}) {
  harness.clock.advance(minutes(1));
  const input = { service: 'any', severity: 'high', message: 'Disk full', dedup_key: `k${++serial}`, ...over };
  return (await port().receive(input as never, someone())) as { alert_id: string };
}
const matches = (when: string[], then: object, over: object = {}, limit?: number) =>
  port().rulesMatches({ rule: { name: 'draft', when, then, ...over }, ...(limit && { limit }) } as never, someone());

test('a draft shows the newest alerts that it matches, and what it would do with each', async () => {
  const name = service();
  const first = await send({ service: name, labels: { env: 'prod' } });
  await send();
  const second = await send({ service: name });
  const { alerts } = await matches([`service="${name}"`], { set: { severity: 'low', title: 'Quiet: $message' } });
  expect(alerts).toMatchObject([
    {
      ...{ id: second.alert_id, service: name, severity: 'high', message: 'Disk full', status: 'firing' },
      did: 'set severity low, set title Quiet: $message',
      after: { service: name, severity: 'low', message: 'Quiet: Disk full', labels: {} },
    },
    { id: first.alert_id, labels: { env: 'prod' }, after: { labels: { env: 'prod' } } },
  ]);
});

test('a draft sees alerts as their source reported them, whatever the stored rules did', async () => {
  const name = service();
  const stored = { name: 'renames', when: [`service="${name}"`], then: { set: { service: 'elsewhere' } } };
  const { id } = await port().createRule(stored as never, someone());
  await send({ service: name });
  await port().deleteRule({ id }, someone());
  expect((await matches([`service="${name}"`], { drop: true })).alerts).toMatchObject([{ service: name, did: 'drop' }]);
  expect((await matches(['service="elsewhere"'], { drop: true })).alerts).toEqual([]);
});

test('hours of a draft are those of the time at which an alert was reported', async () => {
  const name = service();
  harness.clock.set('2026-01-05T09:58:00.000Z');
  await send({ service: name });
  await send({ service: name });
  const during = { time_zone: 'UTC', restrictions: [{ from: '10:00', to: '11:00' }] };
  const { alerts } = await matches([`service="${name}"`], { drop: true }, { during });
  expect(alerts).toMatchObject([{ created_at: '2026-01-05T10:00:00.000Z' }]);
});

test('the list ends at its limit and says that older alerts were not compared', async () => {
  const name = service();
  for (let n = 0; n < 3; n++) await send({ service: name });
  const { alerts, more, compared } = await matches([`service="${name}"`], { drop: true }, {}, 2);
  expect([alerts.length, more, compared]).toEqual([2, true, 2]);
});

test('a matcher that cannot be read is refused by its field', async () => {
  await expect(matches(['no operator'], { drop: true })).rejects.toMatchObject({
    kind: 'invalid',
    extra: { errors: [{ path: expect.stringMatching(/^rule\.when/) }] },
  });
});
