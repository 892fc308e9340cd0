import { randomUUID } from 'node:crypto';
import { seconds } from '../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../testing/alerts';
import { someone } from '../testing/http';

let harness: AlertsHarness;
beforeEach(async () => {
  harness = await alertsHarness();
});
afterEach(() => harness.drop());

/** The gauge of alerts without an incident. Its value is cached for a second, so each scrape is an hour later. */
let hour = 0;
async function waiting(): Promise<number> {
  hour += 1;
  const later = jest.spyOn(performance, 'now').mockReturnValue(hour * 3_600_000);
  const text = await harness.registry.metrics();
  later.mockRestore();
  return Number(/^alerts_without_incident (\d+)$/m.exec(text)?.[1]);
}

test('counters are 0 before the first alert, so that the first one counts in a rate', async () => {
  const text = await harness.registry.metrics();
  expect(text).toContain('alerts_received_total{severity="critical"} 0');
  expect(text).toContain('alerts_correlated_total{result="new_incident"} 0');
});

test('the gauge counts accepted alerts that have had no incident for a minute', async () => {
  harness.incidents.mood = 'down';
  const report = { service: 'checkout', severity: 'high', message: randomUUID() } as const;
  const twice = { ...report, message: randomUUID() };
  await harness.alerts.port.receive(report, someone());
  await harness.alerts.port.receiveBatch({ alerts: [twice, twice] }, someone());
  harness.clock.advance(seconds(60));
  expect(await waiting()).toBe(0);
  harness.clock.advance(seconds(1));
  expect(await waiting()).toBe(2);
  harness.incidents.mood = 'up';
  harness.clock.advance(seconds(60));
  await harness.alerts.drain();
  expect(await waiting()).toBe(0);
});

test('heartbeats are counted by state', async () => {
  const { port } = harness.alerts;
  const admin = someone({ actor: 'root', role: 'admin' });
  const schedule = { period: 60, grace: 60 };
  for (const slug of ['one', 'two']) {
    await port.createHeartbeat({ name: slug, slug, service: 'backups', severity: 'high', schedule } as never, admin);
  }
  const text = await harness.registry.metrics();
  expect(text).toContain('tocsin_heartbeats{state="new"} 2');
  expect(text).toContain('tocsin_heartbeats{state="down"} 0');
});
