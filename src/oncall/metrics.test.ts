import { Registry } from 'prom-client';
import { ada, clockwork, type OncallHarness, oncallHarness } from '../testing/oncall';
import { oncallMetrics } from './metrics';

const ANN = { name: 'Ann', email: 'ann@example.com', role: 'primary' } as const;
const BOB = { name: 'Bob', email: 'bob@example.com', role: 'secondary' } as const;

let harness: OncallHarness;
beforeEach(async () => {
  harness = await oncallHarness();
});
afterEach(() => harness.database.drop());

test('the number of people on call has labels for team and role, and includes takeovers', async () => {
  await harness.port.createSchedule({ team: 'checkout', members: [ANN, BOB] }, ada);
  await harness.port.createSchedule({ team: 'search', members: [ANN, BOB] }, ada);
  await harness.port.createSchedule({ team: 'gone', members: [ANN] }, ada);
  await harness.port.deleteSchedule({ team: 'gone' }, ada);
  await harness.port.setOverride({ team: 'search', user_name: 'Cy', user_email: 'cy@example.com' }, ada);
  const said = await harness.registry.metrics();
  expect(said.match(/^oncall_current\{.*$/gm)?.sort()).toEqual([
    'oncall_current{team="checkout",role="primary"} 1',
    'oncall_current{team="checkout",role="secondary"} 1',
    'oncall_current{team="search",role="primary"} 1',
    'oncall_current{team="search",role="secondary"} 0',
  ]);
  expect(said).toContain('oncall_teams_without_primary 0');
});

test('a team whose schedule names no one counts as without a primary', async () => {
  const registry = new Registry();
  oncallMetrics(registry, {
    totals: async () => ({ schedules: 2, overrides: 0 }),
    coverage: async () => [
      { team: 'a', primary: 0, secondary: 1 },
      { team: 'b', primary: 1, secondary: 0 },
    ],
  });
  expect(await registry.metrics()).toContain('oncall_teams_without_primary 1');
});

test('each notified person is counted once for their team, and rooms are not counted as people', async () => {
  await harness.port.createSchedule({ team: 'checkout', members: [ANN, BOB] }, ada);
  const step = {
    ...{ key: 'k', incident_id: 'i', service: 'checkout', title: 't', severity: 'high' as const, step: 1, round: 0 },
    ...{ reason: 'Incident opened', assignee: null, announce: true, fallback: null },
  };
  await harness.port.takeStep(step, clockwork);
  await harness.port.takeStep(step, clockwork);
  expect(await harness.metric('oncall_pages_total', { team: 'checkout' })).toBe(1);
});
