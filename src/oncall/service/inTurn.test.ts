import { ada, clockwork, type OncallHarness, oncallHarness } from '../../testing/oncall';

let harness: OncallHarness;
let team: string;
let runs = 0;
beforeAll(async () => {
  harness = await oncallHarness();
});
beforeEach(async () => {
  runs += 1;
  team = `team ${runs}`;
  harness.clock.set('2026-01-05T09:00:00.000Z');
  harness.notify.told.length = 0;
  harness.notify.unreachable.clear();
  await create(team);
});
afterAll(() => harness.database.drop());

const member = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com`, role: 'primary' as const });
const create = (name: string) =>
  harness.port.createSchedule({ team: name, members: ['Ann', 'Bob', 'Cy'].map(member) }, ada);
const room = { kind: 'room' as const, address: 'slack:war-room' };
const policy = (targets: Parameters<typeof put>[0] = [{ kind: 'team', team }]) => put(targets);
const put = (targets: ({ kind: 'team'; team: string } | typeof room)[]) =>
  harness.port.putPolicy({ team, steps: [{ targets, wait_minutes: 5, round_robin: true }] }, ada);

type Step = Parameters<OncallHarness['port']['takeStep']>[0];
const step = (incident: string, more: Partial<Step> = {}) =>
  harness.port.takeStep(
    {
      key: `${team} ${incident}`,
      incident_id: incident,
      service: team,
      title: 'disk full',
      severity: 'high',
      step: 1,
      round: 0,
      reason: 'opened',
      ...more,
    },
    clockwork,
  );
const names = ({ told }: { told: { name: string }[] }) => told.map(({ name }) => name);

test('each incident pages the next of the people', async () => {
  await policy();
  const paged = [];
  for (const incident of ['1', '2', '3', '4']) paged.push(names(await step(incident)));
  expect(paged).toEqual([['Ann'], ['Bob'], ['Cy'], ['Ann']]);
});

test('the reason says that the person was next in turn', async () => {
  await policy();
  expect((await step('1')).why).toBe('everybody, in_turn');
});

test('a repeated command pages the same person and takes no further turn', async () => {
  await policy();
  await step('1');
  expect(names(await step('1'))).toEqual(['Ann']);
  expect(names(await step('2'))).toEqual(['Bob']);
});

test('a person who cannot be reached is passed over', async () => {
  await policy();
  harness.notify.unreachable.add('Ann');
  expect(names(await step('1'))).toEqual(['Bob']);
  harness.notify.unreachable.clear();
  expect(names(await step('2'))).toEqual(['Cy']);
});

test('the next person is paged if the one in turn was not reached, and takes the turn', async () => {
  await policy();
  expect(await step('1')).toMatchObject({ others_in_turn: 2 });
  const again = await step('1 again', { passed_over: ['Ann@example.com'] });
  expect([names(again), again.others_in_turn]).toEqual([['Bob'], 1]);
  const last = await step('1 last', { passed_over: ['ann@example.com', 'bob@example.com'] });
  expect([names(last), last.others_in_turn]).toEqual([['Cy'], undefined]);
  expect(names(await step('2'))).toEqual(['Ann']);
});

test('the others in turn are those who can be reached', async () => {
  await policy();
  harness.notify.unreachable.add('Cy');
  expect(await step('1')).toMatchObject({ others_in_turn: 1 });
});

test('rooms of the step are not notified again for the next person', async () => {
  await policy([{ kind: 'team', team }, room]);
  await step('1');
  expect(names(await step('1 again', { passed_over: ['ann@example.com'] }))).toEqual(['Bob']);
});

test('nobody is paged a second time if all were passed over', async () => {
  await policy();
  const passed_over = ['Ann', 'Bob', 'Cy'].map((name) => `${name}@example.com`);
  expect(names(await step('1', { passed_over }))).toEqual([]);
});

test('rooms of the step are notified each time', async () => {
  await policy([{ kind: 'team', team }, room]);
  expect([names(await step('1')), names(await step('2'))]).toEqual([
    ['Ann', 'mock:war-room'],
    ['Bob', 'mock:war-room'],
  ]);
});

test('the person who reopened the incident is passed over', async () => {
  await policy();
  expect(names(await step('1', { spare: 'ann@example.com' }))).toEqual(['Bob']);
});

test('incidents that open at the same time page different people', async () => {
  await policy();
  const taken = await Promise.all(['1', '2', '3'].map((incident) => step(incident)));
  expect(taken.flatMap(names).sort()).toEqual(['Ann', 'Bob', 'Cy']);
});

test('a preview names the next person of each round and takes no turn', async () => {
  await policy();
  const at = harness.clock.now().toISOString();
  const foreseen = async (round: number) =>
    names(await harness.port.foreseeStep({ team, severity: 'high', step: 1, round, at }, ada));
  expect([await foreseen(0), await foreseen(1), await foreseen(0)]).toEqual([['Ann'], ['Bob'], ['Ann']]);
  await step('1');
  expect(await foreseen(0)).toEqual(['Bob']);
});

test('the policy keeps the choice, and a step without it pages everybody', async () => {
  await policy();
  expect((await harness.port.getPolicy({ team }, ada)).steps).toMatchObject([{ round_robin: true }]);
  await harness.port.putPolicy({ team, steps: [{ targets: [{ kind: 'team', team }], wait_minutes: 5 }] }, ada);
  expect(names(await step('1'))).toEqual(['Ann', 'Bob', 'Cy']);
});
