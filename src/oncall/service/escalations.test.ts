import { hours, minutes } from '../../kernel/clock';
import type { Problem } from '../../kernel/ports/problem';
import { ada, clockwork, type OncallHarness, oncallHarness } from '../../testing/oncall';
import type { Member } from '../domain/simpleSchedule';

let harness: OncallHarness;
let team: string;
let runs = 0;
beforeAll(async () => {
  harness = await oncallHarness();
});
beforeEach(() => {
  runs += 1;
  team = `team ${runs}`;
  harness.clock.set('2026-01-05T09:00:00.000Z');
  harness.notify.told.length = 0;
  harness.notify.calls = 0;
  harness.notify.down = false;
  harness.notify.together = 1;
});
afterAll(() => harness.database.drop());

const listed = async (filter: { team?: string; limit?: number }) =>
  (await harness.port.escalations(filter, ada)).escalations;
const historyOf = async (filter: { team: string; event_type: string }) =>
  (await harness.port.history(filter, ada)).history;

const member = (name: string, role: Member['role']): Member => ({
  name,
  email: `${name.toLowerCase()}@example.com`,
  role,
});
const ANN = member('Ann', 'primary');
const BOB = member('Bob', 'primary');
const CY = member('Cy', 'secondary');
const create = (members: Member[]) => harness.port.createSchedule({ team, members }, ada);
const problem = (promise: Promise<unknown>): Promise<Problem> =>
  promise.then(
    () => {
      throw new Error('This should have been refused.');
    },
    (error: Problem) => error,
  );

type Step = Parameters<OncallHarness['port']['takeStep']>[0];
const step = (n: number, more: Partial<Step> = {}, port = harness.port) =>
  port.takeStep(
    {
      key: `${runs}:${n}`,
      incident_id: `incident ${runs}`,
      service: team,
      title: 'db: disk full',
      severity: 'high',
      step: n,
      round: 0,
      reason: n === 1 ? 'opened' : 'nobody answered in 5 minutes',
      ...more,
    },
    clockwork,
  );
const namesOf = ({ told }: { told: { name: string; role: string }[] }) =>
  told.map(({ name, role }) => `${name} (${role})`);

describe('a step for more people than one command takes', () => {
  const crowd = async () => {
    const names = ['north', 'south', 'east', 'west'].map((name) => `${team} ${name}`);
    for (const [n, name] of names.entries()) {
      const members = Array.from({ length: 200 }, (_, i) => member(`P${runs}x${n * 200 + i}`, 'primary'));
      await harness.port.createSchedule({ team: name, members }, ada);
    }
    await create([ANN]);
    const targets = names.map((name) => ({ kind: 'team' as const, team: name }));
    const rooms = [{ kind: 'room' as const, address: 'slack:war-room' }];
    await harness.port.putPolicy({ team, steps: [{ targets: [...targets, ...rooms], wait_minutes: 5 }] }, ada);
  };

  test('notifies all of them in several commands, with rooms and the fallback in the first', async () => {
    await crowd();
    const taken = await step(1, { announce: true, fallback: 'slack:fallback' });
    expect(taken.told).toHaveLength(803);
    expect(new Set(taken.told.map(({ name }) => name)).size).toBe(803);
    expect(taken.told.slice(-3).map(({ name }) => name)).toEqual(['mock:war-room', 'mock:ops-team', 'mock:fallback']);
    const commands = harness.notify.told.map(({ key, to }) => [
      key,
      to.length,
      to.findLastIndex((t) => t.kind === 'room'),
    ]);
    expect(commands).toEqual([
      [`${runs}:1`, 500, 2],
      [`${runs}:1#1`, 303, -1],
    ]);
  });

  test('notifies no one twice if it is interrupted between two commands', async () => {
    await crowd();
    const { tell } = harness.notify.port;
    const broken = jest.spyOn(harness.notify.port, 'tell').mockImplementation((command, caller) => {
      if (command.key.includes('#')) throw new Error('the connection is gone');
      return tell(command, caller);
    });
    await expect(step(1)).rejects.toThrow('the connection is gone');
    broken.mockRestore();
    expect((await step(1)).told).toHaveLength(801);
    expect(harness.notify.told.map(({ to }) => to.length)).toEqual([500, 301]);
  });

  test('is previewed whole', async () => {
    await crowd();
    const at = harness.clock.now().toISOString();
    const foreseen = await harness.port.foreseeStep({ team, severity: 'high', step: 1, at }, clockwork);
    expect(foreseen.told).toHaveLength(801);
  });
});

describe('a step of the default policy', () => {
  test('1 pages the primary and waits 5 minutes', async () => {
    await create([ANN, CY]);
    expect(await step(1)).toEqual({
      escalation_id: expect.any(String),
      team,
      told: [
        {
          name: 'Ann',
          email: 'ann@example.com',
          role: 'primary',
          channel: 'mock',
          recipient: 'Ann',
          notification_id: expect.any(String),
          reachable: true,
        },
      ],
      why: 'primary',
      wait_minutes: 5,
      steps: 3,
      repeat: 3,
      next_handoff_at: null,
      wait_until: null,
      timestamp: '2026-01-05T09:00:00.000Z',
    });
  });

  test('2 pages the secondary of that instant and waits 10 minutes', async () => {
    await create([ANN, CY]);
    const taken = await step(2);
    expect(taken).toMatchObject({ why: 'secondary', wait_minutes: 10 });
    expect(namesOf(taken)).toEqual(['Cy (secondary)']);
  });

  test('2 pages the primary again if there is no secondary', async () => {
    await create([ANN]);
    const taken = await step(2);
    expect(taken.why).toBe('primary_again');
    expect(namesOf(taken)).toEqual(['Ann (primary)']);
  });

  test('3 pages all people of the team, each once', async () => {
    await create([ANN, BOB, CY, { ...ANN, role: 'secondary' }]);
    const taken = await step(3);
    expect(taken).toMatchObject({ why: 'everybody', wait_minutes: 10 });
    expect(namesOf(taken)).toEqual(['Ann (member)', 'Bob (member)', 'Cy (member)']);
  });

  test('uses the people on call at its own instant, not when the incident opened', async () => {
    await create([ANN, BOB]);
    const first = await step(1);
    await harness.port.setOverride({ team, user_name: 'Zed', user_email: 'zed@example.com' }, ada);
    const second = await step(2);
    expect(namesOf(first)).not.toEqual(namesOf(second));
    expect(namesOf(second)).toEqual(['Zed (primary)']);
  });

  test('names the instant at which another person may be on call', async () => {
    await create([ANN, BOB]);
    expect((await step(1)).next_handoff_at).toBe('2026-01-12T00:00:00.000Z');
    await harness.port.setOverride({ team, user_name: 'Zed', user_email: 'zed@example.com', duration_hours: 2 }, ada);
    expect((await step(2)).next_handoff_at).toBe('2026-01-05T11:00:00.000Z');
  });

  test('sends title, severity and key to notify', async () => {
    await create([ANN]);
    await step(1, { severity: 'critical' });
    expect(harness.notify.told).toEqual([
      {
        key: `${runs}:1`,
        incident_id: `incident ${runs}`,
        message: '[CRITICAL] db: disk full',
        severity: 'critical',
        incident: { title: 'db: disk full', service: `team ${runs}`, status: 'open', by: null },
        to: [{ kind: 'person', name: 'Ann', email: 'ann@example.com', time_zone: 'UTC' }],
      },
    ]);
  });

  test('after the first begins with the title, and names the incident and the reason below', async () => {
    await create([ANN, CY]);
    await step(2);
    expect(harness.notify.told[0]?.message).toBe(
      `[HIGH] db: disk full — escalated\n\nEscalation for incident incident ${runs}: nobody answered in 5 minutes`,
    );
  });

  test('pages a member without an e-mail address by name, and reports that the page did not reach them', async () => {
    await create([{ name: 'Walt', email: 'room 12', role: 'primary' }]);
    const taken = await step(1);
    expect(harness.notify.told[0]?.to).toEqual([{ kind: 'person', name: 'Walt', email: null, time_zone: 'UTC' }]);
    expect(taken.told[0]).toMatchObject({ name: 'Walt', email: 'room 12', reachable: false });
  });
});

describe('the next hand-off in the answer of a step', () => {
  const NIGHTS = {
    unit: 'weekly' as const,
    length: 1,
    handoff: '2024-01-01T00:00',
    slots: [[{ name: 'Nia', email: 'nia@example.com' }]],
  };
  const schedule = (other: string, role: 'primary' | 'secondary') => ({ kind: 'schedule' as const, team: other, role });
  const person = { kind: 'person' as const, email: ANN.email };
  const put = (...steps: (ReturnType<typeof schedule> | typeof person)[]) =>
    harness.port.putPolicy({ team, steps: steps.map((target) => ({ targets: [target], wait_minutes: 5 })) }, ada);
  const createNights = (name: string, from: string, role: 'primary' | 'secondary' = 'primary') => {
    const restrictions = [{ from, to: '23:00' }];
    const layers = [{ name: 'nights', role, restrictions, rotation: NIGHTS }];
    return harness.port.putSchedule({ team: name, layers }, ada);
  };
  const nextHandoff = async (n: number) => (await step(n)).next_handoff_at;

  test.each(['primary', 'secondary'] as const)('is the start of a planned %s in another team', async (role) => {
    await create([ANN]);
    const other = `${team} other`;
    await harness.port.createSchedule({ team: other, members: [ANN] }, ada);
    await put(schedule(other, role));
    expect(await nextHandoff(1)).toBeNull();
    const span = { starts_at: '2026-01-05T09:01:00Z', ends_at: '2026-01-05T10:00:00Z' };
    const yan = { name: 'Yan', email: 'yan@example.com' };
    await harness.port.addOverride({ team: other, kind: 'add', role, in: yan, ...span }, ada);
    const at = harness.clock.now().toISOString();
    const foreseen = await harness.port.foreseeStep({ service: team, severity: 'high', step: 1, at }, clockwork);
    expect(foreseen.next_handoff_at).toBe('2026-01-05T09:01:00.000Z');
  });

  test.each(['primary', 'secondary'] as const)(
    'is the opening of a restriction of a %s layer in another team',
    async (role) => {
      await create([ANN]);
      const other = `${team} other`;
      await createNights(other, '09:02', role);
      await put(schedule(other, role));
      expect(await nextHandoff(1)).toBe('2026-01-05T09:02:00.000Z');
    },
  );

  test('is the earliest of all teams of all steps, and does not count a team that no step uses', async () => {
    await createNights(team, '09:01');
    await createNights(`${team} late`, '12:00');
    await createNights(`${team} early`, '11:00');
    await put(schedule(`${team} late`, 'primary'), schedule(`${team} early`, 'primary'));
    expect([await nextHandoff(1), await nextHandoff(2)]).toEqual([
      '2026-01-05T11:00:00.000Z',
      '2026-01-05T11:00:00.000Z',
    ]);
    await harness.port.setPerson(ANN, ada);
    await put(person);
    expect(await nextHandoff(3)).toBeNull();
  });
});

describe('a step that spares a person', () => {
  test('does not notify them, reports that, and repeats the same answer', async () => {
    await create([ANN, CY]);
    const taken = await step(1, { spare: ANN.email, announce: true });
    expect(taken).toMatchObject({ spared: true, told: [{ role: 'room' }], why: 'primary' });
    expect(await step(1, { spare: ANN.email, announce: true })).toEqual(taken);
    expect(harness.notify.told.flatMap(({ to }) => to)).toMatchObject([{ kind: 'room' }]);
  });

  test('knows that person by the address in any case', async () => {
    await create([ANN, CY]);
    expect(await step(1, { spare: ANN.email.toUpperCase() })).toMatchObject({ spared: true, told: [] });
  });

  test('notifies all others, and spares no one who is not a target', async () => {
    await create([ANN, BOB, CY]);
    const all = await step(3, { spare: ANN.email });
    expect(namesOf(all)).toEqual(['Bob (member)', 'Cy (member)']);
    const secondary = await step(2, { spare: ANN.email });
    expect(namesOf(secondary)).toEqual(['Cy (secondary)']);
    expect(secondary.spared).toBeUndefined();
  });
});

describe('additional targets', () => {
  const dee = { name: 'Dee', email: 'dee@example.com' };

  test('an assignee chosen by hand is notified by the first step', async () => {
    await create([ANN]);
    expect(namesOf(await step(1, { assignee: dee }))).toEqual(['Ann (primary)', 'Dee (assignee)']);
  });

  test('an assignee who is on call is notified once', async () => {
    await create([ANN]);
    expect(namesOf(await step(1, { assignee: { name: 'Ann', email: 'ANN@example.com' } }))).toEqual(['Ann (primary)']);
  });

  test('an assignee is not notified again by later steps', async () => {
    await create([ANN, CY]);
    expect(namesOf(await step(2, { assignee: dee }))).toEqual(['Cy (secondary)']);
  });

  test('the room of the team is notified of an announcement', async () => {
    await create([ANN]);
    await harness.port.setTeamRoom({ team, room: 'slack:payments' }, ada);
    const taken = await step(1, { announce: true });
    expect(harness.notify.told[0]?.to[1]).toEqual({ kind: 'room', address: 'slack:payments' });
    expect(taken.told[1]).toMatchObject({ role: 'room', name: 'mock:payments', email: null });
  });

  test('the default room is notified if the team has none', async () => {
    await create([ANN]);
    await step(1, { announce: true });
    expect(harness.notify.told[0]?.to[1]).toEqual({ kind: 'room', address: null });
  });

  test('the fallback is notified in addition to the others', async () => {
    await create([ANN, CY]);
    const taken = await step(3, { fallback: 'email:boss@example.com' });
    expect(taken.told).toHaveLength(3);
    expect(harness.notify.told[0]?.to[2]).toEqual({ kind: 'room', address: 'email:boss@example.com' });
  });

  test('a room is notified once', async () => {
    await create([ANN]);
    await harness.port.setTeamRoom({ team, room: 'slack:ops' }, ada);
    expect((await step(1, { announce: true, fallback: 'slack:ops' })).told).toHaveLength(2);
  });
});

describe('a step that reaches no one', () => {
  test('reports that no team owns the service, and notifies only rooms', async () => {
    const taken = await step(1, { service: 'orphan', announce: true });
    expect(taken).toMatchObject({ team: null, why: 'no_team', wait_minutes: 5, next_handoff_at: null });
    expect(taken.told.map(({ role }) => role)).toEqual(['room']);
  });

  test('does not call notify without a target', async () => {
    expect((await step(1, { service: 'orphan' })).told).toEqual([]);
    expect(harness.notify.calls).toBe(0);
  });

  test('reports that no one is on call if the schedule of the owner was deleted', async () => {
    await create([ANN]);
    await harness.port.deleteSchedule({ team }, ada);
    const { port } = harness.another({ defaultTeam: team });
    const taken = await step(1, { service: `svc ${runs}` }, port);
    expect(taken).toMatchObject({ team, why: 'nobody_on_call', told: [] });
  });

  test('of a service without an owner is counted for an unknown team', async () => {
    const before = await harness.metric('oncall_escalations_total', { team: 'unknown' });
    await step(2, { service: 'orphan' });
    expect(await harness.metric('oncall_escalations_total', { team: 'unknown' })).toBe(before + 1);
    const [last] = await listed({ limit: 1 });
    expect(last).toMatchObject({ team: null, escalated_to: null, told: [] });
  });
});

describe('the same key', () => {
  test('is the same command: notified once, with the same answer, whatever changed since', async () => {
    await create([ANN, CY]);
    const first = await step(2);
    await harness.port.setOverride({ team, user_name: 'Zed', user_email: 'zed@example.com' }, ada);
    harness.clock.advance(minutes(3));
    expect(await step(2, { reason: 'something else' })).toEqual(first);
    expect(harness.notify.told).toHaveLength(1);
    expect((await listed({ team })).map(({ reason }) => reason)).toEqual(['nobody answered in 5 minutes']);
  });

  test('at once in two processes runs one step', async () => {
    await create([ANN, CY]);
    const other = harness.another();
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => step(2, {}, n % 2 ? harness.port : other.port)));
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(harness.notify.told).toHaveLength(1);
    expect(await listed({ team })).toHaveLength(1);
  });

  test('sent to notify twice at the same time counts as notified once', async () => {
    await create([ANN, CY]);
    const before = await harness.metric('oncall_notifications_sent_total', { channel: 'mock' });
    harness.notify.together = 2;
    const [one, other] = await Promise.all([step(2), step(2)]);
    expect(other).toEqual(one);
    expect(await harness.metric('oncall_notifications_sent_total', { channel: 'mock' })).toBe(before + 1);
  });

  test('after an outage of notify pages the people of the first call', async () => {
    await create([ANN, CY]);
    harness.notify.down = true;
    expect(await problem(step(2))).toMatchObject({ status: 503 });
    expect(await listed({ team })).toMatchObject([{ told: [] }]);
    harness.notify.down = false;
    await harness.port.updateSchedule({ team, add_members: [member('New', 'secondary')], remove_members: ['Cy'] }, ada);
    harness.clock.advance(minutes(1));
    const taken = await harness.another().port.takeStep(
      {
        key: `${runs}:2`,
        incident_id: 'x',
        service: team,
        title: 't',
        severity: 'low',
        step: 2,
        round: 0,
        reason: 'r',
      },
      clockwork,
    );
    expect(namesOf(taken)).toEqual(['Cy (secondary)']);
    expect(taken.timestamp).toBe('2026-01-05T09:00:00.000Z');
  });
});

describe('the result of a step', () => {
  const taken = () => harness.port.takenStep({ key: `${runs}:1` }, clockwork);

  test('is returned if it ran, and null if it did not', async () => {
    await create([ANN]);
    expect(await taken()).toEqual({ taken: null });
    const told = await step(1);
    expect(await taken()).toEqual({ taken: told });
  });

  test('is null until notify has answered', async () => {
    await create([ANN]);
    harness.notify.down = true;
    await expect(step(1)).rejects.toThrow();
    harness.notify.down = false;
    expect(await taken()).toEqual({ taken: null });
  });
});

describe('the records', () => {
  test('do not include a first page: not listed, not counted, not in the history', async () => {
    await create([ANN]);
    await step(1);
    expect(await listed({ team })).toEqual([]);
    expect(await harness.metric('oncall_escalations_total', { team })).toBe(0);
    expect(await historyOf({ team, event_type: 'escalation' })).toEqual([]);
  });

  test('an escalation is listed with the people notified, counted, and in the history', async () => {
    await create([ANN, CY]);
    const taken = await step(2);
    expect(await listed({ team })).toEqual([
      {
        escalation_id: taken.escalation_id,
        team,
        incident_id: `incident ${runs}`,
        reason: 'nobody answered in 5 minutes',
        escalated_to: { name: 'Cy', email: 'cy@example.com' },
        step: 2,
        told: taken.told,
        timestamp: taken.timestamp,
      },
    ]);
    expect(await harness.metric('oncall_escalations_total', { team })).toBe(1);
    expect(await historyOf({ team, event_type: 'escalation' })).toMatchObject([
      {
        actor: 'system',
        details: { incident_id: `incident ${runs}`, escalated_to: { name: 'Cy' }, step: 2, round: 0 },
      },
    ]);
  });

  test('step 1 of a later round is an escalation', async () => {
    await create([ANN]);
    await step(1, { round: 1, key: `${runs}:round` });
    expect(await listed({ team })).toHaveLength(1);
  });

  test('the list has the last ones, oldest first, of one team or of all', async () => {
    await create([ANN, CY]);
    for (const n of [2, 3, 4]) await step(n);
    const last = await listed({ team, limit: 2 });
    expect(last.map((each) => each.step)).toEqual([3, 4]);
    expect((await listed({ limit: 2 })).map((each) => each.step)).toEqual([3, 4]);
    expect(await listed({ team: 'nobody' })).toEqual([]);
  });

  test('all notifications are counted by channel', async () => {
    await create([ANN, BOB, CY]);
    const before = await harness.metric('oncall_notifications_sent_total', { channel: 'mock' });
    await step(3, { announce: true });
    expect(await harness.metric('oncall_notifications_sent_total', { channel: 'mock' })).toBe(before + 4);
  });

  test('the total of escalations is in the stats', async () => {
    await create([ANN, CY]);
    const before = await harness.port.stats({}, ada);
    await step(2);
    await step(3);
    expect((await harness.port.stats({}, ada)).total_escalations).toBe(before.total_escalations + 2);
  });
});

describe('escalating an incident that only the caller knows', () => {
  const escalate = (reason?: string) =>
    harness.port.escalateUnknown({ team, incident_id: 'INT-TEST-001', ...(reason && { reason }) }, ada);

  test('pages the secondary first', async () => {
    await create([ANN, CY]);
    expect(await escalate()).toEqual({
      status: 'escalated',
      escalation_id: expect.any(String),
      team,
      incident_id: 'INT-TEST-001',
      escalated_to: { name: 'Cy', email: 'cy@example.com' },
      message: `Escalation triggered for team '${team}' — incident INT-TEST-001`,
      timestamp: '2026-01-05T09:00:00.000Z',
    });
    expect(harness.notify.told[0]).toMatchObject({
      message: 'Escalation for incident INT-TEST-001: No acknowledgment within SLA',
      severity: null,
    });
  });

  test('then pages all people of the team, and again', async () => {
    await create([ANN, CY]);
    for (let n = 0; n < 4; n++) await escalate('still down');
    expect((await listed({ team })).map((each) => each.step)).toEqual([2, 3, 3, 3]);
    expect(harness.notify.told.map(({ to }) => to.length)).toEqual([1, 2, 2, 2]);
  });

  test('twice at once runs two steps', async () => {
    await create([ANN, CY]);
    await Promise.all([escalate(), escalate()]);
    expect((await listed({ team })).map((each) => each.step).sort()).toEqual([2, 3]);
  });

  test('counts each incident on its own', async () => {
    await create([ANN, CY]);
    await escalate();
    await harness.port.escalateUnknown({ team, incident_id: 'other' }, ada);
    expect((await listed({ team })).map((each) => each.step)).toEqual([2, 2]);
  });

  test('is recorded with its actor', async () => {
    await create([ANN]);
    await escalate('by hand');
    expect(await historyOf({ team, event_type: 'escalation' })).toMatchObject([
      { actor: 'ada', details: { reason: 'by hand', incident_id: 'INT-TEST-001' } },
    ]);
    expect(await harness.metric('oncall_escalations_total', { team })).toBe(1);
  });

  test('of an unknown team is 404 and records nothing', async () => {
    const before = await harness.port.stats({}, ada);
    expect(await problem(escalate())).toMatchObject({ status: 404, detail: `No schedule found for team '${team}'` });
    expect(await harness.port.stats({}, ada)).toEqual(before);
  });
});

describe('the responders of services', () => {
  const ask = async (...services: string[]) => (await harness.port.responders({ services }, clockwork)).results;

  test('are found by registration before the name, and returned in the order of the request', async () => {
    await create([ANN, CY]);
    const owner = team;
    team = `other ${team}`;
    await create([BOB]);
    await harness.port.setService({ service: owner, team }, ada);
    expect(await ask('nobody knows', owner, team)).toEqual([
      { service: 'nobody knows', team: null, primary: null },
      { service: owner, team, primary: { name: 'Bob', email: 'bob@example.com' } },
      { service: team, team, primary: { name: 'Bob', email: 'bob@example.com' } },
    ]);
  });

  test('are those of the team of the same name, in any case', async () => {
    team = `Payments ${runs}`;
    await create([ANN]);
    expect(await ask(`payments ${runs}`, ` PAYMENTS ${runs} `)).toMatchObject([{ team }, { team }]);
  });

  test('are those of the exact spelling if two teams differ only by case', async () => {
    team = `CASE ${runs}`;
    await create([ANN]);
    harness.clock.advance(minutes(1));
    team = `case ${runs}`;
    await create([BOB]);
    expect(await ask(team)).toMatchObject([{ team, primary: { name: 'Bob' } }]);
  });

  test('are those of the default team if no team owns the service', async () => {
    await create([ANN]);
    const { port } = harness.another({ defaultTeam: team });
    expect((await port.responders({ services: ['orphan'] }, clockwork)).results).toEqual([
      { service: 'orphan', team, primary: { name: 'Ann', email: 'ann@example.com' } },
    ]);
    const taken = await step(1, { service: 'orphan' }, port);
    expect(taken).toMatchObject({ team, why: 'primary' });
  });

  test('are none if the default team has no schedule', async () => {
    const { port } = harness.another({ defaultTeam: 'not made yet' });
    expect(await step(1, { service: 'orphan' }, port)).toMatchObject({ team: 'not made yet', why: 'nobody_on_call' });
  });

  test('are not those of a deleted team of the same name', async () => {
    await create([ANN]);
    await harness.port.deleteSchedule({ team }, ada);
    expect(await ask(team)).toEqual([{ service: team, team: null, primary: null }]);
  });

  test('are the person who took over', async () => {
    await create([ANN]);
    await harness.port.setOverride({ team, user_name: 'Zed', user_email: 'zed@example.com', duration_hours: 1 }, ada);
    expect(await ask(team)).toMatchObject([{ primary: { name: 'Zed' } }]);
    harness.clock.advance(hours(1));
    expect(await ask(team)).toMatchObject([{ primary: { name: 'Ann' } }]);
  });

  test('are counted as lookups, once for each team', async () => {
    await create([ANN]);
    await ask(team, team, 'orphan');
    expect(await harness.metric('oncall_lookups_total', { team })).toBe(1);
  });

  test('of a thousand services are returned at once', async () => {
    await create([ANN]);
    const services = Array.from({ length: 1_000 }, (_, n) => (n % 2 ? team : `s${n}`));
    const results = await ask(...services);
    expect(results.filter(({ primary }) => primary?.name === 'Ann')).toHaveLength(500);
  });
});

describe('a step that is foreseen while notify is away', () => {
  const foreseen = (reach: 'needed' | 'if_known' | 'unasked') =>
    harness.port.foreseeStep(
      { team, severity: 'high', step: 1, at: harness.clock.now().toISOString(), reach },
      clockwork,
    );

  test('has its people, and does not claim to know how they are reached', async () => {
    await create([ANN]);
    harness.notify.down = true;
    for (const reach of ['if_known', 'unasked'] as const) {
      expect((await foreseen(reach)).told).toMatchObject([
        { name: ANN.name, channel: 'unknown', reachable: false, reach_unknown: true },
      ]);
    }
    harness.notify.down = false;
  });

  test('fails if the answer is needed', async () => {
    await create([ANN]);
    harness.notify.down = true;
    await expect(foreseen('needed')).rejects.toMatchObject({ kind: 'unavailable' });
    harness.notify.down = false;
  });
});
