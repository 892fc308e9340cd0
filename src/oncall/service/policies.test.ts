import type { Express } from 'express';
import request from 'supertest';
import { hours } from '../../kernel/clock';
import { appOf } from '../../testing/http';
import { ada, clockwork, type OncallHarness, oncallHarness } from '../../testing/oncall';
import { type OncallContract, oncallContract, type PolicyTarget } from '../contract';
import {
  defaultPolicy,
  messageOf,
  onceEach,
  type PolicyStep,
  resolveStep,
  type StepContext,
  type StepTarget,
  stepOf,
  type TeamNow,
} from '../domain/policy';
import { opensAt } from '../domain/supportHours';

const person = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com` });
const [ANN, BEN, CY, DEE] = ['Ann', 'Ben', 'Cy', 'Dee'].map(person) as [Who, Who, Who, Who];
type Who = ReturnType<typeof person>;
type Put = Parameters<import('../../kernel/ports/contract').Port<OncallContract>['putPolicy']>[0];

const schedule = (team: string, role: 'primary' | 'secondary' = 'primary', or_primary = false): PolicyTarget => ({
  kind: 'schedule',
  team,
  role,
  or_primary,
});
const stepTo = (...targets: PolicyTarget[]): PolicyStep => ({ targets, wait_minutes: 5 });

describe('the targets of a step', () => {
  const teamNow = (primaries: Who[], secondaries: Who[]): TeamNow =>
    ({
      at: new Date('2026-01-05T09:00:00Z'),
      version: { layers: [{ rotation: { slots: [...primaries, ...secondaries].map((each) => [each]) } }] },
      overrides: [],
      onCall: { primaries, secondaries },
    }) as unknown as TeamNow;
  const around: StepContext = {
    team: 'web',
    teams: new Map([
      ['web', teamNow([ANN], [BEN])],
      ['alone', teamNow([ANN], [])],
      ['empty', teamNow([], [])],
      ['ops', teamNow([CY], [DEE])],
    ]),
    names: { [DEE.email]: DEE.name },
  };
  const room: PolicyTarget = { kind: 'room', address: 'slack:war-room' };

  test.each<[string, PolicyTarget[], string[]]>([
    ['primary', [schedule('web')], ['Ann (primary)']],
    ['secondary', [schedule('web', 'secondary')], ['Ben (secondary)']],
    ['secondary', [schedule('web', 'secondary', true)], ['Ben (secondary)']],
    ['primary_again of alone', [schedule('alone', 'secondary', true)], ['Ann (primary)']],
    ['nobody_on_call', [schedule('alone', 'secondary')], []],
    ['nobody_on_call', [schedule('empty'), schedule('gone')], []],
    ['everybody', [{ kind: 'team', team: 'web' }], ['Ann (member)', 'Ben (member)']],
    ['person', [{ kind: 'person', email: DEE.email }], ['Dee (person)']],
    ['person', [{ kind: 'person', email: 'unnamed@example.com' }], ['unnamed@example.com (person)']],
    ['room', [room], ['slack:war-room (paged_room)']],
    [
      'primary, primary of ops, room',
      [schedule('web'), schedule('ops'), room],
      ['Ann (primary)', 'Cy (primary)', 'slack:war-room (paged_room)'],
    ],
    ['primary, everybody', [schedule('web'), { kind: 'team', team: 'web' }], ['Ann (primary)', 'Ben (member)']],
    ['primary of ops', [schedule('empty'), schedule('ops')], ['Cy (primary)']],
  ])('%s', (why, targets, told) => {
    const found = resolveStep(stepTo(...targets), around);
    expect(found.why).toBe(why);
    expect(found.targets.map((each) => `${each.kind === 'room' ? each.address : each.name} (${each.role})`)).toEqual(
      told,
    );
  });

  test('are by default the primary, then the secondary or the primary again, then all people, three more times', () => {
    const policy = defaultPolicy('web');
    expect([1, 2, 3, 4, 100].map((n) => stepOf(policy, n).wait_minutes)).toEqual([5, 10, 10, 10, 10]);
    expect([1, 2, 3, 4].map((n) => resolveStep(stepOf(policy, n), around).why)).toEqual([
      'primary',
      'secondary',
      'everybody',
      'everybody',
    ]);
    expect(policy).toMatchObject({ repeat: 3, ack_timeout_minutes: null, support_hours: null });
  });

  test('are each person once, by address in any case', () => {
    const twice: StepTarget[] = [
      { kind: 'person', role: 'primary', ...ANN },
      { kind: 'person', role: 'assignee', name: 'Ann M', email: ' ANN@example.com' },
      { kind: 'room', role: 'room', address: null },
      { kind: 'room', role: 'paged_room', address: 'slack:ops' },
      { kind: 'room', role: 'room', address: 'slack:ops' },
    ];
    expect(onceEach(twice)).toEqual([twice[0], twice[2], twice[3]]);
  });

  test.each([
    [1, 0, 'disk full', '[HIGH] disk full'],
    [1, 0, '[HIGH] db: disk full', '[HIGH] db: disk full'],
    [2, 0, 'disk full', '[HIGH] disk full — escalated\n\nEscalation for incident I-1: nobody answered'],
    [2, 0, '[HIGH] db: full', '[HIGH] db: full — escalated\n\nEscalation for incident I-1: nobody answered'],
    [1, 1, '[LOW] x', '[LOW] x — escalated\n\nEscalation for incident I-1: nobody answered'],
  ])('by step %i of round %i about "%s" the text "%s"', (step, round, title, message) => {
    const words = { incident_id: 'I-1', description: null, severity: 'high', reason: 'nobody answered' };
    expect(messageOf({ ...words, title, step, round })).toBe(message);
    const described = { ...words, title, step, round, description: 'Since this morning' };
    expect(messageOf(described)).toBe(`${message}\n\nSince this morning`);
  });
});

test.each([
  ['UTC', [{ from: '09:00', to: '17:00' }], '2026-01-05T08:59:59Z', '2026-01-05T09:00:00Z'],
  ['UTC', [{ from: '09:00', to: '17:00' }], '2026-01-05T17:00:00Z', '2026-01-06T09:00:00Z'],
  ['UTC', [{ from: '22:00', to: '06:00' }], '2026-01-05T05:59:00Z', '2026-01-05T05:59:00Z'],
  [
    'Europe/Berlin',
    [{ days: ['sun' as const], from: '02:30', to: '02:45' }],
    '2026-03-23T00:00:00Z',
    '2026-04-05T00:30:00Z',
  ],
  ['Europe/Berlin', [{ from: '09:00', to: '10:00' }], '2026-03-28T09:30:00Z', '2026-03-29T07:00:00Z'],
  [
    'Asia/Kolkata',
    [{ days: ['wed' as const], from: '00:00', to: '00:00' }],
    '2026-01-05T09:00:00Z',
    '2026-01-06T18:30:00Z',
  ],
])('hours in %s of %j after %s open at %s', (time_zone, restrictions, at, opens) => {
  expect(opensAt({ time_zone, restrictions }, new Date(at))).toEqual(new Date(opens));
});

describe('policies', () => {
  let harness: OncallHarness;
  let app: Express;
  beforeAll(async () => {
    harness = await oncallHarness();
    app = appOf(oncallContract, harness.port, ada, harness.oncall.routes);
  });
  afterAll(() => harness.database.drop());

  let team: string;
  let other: string;
  let runs = 0;
  beforeEach(async () => {
    runs += 1;
    team = `web ${runs}`;
    other = `ops ${runs}`;
    harness.clock.set('2026-01-05T09:00:00.000Z');
    harness.notify.told.length = 0;
    for (const [name, who] of [
      [team, ANN],
      [other, CY],
    ] as const) {
      await harness.port.createSchedule({ team: name, members: [{ ...who, role: 'primary' }] }, ada);
    }
  });

  const put = (steps: PolicyTarget[][], more: Partial<Put> = {}) =>
    harness.port.putPolicy(
      { team, steps: steps.map((targets, n) => ({ targets, wait_minutes: n + 1 })), ...more },
      ada,
    );
  const sent = (body: object, path = team) => request(app).put(`/api/v1/policies/${path}`).send(body);
  const step = (n: number, more: object = {}) =>
    harness.port.takeStep(
      {
        key: `${runs}:${n}`,
        incident_id: `incident ${runs}`,
        service: team,
        title: 'disk full',
        severity: 'high',
        step: n,
        round: 0,
        reason: 'nobody answered',
        ...more,
      },
      clockwork,
    );
  const namesOf = ({ told }: { told: { name: string; role: string }[] }) =>
    told.map(({ name, role }) => `${name} (${role})`);

  test('are the default until one is set, and again after it is deleted', async () => {
    const before = await harness.port.getPolicy({ team }, ada);
    expect(before).toEqual({
      team,
      is_default: true,
      version: 'default',
      ...defaultPolicy(team),
      updated_at: null,
      updated_by: null,
    });
    const set = await put([[schedule(other)]], { repeat: 2, ack_timeout_minutes: 30 });
    expect(set).toMatchObject({
      is_default: false,
      steps: [{ targets: [schedule(other)], wait_minutes: 1 }],
      repeat: 2,
      ack_timeout_minutes: 30,
      updated_at: '2026-01-05T09:00:00.000Z',
      updated_by: 'ada',
    });
    expect(await harness.port.getPolicy({ team }, ada)).toEqual(set);
    expect(await harness.port.policies({}, ada)).toContainEqual(set);
    expect(await harness.port.deletePolicy({ team }, ada)).toEqual({ status: 'deleted', team });
    expect(await harness.port.getPolicy({ team }, ada)).toEqual(before);
    await expect(harness.port.deletePolicy({ team }, ada)).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('list the targets of each step and its wait, also of other teams, people and rooms', async () => {
    await harness.port.setPerson({ email: DEE.email, name: DEE.name }, ada);
    await put(
      [
        [
          { kind: 'person', email: ' DEE@example.com' },
          { kind: 'room', address: 'slack:war-room' },
        ],
        [schedule(other), { kind: 'team', team }],
      ],
      { repeat: 1 },
    );
    const first = await step(1, { announce: true });
    expect(first).toMatchObject({ why: 'person, room', wait_minutes: 1, steps: 2, repeat: 1 });
    expect(namesOf(first)).toEqual(['Dee (person)', 'mock:war-room (paged_room)', 'mock:ops-team (room)']);
    const second = await step(2);
    expect(second).toMatchObject({ why: `primary of ${other}, everybody`, wait_minutes: 2 });
    expect(namesOf(second)).toEqual(['Cy (primary)', 'Ann (member)']);
    expect(namesOf(await step(7))).toEqual(namesOf(second));
  });

  test('apply to an incident that only the caller knows, from the second step on', async () => {
    await put([[schedule(team)], [schedule(other)]]);
    const escalate = () => harness.port.escalateUnknown({ team, incident_id: `unknown ${runs}` }, ada);
    expect((await escalate()).escalated_to).toEqual(CY);
    expect((await escalate()).escalated_to).toEqual(CY);
  });

  test('have a timeout for acknowledgements', async () => {
    const asked = () => harness.port.ackTimeout({ service: ` ${team.toUpperCase()}` }, clockwork);
    expect(await asked()).toEqual({ minutes: null });
    await put([[schedule(team)]], { ack_timeout_minutes: 45 });
    expect(await asked()).toEqual({ minutes: 45 });
    expect(await harness.port.ackTimeout({ service: 'nobody owns this' }, clockwork)).toEqual({ minutes: null });
  });

  describe('with support hours', () => {
    const support_hours = {
      time_zone: 'Europe/Berlin',
      restrictions: [{ days: ['mon' as const, 'tue' as const, 'fri' as const], from: '09:00', to: '17:00' }],
    };
    beforeEach(() => put([[schedule(team)], [schedule(other)]], { support_hours }));

    test.each(['medium', 'low'] as const)(
      'page no one for %s outside of them, and return when they open',
      async (severity) => {
        harness.clock.set('2026-01-06T16:00:00.000Z');
        const waits = await step(1, { severity, assignee: DEE, announce: true });
        expect(waits).toMatchObject({ why: 'outside_support_hours', wait_until: '2026-01-09T08:00:00.000Z' });
        expect(namesOf(waits)).toEqual(['mock:ops-team (room)']);
        const before = await harness.port.escalations({ team }, ada);
        await step(2, { severity });
        expect(await harness.port.escalations({ team }, ada)).toEqual(before);
        harness.clock.set('2026-01-09T08:00:00.000Z');
        const open = await step(1, { key: `${runs}:open`, severity, assignee: DEE });
        expect(open).toMatchObject({ why: 'primary', wait_until: null });
        expect(namesOf(open)).toEqual(['Ann (primary)', 'Dee (assignee)']);
      },
    );

    test.each<[string, string, object]>([
      ['of high severity', '2026-01-06T16:00:00.000Z', { severity: 'high' }],
      ['of critical severity', '2026-01-06T16:00:00.000Z', { severity: 'critical' }],
      ['requested by a person', '2026-01-06T16:00:00.000Z', { severity: 'low', by_hand: true }],
      ['within them', '2026-01-06T15:59:59.999Z', { severity: 'low' }],
    ])('page at once %s', async (_, at, more) => {
      harness.clock.set(at);
      expect(await step(1, more)).toMatchObject({ why: 'primary', wait_until: null });
    });
  });

  test('are changed only with the newest version', async () => {
    const path = `/api/v1/policies/${team}`;
    const body = { steps: [{ targets: [schedule(team)], wait_minutes: 1 }] };
    const fresh = await request(app).get(path);
    expect(fresh.headers['etag']).toBe('"default"');
    const made = await request(app).put(path).set('If-Match', '"default"').send(body);
    expect([made.status, made.headers['etag']]).toEqual([200, `"${made.body.version}"`]);
    expect((await request(app).put(path).set('If-Match', '"default"').send(body)).status).toBe(412);
    expect((await request(app).delete(path).set('If-Match', '"default"')).status).toBe(412);
    const deleted = await request(app)
      .delete(path)
      .set('If-Match', made.headers['etag'] as string);
    expect(deleted.status).toBe(200);
    const again = await request(app).put(path).send(body);
    expect(again.body.version).not.toBe(made.body.version);
  });

  test('changed by two people at once keep one change', async () => {
    const { version } = await put([[schedule(team)]]);
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => put([[schedule(team)]], { repeat: n, if_match: `"${version}"` })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ kind: 'stale' });
    }
  });

  test('that name each other are set at once without a deadlock', async () => {
    const both = [team, other];
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        put([[schedule(both[n % 2] as string)]], { team: both[(n + 1) % 2] as string }),
      ),
    );
    expect((await harness.port.getPolicy({ team }, ada)).steps[0]?.targets).toEqual([schedule(other)]);
  });

  test('and their end are events of the team', async () => {
    await put([[schedule(team)]], { repeat: 2 });
    await harness.port.deletePolicy({ team }, ada);
    expect((await harness.port.history({ team, limit: 2 }, ada)).history).toMatchObject([
      { event_type: 'policy_set', actor: 'ada', details: { steps: 1, repeat: 2 } },
      { event_type: 'policy_deleted', actor: 'ada' },
    ]);
  });

  test.each<[string, object, string]>([
    ['no step', { steps: [] }, 'steps'],
    ['no steps at all', {}, 'steps'],
    ['a step without targets', { steps: [{ targets: [], wait_minutes: 1 }] }, 'steps.0.targets'],
    ['a step without a wait', { steps: [{ targets: [{ kind: 'room', address: 'slack:x' }] }] }, 'steps.0.wait_minutes'],
    [
      'no wait',
      { steps: [{ targets: [{ kind: 'room', address: 'slack:x' }], wait_minutes: 0 }] },
      'steps.0.wait_minutes',
    ],
    [
      'a wait of more than a day',
      { steps: [{ targets: [{ kind: 'room', address: 'slack:x' }], wait_minutes: 1441 }] },
      'steps.0.wait_minutes',
    ],
    [
      'a target of an unknown kind',
      { steps: [{ targets: [{ kind: 'moon' }], wait_minutes: 1 }] },
      'steps.0.targets.0.kind',
    ],
    [
      'a room on an unknown channel',
      { steps: [{ targets: [{ kind: 'room', address: 'pigeon:x' }], wait_minutes: 1 }] },
      'steps.0.targets.0.address',
    ],
    [
      'a malformed address',
      { steps: [{ targets: [{ kind: 'person', email: 'x' }], wait_minutes: 1 }] },
      'steps.0.targets.0.email',
    ],
    [
      'an unknown person',
      { steps: [{ targets: [{ kind: 'person', email: 'ghost@example.com' }], wait_minutes: 1 }] },
      'steps.0.targets.0.email',
    ],
    [
      'a schedule that does not exist',
      { steps: [{ targets: [schedule('ghost')], wait_minutes: 1 }] },
      'steps.0.targets.0.team',
    ],
    [
      'a team that does not exist',
      { steps: [{ targets: [{ kind: 'team', team: 'ghost' }], wait_minutes: 1 }] },
      'steps.0.targets.0.team',
    ],
    [
      'an unknown role',
      { steps: [{ targets: [{ kind: 'schedule', team: 'x', role: 'boss' }], wait_minutes: 1 }] },
      'steps.0.targets.0.role',
    ],
    [
      'too many rounds',
      { steps: [{ targets: [{ kind: 'room', address: 'slack:x' }], wait_minutes: 1 }], repeat: 11 },
      'repeat',
    ],
    [
      'too many steps',
      { steps: Array(21).fill({ targets: [{ kind: 'room', address: 'slack:x' }], wait_minutes: 1 }) },
      'steps',
    ],
    [
      'a timeout of zero',
      { steps: [{ targets: [{ kind: 'room', address: 'slack:x' }], wait_minutes: 1 }], ack_timeout_minutes: 0 },
      'ack_timeout_minutes',
    ],
    [
      'hours in an unknown zone',
      {
        steps: [{ targets: [{ kind: 'room', address: 'slack:x' }], wait_minutes: 1 }],
        support_hours: { time_zone: 'Mars/Base', restrictions: [{ from: '09:00', to: '17:00' }] },
      },
      'support_hours.time_zone',
    ],
    [
      'hours with a time that does not exist',
      {
        steps: [{ targets: [{ kind: 'room', address: 'slack:x' }], wait_minutes: 1 }],
        support_hours: { time_zone: 'UTC', restrictions: [{ from: '24:00', to: '17:00' }] },
      },
      'support_hours.restrictions.0.from',
    ],
    [
      'hours without a day',
      {
        steps: [{ targets: [{ kind: 'room', address: 'slack:x' }], wait_minutes: 1 }],
        support_hours: { time_zone: 'UTC', restrictions: [{ days: [], from: '09:00', to: '17:00' }] },
      },
      'support_hours.restrictions.0.days',
    ],
    [
      'hours without a restriction',
      {
        steps: [{ targets: [{ kind: 'room', address: 'slack:x' }], wait_minutes: 1 }],
        support_hours: { time_zone: 'UTC', restrictions: [] },
      },
      'support_hours.restrictions',
    ],
  ])('with %s are refused, naming the field', async (_, body, path) => {
    const { status, body: problem } = await sent(body);
    expect({ status, paths: problem.errors?.map((each: { path: string }) => each.path) }).toEqual({
      status: 422,
      paths: [path],
    });
    expect(await harness.port.getPolicy({ team }, ada)).toMatchObject({ is_default: true });
  });

  test('of an unknown team are not found', async () => {
    const body = { steps: [{ targets: [{ kind: 'room', address: 'slack:x' }], wait_minutes: 1 }] };
    expect((await sent(body, 'ghost')).status).toBe(404);
    expect((await request(app).get('/api/v1/policies/ghost')).status).toBe(404);
    expect((await request(app).delete('/api/v1/policies/ghost')).status).toBe(404);
  });

  describe('that refer to something keep it', () => {
    test('a team, whose deletion is refused naming them and the services that it owns', async () => {
      await put([[schedule(other)]]);
      await harness.port.setService({ service: `shop ${runs}`, team: other }, ada);
      const refused = await request(app).delete(`/api/v1/schedules/${other}`);
      expect(refused.status).toBe(409);
      expect(refused.body.pointers).toEqual([`policy of ${team}`, `service shop ${runs}`]);
      await harness.port.deletePolicy({ team }, ada);
      await harness.port.deleteService({ service: `shop ${runs}` }, ada);
      expect((await request(app).delete(`/api/v1/schedules/${other}`)).status).toBe(200);
    });

    test('but not their own team: they are deleted with it', async () => {
      await put([[schedule(team)]]);
      await harness.port.deleteSchedule({ team }, ada);
      await harness.port.createSchedule({ team, members: [{ ...ANN, role: 'primary' }] }, ada);
      expect(await harness.port.getPolicy({ team }, ada)).toMatchObject({ is_default: true });
    });

    test('a person, whose deletion is refused naming policies, calendars and overrides', async () => {
      const email = `eve${runs}@example.com`;
      await harness.port.setPerson({ email, name: 'Eve' }, ada);
      await put([[{ kind: 'person', email }]]);
      await harness.port.updateSchedule(
        { team: other, add_members: [{ name: 'Eve', email: email.toUpperCase(), role: 'secondary' }] },
        ada,
      );
      await harness.port.setOverride({ team, user_name: 'Eve', user_email: email, duration_hours: 1 }, ada);
      const refused = await request(app).delete(`/api/v1/people/${email}`);
      expect(refused.status).toBe(409);
      expect(refused.body.pointers).toEqual([`override of ${team}`, `policy of ${team}`, `schedule of ${other}`]);
      await harness.port.deletePolicy({ team }, ada);
      await harness.port.updateSchedule({ team: other, remove_members: ['Eve'] }, ada);
      harness.clock.advance(hours(1));
      expect((await request(app).delete(`/api/v1/people/${email}`)).status).toBe(204);
      expect((await request(app).delete(`/api/v1/people/${email}`)).status).toBe(404);
      expect((await request(app).delete('/api/v1/people/nonsense')).status).toBe(400);
    });

    test('and then their contact methods are erased', async () => {
      const email = `gone-${runs}@example.com`;
      await harness.port.setPerson({ email, name: 'Gone' }, ada);
      await harness.port.deletePerson({ email }, ada);
      await harness.oncall.drain();
      expect(harness.notify.erased).toContain(email);
    });

    test('even if both happen at once: either the policy or the deletion of the person is refused', async () => {
      for (let n = 0; n < 8; n++) {
        const email = `f${runs}-${n}@example.com`;
        await harness.port.setPerson({ email, name: 'F' }, ada);
        const [set, gone] = await Promise.allSettled([
          put([[{ kind: 'person', email }]]),
          harness.port.deletePerson({ email }, ada),
        ]);
        expect([set.status, gone.status].sort()).toEqual(['fulfilled', 'rejected']);
        const refused = set.status === 'rejected' ? set.reason : (gone as PromiseRejectedResult).reason;
        expect(['invalid', 'conflict']).toContain(refused.kind);
      }
    });
  });
});
