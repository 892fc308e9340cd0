import { ada, clockwork, type OncallHarness, oncallHarness } from '../../testing/oncall';

/** The team that a service pages, and the rule that chose it. */

let harness: OncallHarness;
beforeAll(async () => {
  harness = await oncallHarness();
  for (const team of ['payments', 'Search']) {
    await harness.port.createSchedule(
      { team, rotation_type: 'weekly', members: [{ name: 'Ann', email: 'ann@example.com', role: 'primary' }] },
      ada,
    );
  }
  await harness.port.setService({ service: 'checkout', team: 'payments' }, ada);
});
afterAll(() => harness.database.drop());

const owners = async (port = harness.port) =>
  (await port.owners({ services: ['checkout', 'search', 'ledger'] }, clockwork)).owners.map((owner) => [
    owner.service,
    owner.team,
    owner.owned_by,
    owner.has_schedule,
  ]);

test('a service pages the team it is registered with, else the team of its name, else no team', async () => {
  expect(await owners()).toEqual([
    ['checkout', 'payments', 'registry', true],
    ['ledger', null, null, false],
    ['search', 'Search', 'name', true],
  ]);
});

test('a default team owns the rest, and a team without a schedule pages no one', async () => {
  expect((await owners(harness.another({ defaultTeam: 'payments' }).port))[1]).toEqual([
    'ledger',
    'payments',
    'default',
    true,
  ]);
  expect((await owners(harness.another({ defaultTeam: 'gone' }).port))[1]).toEqual([
    'ledger',
    'gone',
    'default',
    false,
  ]);
});
