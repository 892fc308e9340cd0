import { ada, clockwork, type OncallHarness, oncallHarness } from '../../testing/oncall';

let harness: OncallHarness;
let serial = 0;
beforeAll(async () => {
  harness = await oncallHarness();
  harness.clock.set('2026-01-05T09:00:00.000Z');
});
afterAll(() => harness.database.drop());

/** A team with a schedule and one person, who has its name. */
async function made(): Promise<string> {
  const team = `Team ${++serial}`;
  const members = [{ name: team, email: `team${serial}@example.com`, role: 'primary' as const }];
  await harness.port.createSchedule({ team, members }, ada);
  return team;
}
type Step = Parameters<OncallHarness['port']['takeStep']>[0];
const step = (service: string, route: Step['route'], over: Partial<Step> = {}) =>
  harness.port.takeStep(
    {
      ...{ key: `routed ${++serial}`, incident_id: `i${serial}`, service, title: 'Disk full', severity: 'high' },
      ...{ step: 1, round: 0, reason: 'opened', ...(route && { route }) },
      ...over,
    },
    clockwork,
  );
const foresee = (service: string, route: Step['route']) =>
  harness.port.foreseeStep(
    { service, ...(route && { route }), severity: 'high', step: 1, at: harness.clock.now().toISOString() },
    clockwork,
  );
const namesOf = ({ told }: { told: { name: string }[] }) => told.map(({ name }) => name);

test('with a team its policy pages, in whatever case the team is written; without, the owner of the service', async () => {
  const [owner, other] = [await made(), await made()];
  const routed = await step(owner, { team: other.toUpperCase(), policy: null });
  expect(routed).toMatchObject({ team: other });
  expect(namesOf(routed)).toEqual([other]);
  expect(routed).not.toHaveProperty('missing');
  expect(namesOf(await step(owner, undefined))).toEqual([owner]);
  expect(namesOf(await foresee(owner, { team: other, policy: null }))).toEqual([other]);
});

test('with a policy the steps of that policy page, and the room is that of the responsible team', async () => {
  const [owner, other] = [await made(), await made()];
  await harness.port.setTeamRoom({ team: owner, room: 'slack:owners' }, ada);
  const taken = await step(owner, { team: null, policy: other }, { announce: true });
  expect(taken).toMatchObject({ team: owner });
  expect(namesOf(taken)).toEqual([other, 'mock:owners']);
});

test('without the team of the route the owner of the service pages, and the answer names what is missing', async () => {
  const [owner, gone] = [await made(), await made()];
  await harness.port.deleteSchedule({ team: gone }, ada);
  const taken = await step(owner, { team: gone, policy: null });
  expect(taken).toMatchObject({ team: owner, missing: ['team'] });
  expect(namesOf(taken)).toEqual([owner]);
  const repeated = await step(owner, { team: gone, policy: null }, { key: `routed ${serial}` });
  expect(repeated).toMatchObject({ missing: ['team'] });
  expect(await foresee(owner, { team: gone, policy: null })).toMatchObject({ missing: ['team'] });
});

test('without the policy of the route the team pages, and without both the owner of the service', async () => {
  const [owner, team] = [await made(), await made()];
  expect(namesOf(await step(owner, { team, policy: 'no such policy' }))).toEqual([team]);
  const none = await step(owner, { team: 'no such team', policy: 'no such policy' });
  expect(namesOf(none)).toEqual([owner]);
  expect(none.missing).toEqual(['team', 'policy']);
});

test('a service without an owner is paged by the policy of its route', async () => {
  const policy = await made();
  const taken = await step('owned by no one', { team: null, policy });
  expect(taken).toMatchObject({ team: policy });
  expect(namesOf(taken)).toEqual([policy]);
});

test('the timeout of acknowledgements is that of the policy that pages', async () => {
  const [owner, other] = [await made(), await made()];
  const steps = [{ targets: [{ kind: 'team' as const, team: other }], wait_minutes: 5 }];
  await harness.port.putPolicy({ team: other, steps, ack_timeout_minutes: 7 }, ada);
  const timeout = async (more: object) =>
    (await harness.port.ackTimeout({ service: owner, ...more }, clockwork)).minutes;
  expect(await timeout({})).toBeNull();
  expect(await timeout({ team: other })).toBe(7);
  expect(await timeout({ policy: other })).toBe(7);
  expect(await timeout({ policy: 'no such policy' })).toBeNull();
});

test('the primaries of teams are known by the names that were asked for', async () => {
  const [owner, other] = [await made(), await made()];
  const teams = [other.toLowerCase(), 'no such team'];
  const answer = await harness.port.responders({ services: [owner], teams }, clockwork);
  expect(answer.results).toMatchObject([{ team: owner }]);
  expect(answer.teams).toMatchObject([{ name: other.toLowerCase(), team: other, primary: { name: other } }]);
});
