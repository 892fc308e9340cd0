import { eventsSoFar } from '../../testing/events';
import { ada, type OncallHarness, oncallHarness } from '../../testing/oncall';

let harness: OncallHarness;
beforeAll(async () => {
  harness = await oncallHarness();
});
afterAll(() => harness.database.drop());

let serial = 0;
/** Names of their own for each test. */
const named = <N extends string>(...names: N[]): Record<N, string> => {
  serial += 1;
  return Object.fromEntries(names.map((name) => [name, `${name}-${serial}`])) as Record<N, string>;
};

type Upstream = string | { service: string; grace_seconds?: number };
const set = (service: string, upstreams: readonly Upstream[], if_match?: string) =>
  harness.port.setDependencies(
    {
      service,
      depends_on: upstreams.map((each) => (typeof each === 'string' ? { service: each } : each)),
      ...(if_match !== undefined && { if_match }),
    },
    ada,
  );
const of = (service: string) => harness.port.dependenciesOf({ service }, ada);
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (problem) => problem,
  );

test('are read from both sides; the grace is 60 s by default', async () => {
  const { web, api, db } = named('web', 'api', 'db');
  await set(web, [api, { service: db, grace_seconds: 0 }]);
  await set(api, [{ service: db, grace_seconds: 120 }]);
  expect(await of(web)).toMatchObject({
    depends_on: [
      { service: api, grace_seconds: 60 },
      { service: db, grace_seconds: 0 },
    ],
    needed_by: [],
  });
  expect(await of(db)).toMatchObject({
    depends_on: [],
    needed_by: [
      { service: api, grace_seconds: 120 },
      { service: web, grace_seconds: 0 },
    ],
  });
  const { dependencies } = await harness.port.dependencies({}, ada);
  expect(dependencies).toContainEqual({ service: web, depends_on: api, grace_seconds: 60 });
});

test('a new list replaces the former one', async () => {
  const { web, api, db } = named('web', 'api', 'db');
  await set(web, [api]);
  await set(web, [db]);
  expect((await of(api)).needed_by).toEqual([]);
  expect((await set(web, [])).depends_on).toEqual([]);
});

test('a cycle is refused with its path, and changes nothing', async () => {
  const { web, api, db } = named('web', 'api', 'db');
  await set(web, [api]);
  await set(api, [db]);
  expect(await refusal(set(db, [web]))).toMatchObject({
    kind: 'invalid',
    extra: {
      errors: [
        { path: 'depends_on', message: `Services must not depend on each other: ${db} → ${web} → ${api} → ${db}` },
      ],
    },
  });
  expect((await of(db)).depends_on).toEqual([]);
  expect(await refusal(set(db, [db]))).toMatchObject({ kind: 'invalid' });
});

test('two changes at once cannot form a cycle', async () => {
  for (let round = 0; round < 5; round++) {
    const { a, b } = named('a', 'b');
    const other = harness.another().port;
    const [one, two] = await Promise.allSettled([
      set(a, [b]),
      other.setDependencies({ service: b, depends_on: [{ service: a }] }, ada),
    ]);
    expect([one.status, two.status].sort()).toEqual(['fulfilled', 'rejected']);
  }
});

test('a list that was changed meanwhile is not overwritten', async () => {
  const { web, api, db } = named('web', 'api', 'db');
  const { version } = await of(web);
  await set(web, [api], version);
  expect(await refusal(set(web, [db], version))).toMatchObject({ kind: 'stale' });
});

test('are bounded: 50 for a service, each once, a grace of 15 minutes at most', async () => {
  const { web, api } = named('web', 'api');
  const many = Array.from({ length: 51 }, (_, n) => `${api}-${n}`);
  expect(await refusal(set(web, many))).toMatchObject({ extra: { errors: [{ path: 'depends_on' }] } });
  expect(await refusal(set(web, [api, api]))).toMatchObject({ extra: { errors: [{ path: 'depends_on.1.service' }] } });
  expect(await refusal(set(web, [{ service: api, grace_seconds: 901 }]))).toMatchObject({
    extra: { errors: [{ path: 'depends_on.0.grace_seconds' }] },
  });
});

test('a change is an event of its actor, with the whole list', async () => {
  const { web, api } = named('web', 'api');
  await set(web, [api]);
  const events = await eventsSoFar(harness.database.db);
  expect(events.find(({ subject }) => subject === web)).toMatchObject({
    kind: 'service_dependencies_set',
    ...{ actor: 'ada', actor_kind: 'user' },
    data: { depends_on: [{ service: api, grace_seconds: 60 }] },
  });
});

test('the owner of a service can be removed while others depend on it', async () => {
  const { web, db } = named('web', 'db');
  const members = [{ name: 'Ann', email: 'ann@example.com', role: 'primary' as const }];
  await harness.port.createSchedule({ team: db, rotation_type: 'weekly', members }, ada);
  await harness.port.setService({ service: db, team: db }, ada);
  await set(web, [db]);
  await harness.port.deleteService({ service: db }, ada);
  expect((await of(db)).needed_by).toHaveLength(1);
});
