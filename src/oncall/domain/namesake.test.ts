import { ada, type OncallHarness, oncallHarness } from '../../testing/oncall';
import { findNamesake } from './namesake';

let harness: OncallHarness;
beforeAll(async () => {
  harness = await oncallHarness();
  const alex = (email: string) => ({ name: 'Alex Kim', email, role: 'primary' as const });
  for (const [team, email] of [
    ['payments', 'alex.p@example.com'],
    ['search', 'alex.s@example.com'],
  ] as const) {
    await harness.port.createSchedule({ team, rotation_type: 'weekly', members: [alex(email)] }, ada);
  }
  await harness.port.setService({ service: 'checkout', team: 'payments' }, ada);
});
afterAll(() => harness.database.drop());

const find = (more: { team?: string; service?: string } = {}, text = 'Alex Kim') =>
  harness.port.findPerson({ text, ...more }, ada);

test('of several people of one name, the person of the team is found', async () => {
  expect(await find({ team: 'search' })).toEqual({ name: 'Alex Kim', email: 'alex.s@example.com' });
  expect(await find({ team: 'payments' }, 'alex kim')).toEqual({ name: 'Alex Kim', email: 'alex.p@example.com' });
});

test('without a team, the owner of the service decides', async () => {
  expect(await find({ service: 'Checkout' })).toEqual({ name: 'Alex Kim', email: 'alex.p@example.com' });
});

test('if the team does not decide, the answer names every candidate with their teams', async () => {
  const candidates = [
    { name: 'Alex Kim', email: 'alex.p@example.com', teams: ['payments'] },
    { name: 'Alex Kim', email: 'alex.s@example.com', teams: ['search'] },
  ];
  expect(await find()).toEqual({ name: 'Alex Kim', email: null, candidates });
  expect(await find({ team: 'web' })).toEqual({ name: 'Alex Kim', email: null, candidates });
});

test('an e-mail address always decides', async () => {
  expect(await find({ team: 'search' }, 'alex.p@example.com')).toEqual({
    name: 'Alex Kim',
    email: 'alex.p@example.com',
  });
});

test('a person that an override puts on call belongs to the team during the override', async () => {
  const user = { user_name: 'Alex Kim', user_email: 'alex.t@example.com' };
  await harness.port.createSchedule(
    { team: 'mobile', rotation_type: 'weekly', members: [{ name: 'Mo', email: 'mo@example.com', role: 'primary' }] },
    ada,
  );
  await harness.port.setOverride({ team: 'mobile', ...user, duration_hours: 1 }, ada);
  expect(await find({ team: 'mobile' })).toEqual({ name: 'Alex Kim', email: 'alex.t@example.com' });
});

test('an exact spelling decides first', () => {
  const [low, exact] = ['sam roe', 'Sam Roe'].map((name, n) => ({
    name,
    email: `sam${n}@example.com`,
    teams: ['web'],
  }));
  expect(findNamesake('Sam Roe', [low!, exact!], 'web')).toBe(exact);
  expect(findNamesake('SAM ROE', [low!, exact!], 'web')).toBeNull();
});
