import type { Express } from 'express';
import fc from 'fast-check';
import request from 'supertest';
import { appOf } from '../../testing/http';
import { ada, type OncallHarness, oncallHarness } from '../../testing/oncall';
import { oncallContract, type PolicyTarget } from '../contract';
import { type CalendarSpan, gapsOfPolicy } from '../domain/coverage';
import { onCallAt, type Version } from '../domain/onCall';
import { defaultPolicy, resolveStep, type StepTarget } from '../domain/policy';
import { stretches } from '../domain/shifts';
import { instantOf, minuteOf } from '../domain/zones';

const person = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com` });
const at = (text: string) => new Date(text);

/** A layer with Ann on call at these local hours, or with other people if given. */
const version = (from: string, to: string, time_zone = 'UTC', more: string[] = []): Version => ({
  effective_from: at('2026-01-01T00:00:00Z'),
  time_zone,
  layers: [
    {
      name: 'hours',
      role: 'primary',
      level: 0,
      rotation: { unit: 'weekly', length: 1, handoff: '2026-01-05T00:00', slots: [[person('Ann')]], turn_offset: 0 },
      restrictions: [{ from, to }],
    },
    ...more.map((name) => ({
      name,
      role: 'secondary' as const,
      level: 0,
      rotation: {
        unit: 'weekly' as const,
        length: 1,
        handoff: '2026-01-05T00:00',
        slots: [[person(name)]],
        turn_offset: 0,
      },
    })),
  ],
});

const calendarOf = (versions: Version[], from: string, to: string): CalendarSpan => ({
  versions,
  overrides: [],
  stretches: stretches(versions, [], at(from), at(to)),
});
const everybody = () => true;
const withoutAddress =
  (...names: string[]) =>
  (target: StepTarget) =>
    target.kind === 'room' || !names.includes(target.name);

const gaps = (
  calendar: CalendarSpan,
  reachable: (target: StepTarget) => boolean = everybody,
  policy = defaultPolicy('web'),
) =>
  gapsOfPolicy({ team: 'web', policy, names: {}, calendars: new Map([['web', calendar]]), reachable }).map(
    ({ starts_at, ends_at, whole, lack, steps, people }) => [
      `${starts_at.toISOString().slice(0, 16)} ${ends_at.toISOString().slice(0, 16)}`,
      `${whole ? 'all' : ''} ${lack} ${steps.map(({ step }) => step)}`.trim(),
      people.map(({ name }) => name).join(),
    ],
  );

test('there is no gap if a person is always on call', () => {
  const calendar = calendarOf([version('09:00', '09:00')], '2026-01-05T00:00:00Z', '2026-02-05T00:00:00Z');
  expect(gaps(calendar)).toEqual([]);
});

test('a night without a person is a gap of the steps that page at night, each night', () => {
  const calendar = calendarOf([version('09:00', '17:00')], '2026-01-05T12:00:00Z', '2026-01-07T00:00:00Z');
  expect(gaps(calendar)).toEqual([
    // For an incident that opens so late that its second step runs at night.
    ['2026-01-05T16:55 2026-01-05T17:00', 'nobody 2', ''],
    ['2026-01-05T17:00 2026-01-06T09:00', 'nobody 1,2', ''],
    ['2026-01-06T16:55 2026-01-06T17:00', 'nobody 2', ''],
    ['2026-01-06T17:00 2026-01-07T00:00', 'nobody 1,2', ''],
  ]);
});

test('a step uses the people on call when it runs: after the waits of the steps before it that have a target', () => {
  const targets = (name: string): PolicyTarget[] => [{ kind: 'person', email: person(name).email }];
  const primary: PolicyTarget[] = [{ kind: 'schedule', team: 'web', role: 'primary', or_primary: false }];
  const policy = {
    ...defaultPolicy('web'),
    steps: [
      { targets: targets('Zoe'), wait_minutes: 30 },
      { targets: primary, wait_minutes: 60 },
      { targets: primary, wait_minutes: 5 },
    ],
  };
  const calendar = calendarOf([version('09:00', '17:00')], '2026-01-05T12:00:00Z', '2026-01-06T12:00:00Z');
  expect(gaps(calendar, everybody, policy)).toEqual([
    ['2026-01-05T15:30 2026-01-05T16:30', 'nobody 3', ''],
    ['2026-01-05T16:30 2026-01-06T08:30', 'nobody 2,3', ''],
  ]);
});

test('the policy waits after people without an address, too', () => {
  const calendar = calendarOf([version('09:00', '17:00')], '2026-01-05T16:00:00Z', '2026-01-05T18:00:00Z');
  expect(gaps(calendar, withoutAddress('Ann'))).toEqual([
    ['2026-01-05T16:00 2026-01-05T16:55', 'all unreachable 1,2,3', 'Ann'],
    ['2026-01-05T16:55 2026-01-05T17:00', 'all unreachable 1,2,3', 'Ann'],
    ['2026-01-05T17:00 2026-01-05T18:00', 'all unreachable 1,2,3', 'Ann'],
  ]);
});

test('a secondary at night leaves only the first step open', () => {
  const calendar = calendarOf(
    [version('09:00', '17:00', 'UTC', ['Ben'])],
    '2026-01-05T12:00:00Z',
    '2026-01-06T12:00:00Z',
  );
  expect(gaps(calendar)).toEqual([['2026-01-05T17:00 2026-01-06T09:00', 'nobody 1', '']]);
});

test('a clock change moves the gap with local time', () => {
  const calendar = calendarOf(
    [version('03:00', '02:00', 'Europe/Berlin')],
    '2026-03-28T00:00:00Z',
    '2026-03-30T12:00:00Z',
  );
  expect(gaps(calendar).map(([span]) => span)).toEqual([
    '2026-03-28T00:55 2026-03-28T01:00',
    '2026-03-28T01:00 2026-03-28T02:00',
    '2026-03-29T23:55 2026-03-30T00:00',
    '2026-03-30T00:00 2026-03-30T01:00',
  ]);
});

test('people without an address are unreachable, and are named', () => {
  const calendar = calendarOf(
    [version('09:00', '17:00', 'UTC', ['Ben'])],
    '2026-01-05T12:00:00Z',
    '2026-01-06T12:00:00Z',
  );
  expect(gaps(calendar, withoutAddress('Ann'))).toEqual([
    ['2026-01-05T12:00 2026-01-05T17:00', 'unreachable 1', 'Ann'],
    ['2026-01-05T17:00 2026-01-06T09:00', 'nobody 1', ''],
    ['2026-01-06T09:00 2026-01-06T12:00', 'unreachable 1', 'Ann'],
  ]);
  expect(gaps(calendar, withoutAddress('Ann', 'Ben'))[0]).toEqual([
    '2026-01-05T12:00 2026-01-05T17:00',
    'all unreachable 1,2,3',
    'Ann,Ben',
  ]);
});

test('a schedule without people is one gap of the whole policy', () => {
  const calendar = calendarOf([], '2026-01-05T12:00:00Z', '2026-12-05T12:00:00Z');
  expect(gaps(calendar)).toEqual([['2026-01-05T12:00 2026-12-05T12:00', 'all nobody 1,2,3', '']]);
});

test('a room that works closes every gap of its step', () => {
  const calendar = calendarOf([version('09:00', '17:00')], '2026-01-05T12:00:00Z', '2026-01-06T12:00:00Z');
  const room: PolicyTarget = { kind: 'room', address: 'slack:ops' };
  const policy = { ...defaultPolicy('web'), steps: [{ targets: [room], wait_minutes: 5 }] };
  expect(gaps(calendar, everybody, policy)).toEqual([]);
  expect(gaps(calendar, () => false, policy)).toHaveLength(1);
});

test('at every quarter of an hour the gaps match the steps run one after the other', () => {
  const hour = fc.integer({ min: 0, max: 23 }).map((n) => `${String(n).padStart(2, '0')}:15`);
  const target = fc.constantFrom<PolicyTarget>(
    { kind: 'schedule', team: 'web', role: 'primary', or_primary: false },
    { kind: 'schedule', team: 'web', role: 'secondary', or_primary: false },
    { kind: 'person', email: person('Zoe').email },
    { kind: 'room', address: 'mock:room' },
  );
  const aStep = fc.record({
    targets: fc.array(target, { minLength: 1, maxLength: 2 }),
    wait_minutes: fc.integer({ min: 1, max: 600 }),
  });
  const aPolicy = fc.array(aStep, { minLength: 1, maxLength: 4 }).map((steps) => ({ ...defaultPolicy('web'), steps }));
  const silent = fc.subarray(['Ann', 'Ben', 'zoe@example.com', 'room']);
  fc.assert(
    fc.property(hour, hour, fc.boolean(), aPolicy, silent, (from, to, second, policy, mute) => {
      const versions = [version(from, to, 'UTC', second ? ['Ben'] : [])];
      const reachable = (one: StepTarget) => !mute.includes(one.kind === 'room' ? 'room' : one.name);
      const calendar = calendarOf(versions, '2026-01-05T00:00:00Z', '2026-01-10T00:00:00Z');
      const span = { start: minuteOf(at('2026-01-05T00:00:00Z')), end: minuteOf(at('2026-01-07T00:00:00Z')) };
      const found = gapsOfPolicy({
        team: 'web',
        policy,
        names: {},
        calendars: new Map([['web', calendar]]),
        reachable,
        span,
      });
      for (let opens = span.start; opens < span.end; opens += 15) {
        let taken = opens;
        const lacking = policy.steps.flatMap((step, n) => {
          const instant = instantOf(taken);
          const now = {
            at: instant,
            version: versions[0] as Version,
            overrides: [],
            onCall: onCallAt(versions, [], instant),
          };
          const { targets } = resolveStep(step, { team: 'web', teams: new Map([['web', now]]), names: {} });
          if (targets.some((one) => one.kind === 'person' || reachable(one))) taken += step.wait_minutes;
          return targets.some(reachable) ? [] : [n + 1];
        });
        const here = found.filter(
          ({ starts_at, ends_at }) => minuteOf(starts_at) <= opens && opens < minuteOf(ends_at),
        );
        expect(here.map(({ steps }) => steps.map(({ step }) => step))).toEqual(lacking.length === 0 ? [] : [lacking]);
      }
    }),
    { numRuns: 25 },
  );
});

describe('the report', () => {
  let harness: OncallHarness;
  let app: Express;
  beforeAll(async () => {
    harness = await oncallHarness({ defaultTeam: 'web' });
    app = appOf(oncallContract, harness.port, ada, harness.oncall.routes);
    await harness.port.createSchedule({ team: 'web', members: [{ ...person('Ann'), role: 'primary' }] }, ada);
  });
  afterAll(() => harness.database.drop());
  const report = async (query: object = {}) => (await request(app).get('/api/v1/oncall/coverage').query(query)).body;

  test('is empty if every page reaches a person', async () => {
    expect(await report({ days: 400 })).toEqual({
      ...{ people: [], people_total: 0 },
      from: '2026-01-05T09:00:00.000Z',
      to: '2027-02-09T09:00:00.000Z',
      policies: 1,
      covered: true,
      gaps_total: 0,
      gaps: [],
    });
  });

  test('names the gap and suggestions that close it', async () => {
    const role = 'secondary' as const;
    await harness.port.putPolicy(
      { team: 'web', steps: [{ targets: [{ kind: 'schedule', team: 'web', role }], wait_minutes: 5 }] },
      ada,
    );
    expect(await report({ days: 1, team: 'web' })).toMatchObject({
      covered: false,
      gaps: [
        {
          team: 'web',
          starts_at: '2026-01-05T09:00:00.000Z',
          ends_at: '2026-01-06T09:00:00.000Z',
          whole: true,
          lack: 'nobody',
          steps: [{ step: 1, lack: 'nobody' }],
          people: [],
          mends: [
            {
              kind: 'schedule',
              text: 'Put a person on call as secondary of web',
              team: 'web',
              role: 'secondary',
              at: '2026-01-05T09:00:00.000Z',
              until: '2026-01-06T09:00:00.000Z',
            },
            { kind: 'policy', text: "Add another target to step 1 of web's policy", team: 'web', step: 1 },
          ],
        },
      ],
    });
    await harness.port.deletePolicy({ team: 'web' }, ada);
  });

  test('gives the time at which a later step needs a person: after the waits of the steps before it that have a target', async () => {
    const secondary = { kind: 'schedule', team: 'web', role: 'secondary' } as const;
    const primary = { kind: 'schedule', team: 'web', role: 'primary' } as const;
    const steps = [
      { targets: [primary], wait_minutes: 20 },
      { targets: [secondary], wait_minutes: 15 },
    ];
    await harness.port.putPolicy({ team: 'web', steps }, ada);
    const { gaps: found } = await report({ days: 1, team: 'web' });
    expect(found).toMatchObject([
      {
        starts_at: '2026-01-05T09:00:00.000Z',
        whole: false,
        mends: [
          { kind: 'schedule', role: 'secondary', at: '2026-01-05T09:20:00.000Z', until: '2026-01-06T09:20:00.000Z' },
          { kind: 'policy', step: 2 },
        ],
      },
    ]);
    await harness.port.deletePolicy({ team: 'web' }, ada);
  });

  test('names services without an owner, unless there is a default team with a schedule', async () => {
    for (const defaultTeam of [null, 'nowhere']) {
      const { port } = harness.another({ defaultTeam });
      const { covered, gaps: found } = await port.coverage({ days: 7 }, ada);
      expect([covered, found]).toMatchObject([
        false,
        [
          {
            team: null,
            whole: true,
            lack: 'nobody',
            ends_at: '2026-01-12T09:00:00.000Z',
            mends: [
              {
                kind: 'setting',
                text: 'Start with DEFAULT_TEAM set to a team that has a schedule, or give each service an owner',
              },
            ],
          },
        ],
      ]);
      expect((await port.coverage({ days: 7, team: 'web' }, ada)).covered).toBe(true);
    }
  });

  test('names people without an address', async () => {
    await harness.port.createSchedule(
      { team: 'mute', members: [{ name: 'Mia', email: 'no address', role: 'primary' }] },
      ada,
    );
    const { gaps: found } = await report({ team: 'mute' });
    expect(found).toMatchObject([
      {
        whole: true,
        lack: 'unreachable',
        people: [{ name: 'Mia' }],
        mends: [
          {
            kind: 'person',
            text: "Give Mia an e-mail address in the schedule: 'no address' is not one",
            team: 'mute',
            email: 'no address',
          },
          { kind: 'policy' },
        ],
      },
    ]);
  });

  test('suggests SMTP_URL once for all people with an address if mail cannot be sent', async () => {
    harness.notify.mailless = true;
    await harness.port.createSchedule(
      { team: 'two', members: ['Ann', 'Bob'].map((name) => ({ ...person(name), role: 'primary' as const })) },
      ada,
    );
    const { gaps: found } = await report({ team: 'two', days: 14 });
    harness.notify.mailless = false;
    expect(found).toMatchObject([
      {
        lack: 'unreachable',
        people: [{ name: 'Bob' }, { name: 'Ann' }],
        mends: [{ kind: 'channel', text: 'Start with SMTP_URL set: people are paged by e-mail' }, { kind: 'policy' }],
      },
    ]);
  });

  test.each([0, 401, 'x', 1.5])('over %p days is refused, naming the field', async (days) => {
    const { status, body } = await request(app).get('/api/v1/oncall/coverage').query({ days });
    expect([status, body.errors[0].path]).toEqual([422, 'days']);
  });

  test('of an unknown team is not found', async () => {
    expect((await request(app).get('/api/v1/oncall/coverage?team=ghost')).status).toBe(404);
  });
});

describe('the people who are hard to reach', () => {
  let harness: OncallHarness;
  beforeEach(async () => {
    harness = await oncallHarness();
  });
  afterEach(() => harness.database.drop());
  const weekly = (team: string, ...names: string[]) => {
    const members = names.map((name) => ({ ...person(name), role: 'primary' as const }));
    return harness.port.createSchedule({ team, rotation_type: 'weekly', members }, ada);
  };
  const weaken = (name: string, kind: 'email_only' | 'never_proven') =>
    harness.notify.weak.set(person(name).email, { concerns: [{ kind, since: null }] });

  test('are listed with their teams and first shift, if they are on call in the span', async () => {
    await weekly('web', 'Ann', 'Ben', 'Cy');
    await weekly('db', 'Ann');
    weaken('Ann', 'email_only');
    weaken('Ben', 'never_proven');
    weaken('Cy', 'email_only');
    const { people, people_total } = await harness.port.coverage({ days: 8 }, ada);
    expect(people.map(({ name, teams, concerns }) => [name, teams, concerns[0]?.kind])).toEqual([
      ['Ann', ['db', 'web'], 'email_only'],
      ['Ben', ['web'], 'never_proven'],
    ]);
    expect(people_total).toBe(2);
    expect(people[1]?.on_call_from).toBe('2026-01-12T00:00:00.000Z');
  });

  test('are listed if only a policy names them', async () => {
    await weekly('web', 'Ann');
    await harness.port.setPerson({ email: person('Zoe').email, name: 'Zoe' }, ada);
    const steps = [{ targets: [{ kind: 'person' as const, email: person('Zoe').email }], wait_minutes: 5 }];
    await harness.port.putPolicy({ team: 'web', steps }, ada);
    weaken('Zoe', 'email_only');
    const { people } = await harness.port.coverage({ days: 1 }, ada);
    expect(people.map(({ name }) => name)).toEqual(['Zoe']);
  });

  test('are shown for now, of one team or all, and unknown if notify does not answer', async () => {
    await weekly('web', 'Ann', 'Ben');
    await weekly('db', 'Cy');
    for (const name of ['Ann', 'Ben', 'Cy']) weaken(name, 'email_only');
    const names = async (team?: string) =>
      (await harness.port.onCallReach({ ...(team !== undefined && { team }) }, ada)).people.map(({ name }) => name);
    const [here] = (await harness.port.current({ team: 'web' }, ada)).primaries;
    expect(await names('web')).toEqual([here?.name]);
    expect((await names()).sort()).toEqual([here?.name, 'Cy'].sort());
    await expect(names('ghost')).rejects.toMatchObject({ kind: 'not-found' });
    harness.notify.down = true;
    expect(await harness.port.onCallReach({}, ada)).toMatchObject({ known: false, people: [] });
  });
});
