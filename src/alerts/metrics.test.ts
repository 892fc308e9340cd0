import { randomUUID } from 'node:crypto';
import { seconds } from '../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../testing/alerts';
import { someone } from '../testing/http';

let house: AlertsHarness;
beforeEach(async () => {
  house = await alertsHarness();
});
afterEach(() => house.drop());

/** What a scrape says of alerts without an incident; what is read is kept for a second, so each asks an hour later. */
let hour = 0;
async function waiting(): Promise<number> {
  hour += 1;
  const later = jest.spyOn(performance, 'now').mockReturnValue(hour * 3_600_000);
  const said = await house.registry.metrics();
  later.mockRestore();
  return Number(/^alerts_without_incident (\d+)$/m.exec(said)?.[1]);
}

test('counters stand at nothing before the first alert, so that the first one is seen to come', async () => {
  const said = await house.registry.metrics();
  expect(said).toContain('alerts_received_total{severity="critical"} 0');
  expect(said).toContain('alerts_correlated_total{result="new_incident"} 0');
});

test('accepted alerts that have had no incident for a minute are told, until they have one', async () => {
  house.incidents.mood = 'down';
  const report = { service: 'checkout', severity: 'high', message: randomUUID() } as const;
  const twice = { ...report, message: randomUUID() };
  await house.alerts.port.receive(report, someone());
  await house.alerts.port.receiveBatch({ alerts: [twice, twice] }, someone());
  house.clock.advance(seconds(60));
  expect(await waiting()).toBe(0);
  house.clock.advance(seconds(1));
  expect(await waiting()).toBe(2);
  house.incidents.mood = 'up';
  house.clock.advance(seconds(60));
  await house.alerts.drain();
  expect(await waiting()).toBe(0);
});
