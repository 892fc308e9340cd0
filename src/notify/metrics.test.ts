import { systemCaller } from '../kernel/ports/contract';
import { type NotifyHarness, notifyHarness } from '../testing/notify';

let harness: NotifyHarness;
beforeAll(async () => {
  harness = await notifyHarness();
});
afterAll(() => harness.close());

test('every channel has its counters before anything was sent', async () => {
  const said = await harness.registry.metrics();
  expect(said).toContain('notifications_sent_total{channel="email",status="failed"} 0');
  expect(said).toContain('notification_attempts_total{channel="slack",outcome="sent"} 0');
});

test('people without a usable address are counted once per command; rooms are not counted', async () => {
  const to = [
    { kind: 'person' as const, name: 'Ann', email: 'ann@example.com' },
    { kind: 'person' as const, name: 'Bob', email: null },
    { kind: 'room' as const, address: 'mock:ops' },
  ];
  const command = { key: 'k', incident_id: 'i', message: 'm', severity: 'high' as const, to };
  // No mail server is configured, so that neither of the two can be reached.
  await harness.port.tell(command, systemCaller('r'));
  await harness.port.tell(command, systemCaller('r'));
  expect(await harness.metric('notification_people_unreachable_total')).toBe(2);
});
