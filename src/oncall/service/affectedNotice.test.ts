import { randomUUID } from 'node:crypto';
import { ada, clockwork, type OncallHarness, oncallHarness } from '../../testing/oncall';

/** The people and rooms that get a team's notice of an affected service. */

let harness: OncallHarness;
const ANN = { name: 'Ann', email: 'ann@example.com', role: 'primary' as const };
beforeAll(async () => {
  harness = await oncallHarness();
  for (const team of ['payments', 'search']) {
    await harness.port.createSchedule({ team, rotation_type: 'weekly', members: [ANN] }, ada);
  }
  for (const service of ['checkout', 'cart']) await harness.port.setService({ service, team: 'payments' }, ada);
  await harness.port.setTeamRoom({ team: 'payments', room: 'slack:payments' }, ada);
});
afterAll(() => harness.database.drop());

const tell = (service: string, incident_id: string = randomUUID(), team?: string) =>
  harness.port.tellAffected({ incident_id, service, title: '[HIGH] db: down', ...(team && { team }) }, clockwork);

test('the room of the team gets one notice of low urgency per incident, whichever service is first', async () => {
  const incident = randomUUID();
  const before = harness.notify.told.length;
  expect(await tell('checkout', incident)).toEqual({ team: 'payments' });
  await tell('cart', incident);
  await tell('checkout', incident);
  expect(harness.notify.told.slice(before)).toMatchObject([
    {
      severity: 'low',
      incident_id: 'on-call:payments',
      message: expect.stringMatching(/^checkout is affected by \[HIGH\] db: down\..*\/incidents\/[0-9a-f-]{36}$/),
      to: [{ kind: 'room', address: 'slack:payments' }],
    },
  ]);
  await tell('cart');
  expect(harness.notify.told).toHaveLength(before + 2);
});

test('without a room the people on call get it', async () => {
  await tell('search');
  expect(harness.notify.told.at(-1)?.to).toEqual([{ kind: 'person', name: 'Ann', email: 'ann@example.com' }]);
});

test('the team of the route gets it instead of the owner, in any case of its name', async () => {
  expect(await tell('checkout', randomUUID(), 'Search')).toEqual({ team: 'search' });
  expect(harness.notify.told.at(-1)?.to).toEqual([{ kind: 'person', name: 'Ann', email: 'ann@example.com' }]);
});

test('if the team of the route does not exist, the owner gets it', async () => {
  expect(await tell('checkout', randomUUID(), 'deleted team')).toEqual({ team: 'payments' });
});

test('the default room gets the notice of a service without an owner, which says so', async () => {
  const incident = randomUUID();
  const before = harness.notify.told.length;
  expect(await tell('nobodys', incident)).toEqual({ team: null });
  await tell('nobodys', incident);
  expect(harness.notify.told.slice(before)).toMatchObject([
    { message: expect.stringContaining('No team owns it.'), to: [{ kind: 'room', address: null }] },
  ]);
});

test('the default team gets the notice of a service without an owner', async () => {
  const other = await oncallHarness({ defaultTeam: 'payments' });
  await other.port.createSchedule({ team: 'payments', rotation_type: 'weekly', members: [ANN] }, ada);
  const notice = { incident_id: randomUUID(), service: 'nobodys', title: '[HIGH] db: down' };
  expect(await other.port.tellAffected(notice, clockwork)).toEqual({ team: 'payments' });
  expect(other.notify.told.at(-1)?.to).toEqual([{ kind: 'person', name: 'Ann', email: 'ann@example.com' }]);
  await other.database.drop();
});
