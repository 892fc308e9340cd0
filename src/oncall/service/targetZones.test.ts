import { ada, clockwork, type OncallHarness, oncallHarness } from '../../testing/oncall';

/** The time zones that notify gets for the quiet hours of people. */

let harness: OncallHarness;
beforeAll(async () => {
  harness = await oncallHarness();
  harness.clock.set('2026-01-05T09:00:00.000Z');
  const { port } = harness;
  await port.setPerson({ email: 'bob@example.com', name: 'Bob', time_zone: 'Asia/Tokyo' }, ada);
  const members = ['Ann', 'Bob'].map((name) => ({ name, email: `${name.toLowerCase()}@example.com` }));
  const rotation = { unit: 'weekly' as const, length: 1, handoff: '2024-01-01T00:00', slots: [members] };
  const layers = [{ name: 'all', rotation }];
  await port.createSchedule({ team: 'web', time_zone: 'Europe/Berlin', layers } as never, ada);
});
beforeEach(() => {
  harness.notify.told.length = 0;
});
afterAll(() => harness.database.drop());

const assignee = { name: 'Cy', email: 'cy@example.com' };
async function zones(severity: 'high' | 'low'): Promise<(string | undefined)[]> {
  await harness.port.takeStep(
    {
      ...{ key: `web ${severity}`, incident_id: severity, service: 'web', title: 'disk full' },
      ...{ severity, step: 1, round: 0, reason: 'opened', assignee },
    },
    clockwork,
  );
  return harness.notify.told.at(-1)?.to.map((to) => (to.kind === 'person' ? to.time_zone : undefined)) ?? [];
}

test('a page of low urgency carries the zone that the person chose, else the zone of the schedule', async () => {
  expect(await zones('low')).toEqual(['Europe/Berlin', 'Asia/Tokyo', 'Europe/Berlin']);
});
