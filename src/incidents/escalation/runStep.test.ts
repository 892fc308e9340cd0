import { randomUUID } from 'node:crypto';
import { hours, minutes, seconds } from '../../kernel/clock';
import { Problem } from '../../kernel/ports/problem';
import { someone } from '../../testing/http';
import {
  alertOf,
  type IncidentsHarness,
  incidentsHarness,
  JANE,
  JOE,
  openedBy,
  ROOM,
  timelineOf,
  told,
} from '../../testing/incidents';

let harness: IncidentsHarness;
beforeEach(async () => {
  harness = await incidentsHarness({ fallbackTarget: 'slack:fallback' });
});
afterEach(() => harness.end());

const maria = someone();
const incident = (id: string) => harness.port.get({ id }, maria);
const clockOf = async (id: string) => (await incident(id)).escalation;
const steps = () => harness.below.asked.takeStep.map(({ step, round }) => `${round}.${step}`);
const inMinutes = (n: number) => new Date(harness.clock.now().getTime() + minutes(n)).toISOString();
const metric = async (name: string) => {
  const found = await harness.registry.getSingleMetric(name)!.get();
  return found.values.find(({ labels }) => !('le' in labels))?.value;
};

async function opened(): Promise<string> {
  const id = await openedBy(harness);
  await harness.drain();
  return id;
}

test('opening pages the first step, notifies the room, and schedules the second', async () => {
  const id = await opened();
  expect(harness.below.asked.takeStep).toMatchObject([
    { incident_id: id, step: 1, round: 0, announce: true, assignee: null, severity: 'high' },
  ]);
  expect(await clockOf(id)).toEqual({
    state: 'running',
    step: 1,
    round: 0,
    next_step: 2,
    next_step_at: inMinutes(5),
  });
  const { timeline } = await harness.port.timeline({ id }, maria);
  expect(timeline.at(-1)).toMatchObject({
    event_type: 'paged',
    actor: 'system',
    detail: {
      step: 1,
      round: 0,
      told: [{ name: JANE.name, channel: 'email', reachable: true }],
      next_step_at: inMinutes(5),
    },
  });
});

test('an escalation to the end: every step once, each at its time, and then the policy is exhausted', async () => {
  const id = await opened();
  await harness.later(minutes(5) - 1);
  expect(steps()).toEqual(['0.1']);
  await harness.later(1);
  expect(steps()).toEqual(['0.1', '0.2']);
  await harness.later(minutes(5));
  await harness.later(minutes(5));
  expect(steps()).toEqual(['0.1', '0.2', '0.3']);
  expect(await timelineOf(harness, id)).toEqual([
    'created',
    'assigned',
    'alert_correlated',
    'paged',
    'escalated',
    'escalated',
    'escalation_exhausted',
  ]);
  expect(await clockOf(id)).toMatchObject({ state: 'exhausted', next_step: null, next_step_at: null });
  await harness.later(hours(5));
  expect(steps()).toHaveLength(3);
});

test('a policy runs as many rounds as are configured', async () => {
  harness.below.repeat = 2;
  await opened();
  for (let n = 0; n < 12; n++) await harness.later(minutes(5));
  expect(steps()).toEqual(['0.1', '0.2', '0.3', '1.1', '1.2', '1.3', '2.1', '2.2', '2.3']);
});

test.each(['acknowledged', 'in_progress', 'resolved'] as const)('%s stops the escalation', async (status) => {
  const id = await opened();
  await harness.port.update({ id, status }, maria);
  expect(await clockOf(id)).toMatchObject({ state: 'stopped', next_step: null, next_step_at: null });
  await harness.later(hours(3));
  expect(steps()).toEqual(['0.1']);
});

test('a person who acknowledges before the first page is not paged', async () => {
  const id = await openedBy(harness);
  await harness.port.update({ id, status: 'acknowledged' }, maria);
  await harness.drain();
  expect(steps()).toEqual([]);
});

test('a page sent at the same time as an acknowledgement is shown, and schedules no next step', async () => {
  const id = await openedBy(harness);
  harness.below.meanwhile = async () => {
    await harness.port.update({ id, status: 'acknowledged' }, maria);
  };
  await harness.drain();
  expect(await timelineOf(harness, id)).toEqual(['created', 'assigned', 'alert_correlated', 'acknowledged', 'paged']);
  expect(await clockOf(id)).toMatchObject({ state: 'stopped', next_step_at: null });
});

test('a late step runs at once, and the next wait counts from then', async () => {
  const id = await opened();
  await harness.later(minutes(42));
  expect(steps()).toEqual(['0.1', '0.2']);
  expect(await clockOf(id)).toMatchObject({ step: 2, next_step: 3, next_step_at: inMinutes(5) });
  expect(await metric('escalation_lateness_seconds')).toBe(minutes(37) / 1_000);
});

test('a step without responders is skipped at once, recorded and counted', async () => {
  harness.below.steps = [[ROOM], [told(JOE, 'secondary')]];
  const id = await opened();
  expect(steps()).toEqual(['0.1', '0.2']);
  expect((await timelineOf(harness, id)).slice(-2)).toEqual(['nobody_reached', 'escalated']);
  expect(await metric('escalation_steps_unreached_total')).toBe(1);
});

test('a person who cannot be paged is named as such', async () => {
  harness.below.steps = [[told(JANE, 'primary', { reachable: false })]];
  const id = await opened();
  const { timeline } = await harness.port.timeline({ id }, maria);
  const entry = timeline.find(({ event_type }) => event_type === 'nobody_reached');
  expect(entry?.detail).toMatchObject({ told: [{ name: JANE.name, reachable: false }] });
});

test('without a team the policy is exhausted at once, tried again soon, and the fallback is notified each time', async () => {
  Object.assign(harness.below, { team: null, primary: null, steps: [[], [], []] });
  const id = await opened();
  expect(steps()).toEqual(['0.1']);
  expect(await clockOf(id)).toMatchObject({ state: 'exhausted', next_step: 1, next_step_at: inMinutes(5) });
  await harness.later(minutes(5));
  expect(steps()).toEqual(['0.1', '0.1']);
  expect(harness.below.asked.tell.map(({ incident_id, to }) => [incident_id, to])).toEqual([
    [id, [{ kind: 'room', address: 'slack:fallback' }]],
    [id, [{ kind: 'room', address: 'slack:fallback' }]],
  ]);
  expect(new Set(harness.below.asked.tell.map(({ key }) => key)).size).toBe(2);
});

test('a whole round that reached no one is not repeated in the same instant', async () => {
  Object.assign(harness.below, { steps: [[], [], []], repeat: 3 });
  const id = await opened();
  expect(steps()).toEqual(['0.1', '0.2', '0.3']);
  expect((await timelineOf(harness, id)).slice(-5, -1)).toEqual([
    'nobody_reached',
    'nobody_reached',
    'nobody_reached',
    'escalation_exhausted',
  ]);
});

test('an exhausted policy is tried again at the next hand-off, until a person is reached', async () => {
  Object.assign(harness.below, { steps: [[]], nextHandoffAt: inMinutes(3) });
  const id = await opened();
  expect(await clockOf(id)).toMatchObject({ next_step_at: inMinutes(3) });
  harness.below.steps = [[told(JOE, 'primary')]];
  await harness.later(minutes(3));
  expect(await clockOf(id)).toMatchObject({ state: 'running' });
  await harness.later(minutes(5));
  expect(await clockOf(id)).toMatchObject({ state: 'exhausted', next_step_at: null });
});

test('the fallback is not notified of an incident that is acknowledged', async () => {
  Object.assign(harness.below, { steps: [[]] });
  const id = await openedBy(harness);
  harness.below.meanwhile = async () => {
    await harness.port.update({ id, status: 'acknowledged' }, maria);
  };
  await harness.drain();
  await harness.later(hours(2));
  expect(harness.below.asked.tell).toEqual([]);
});

test('while oncall is away the step waits, and pages soon after oncall is back', async () => {
  const id = await openedBy(harness);
  harness.below.away = true;
  await harness.drain();
  await harness.later(minutes(10));
  expect(await timelineOf(harness, id)).not.toContain('paged');
  harness.below.away = false;
  await harness.later(seconds(5));
  expect(await timelineOf(harness, id)).toContain('paged');
  expect(steps()).toEqual(['0.1']);
});

test('a step whose recording was interrupted pages and is recorded once', async () => {
  const id = await openedBy(harness);
  let broken = true;
  harness.below.meanwhile = async () => {
    if (broken) throw new Error('the process is gone');
  };
  await harness.drain();
  broken = false;
  await harness.later(seconds(5));
  await harness.later(seconds(5));
  expect((await timelineOf(harness, id)).filter((type) => type === 'paged')).toHaveLength(1);
});

test('a page before an acknowledgement is in the timeline, although its recording was interrupted', async () => {
  const id = await openedBy(harness);
  harness.below.answersAreLost = true;
  await harness.drain();
  harness.below.answersAreLost = false;
  await harness.port.update({ id, status: 'acknowledged' }, someone());
  await harness.later(seconds(5));
  expect((await timelineOf(harness, id)).filter((type) => type === 'paged')).toHaveLength(1);
  expect(steps()).toEqual(['0.1']);
});

test('a step that was interrupted before its pages sends none after an acknowledgement', async () => {
  const id = await openedBy(harness);
  harness.below.away = true;
  await harness.drain();
  harness.below.away = false;
  await harness.port.update({ id, status: 'acknowledged' }, someone());
  await harness.later(seconds(5));
  expect(await timelineOf(harness, id)).not.toContain('paged');
  expect(steps()).toEqual([]);
});

test('a step that a second process takes up while the first still sends its pages is recorded once', async () => {
  const id = await openedBy(harness);
  const other = harness.again();
  let asked = 0;
  harness.below.meanwhile = async () => {
    asked += 1;
    if (asked > 1) return;
    harness.clock.advance(seconds(6));
    await other.drain();
  };
  await harness.drain();
  expect(asked).toBe(2);
  expect((await timelineOf(harness, id)).filter((type) => type === 'paged')).toHaveLength(1);
});

test('steps that reach no one do not end a policy that reached a person before', async () => {
  Object.assign(harness.below, { steps: [[told(JANE, 'primary')], [], []], repeat: 1 });
  const id = await opened();
  await harness.later(minutes(5));
  expect(steps()).toEqual(['0.1', '0.2', '0.3', '1.1']);
  await harness.later(minutes(5));
  expect(await clockOf(id)).toMatchObject({ state: 'exhausted', next_step_at: null });
  expect(harness.below.asked.tell).toEqual([]);
});

test('two processes never take one step', async () => {
  const ids = await Promise.all(Array.from({ length: 25 }, () => openedBy(harness)));
  await harness.drain();
  harness.clock.advance(minutes(5));
  const other = harness.again();
  await Promise.all([harness.module.drain(), other.drain(), harness.module.drain(), other.drain()]);
  await harness.drain();
  for (const id of ids) {
    expect((await timelineOf(harness, id)).filter((type) => type === 'escalated')).toHaveLength(1);
  }
  expect(harness.below.asked.takeStep).toHaveLength(50);
});

test('a restarted process continues its escalations', async () => {
  const id = await opened();
  const next = harness.again();
  harness.clock.advance(minutes(5));
  await next.drain();
  expect(steps()).toEqual(['0.1', '0.2']);
  expect(await clockOf(id)).toMatchObject({ step: 2, next_step: 3 });
});

test('the first escalation by hand runs the second step, and the escalation continues from there', async () => {
  const id = await opened();
  harness.clock.advance(minutes(1));
  const answer = await harness.port.escalateIncident({ id, reason: 'It is getting worse' }, maria);
  expect(answer).toMatchObject({
    status: 'escalated',
    team: 'payments',
    incident_id: id,
    escalated_to: JOE,
    message: `Escalation triggered for team 'payments' — incident ${id}`,
  });
  expect(await clockOf(id)).toMatchObject({ step: 2, next_step: 3, next_step_at: inMinutes(5) });
  const { timeline } = await harness.port.timeline({ id }, maria);
  expect(timeline.at(-1)).toMatchObject({
    event_type: 'escalated',
    actor: 'maria',
    detail: { step: 2, reason: 'It is getting worse' },
  });
  await harness.later(minutes(4));
  expect(steps()).toEqual(['0.1', '0.2']);
  await harness.later(minutes(1));
  expect(steps()).toEqual(['0.1', '0.2', '0.3']);
});

test('an escalation by hand that overtakes the first page does not swallow it', async () => {
  const id = await openedBy(harness);
  await harness.port.escalateIncident({ id }, maria);
  const armed = await clockOf(id);
  await harness.later(minutes(1));
  expect(steps().sort()).toEqual(['0.1', '0.2']);
  expect(armed).toMatchObject({ step: 2, next_step: 3 });
  expect(await clockOf(id)).toEqual(armed);
});

test('escalating by hand does not change who it is assigned to', async () => {
  const id = await opened();
  await harness.port.escalateIncident({ id }, maria);
  expect(await incident(id)).toMatchObject({ assigned_to: JANE.name });
});

test('an acknowledged incident can be escalated by hand, and its escalation stays stopped', async () => {
  const id = await opened();
  await harness.port.update({ id, status: 'acknowledged' }, maria);
  expect(await harness.port.escalateIncident({ id }, maria)).toMatchObject({ escalated_to: JOE });
  expect(await clockOf(id)).toMatchObject({ state: 'stopped', step: 2, next_step_at: null });
  for (const expected of [3, 1, 2]) {
    await harness.port.escalateIncident({ id }, maria);
    expect(await clockOf(id)).toMatchObject({ state: 'stopped', step: expected });
  }
});

test('a resolved incident is not escalated, an unknown one is not found', async () => {
  const id = await opened();
  await harness.port.update({ id, status: 'resolved' }, maria);
  await expect(harness.port.escalateIncident({ id }, maria)).rejects.toMatchObject({ kind: 'conflict' });
  await expect(harness.port.escalateIncident({ id: randomUUID() }, maria)).rejects.toMatchObject({ kind: 'not-found' });
});

test('an escalation by hand while oncall is away is answered unavailable, and pages when oncall is back', async () => {
  const id = await opened();
  harness.below.away = true;
  await expect(harness.port.escalateIncident({ id }, maria)).rejects.toMatchObject({ kind: 'unavailable' });
  harness.below.away = false;
  await harness.later(seconds(20));
  expect(steps()).toEqual(['0.1', '0.2']);
  expect((await timelineOf(harness, id)).at(-1)).toBe('escalated');
});

test('people who escalate at once take one step each', async () => {
  harness.below.steps = Array.from({ length: 9 }, () => [told(JOE, 'secondary')]);
  const id = await opened();
  await Promise.all(Array.from({ length: 5 }, () => harness.port.escalateIncident({ id }, maria)));
  await harness.drain();
  expect(steps().sort()).toEqual(['0.1', '0.2', '0.3', '0.4', '0.5', '0.6']);
  expect(await clockOf(id)).toMatchObject({ step: 6, next_step: 7 });
});

test('the team’s escalation takes the next step of an incident that is known here', async () => {
  const id = await opened();
  const answer = await harness.port.escalate({ team: 'payments', incident_id: id }, maria);
  expect(answer).toMatchObject({ incident_id: id, escalated_to: JOE });
  expect(harness.below.asked.takeStep.at(-1)).toMatchObject({ step: 2, reason: 'No acknowledgment within SLA' });
});

test('an unknown incident is escalated by oncall', async () => {
  const answer = await harness.port.escalate({ team: 'ops', incident_id: 'INT-TEST-001' }, maria);
  expect(answer).toMatchObject({
    team: 'ops',
    incident_id: 'INT-TEST-001',
    message: "Escalation triggered for team 'ops' — incident INT-TEST-001",
  });
  const unknown = await harness.port.escalate({ team: 'ops', incident_id: randomUUID() }, maria);
  expect(unknown.escalated_to).toEqual(JOE);
});

test('the worker retries a step that oncall refuses, with growing pauses', async () => {
  await openedBy(harness);
  let tries = 0;
  harness.below.meanwhile = async () => {
    tries += 1;
    throw new Problem('invalid', 'No');
  };
  await harness.drain();
  await harness.later(seconds(2));
  expect(tries).toBe(2);
});

test('a started module sends the pages of the first step by itself', async () => {
  await harness.module.start();
  try {
    const paged = new Promise<void>((resolve) => {
      harness.below.meanwhile = async () => resolve();
    });
    await openedBy(harness, alertOf());
    await paged;
    expect(steps()).toEqual([]);
  } finally {
    await harness.module.stop();
  }
  expect(steps()).toEqual(['0.1']);
});

describe('the escalation summaries of some incidents', () => {
  const fuses = async (...ids: string[]) => (await harness.port.fuses({ incidents: ids.join() }, maria)).fuses;

  test('name the people that each step paged, without rooms that are only notified, and those of the next step', async () => {
    harness.below.steps[0] = [ROOM, told(JANE, 'primary')];
    const id = await opened();
    const first = { step: 1, at: harness.clock.now().toISOString(), names: [JANE.name] };
    await harness.later(minutes(5));
    const [fuse] = await fuses(id);
    const second = { step: 2, at: harness.clock.now().toISOString(), names: [JOE.name] };
    const next = { step: 3, at: inMinutes(5), why: 'as the test says' };
    expect(fuse).toMatchObject({ incident_id: id, paged: [first, second], next });
    expect(fuse?.next?.told?.map(({ name, role }) => `${name} as ${role}`)).toEqual(
      [JANE, JOE].map(({ name }) => `${name} as member`),
    );
    expect(harness.below.asked.foreseeStep).toMatchObject([{ step: 3, severity: 'high', at: inMinutes(5) }]);
  });

  test('are returned for many at once, without unknown ones, and have no next step if the escalation is stopped', async () => {
    const [runs, stopped] = [await opened(), await opened()];
    await harness.port.update({ id: stopped, status: 'acknowledged' }, maria);
    const found = await fuses(runs, randomUUID(), stopped);
    expect(new Map(found.map(({ incident_id, next }) => [incident_id, next?.step]))).toEqual(
      new Map([
        [runs, 2],
        [stopped, undefined],
      ]),
    );
  });

  test('name the time of the next page although oncall does not answer', async () => {
    const id = await opened();
    harness.below.away = true;
    expect((await fuses(id))[0]?.next).toEqual({ step: 2, at: inMinutes(5), why: null, told: null });
  });

  test('are refused for anything but a list of ids', async () => {
    const many = Array.from({ length: 21 }, () => randomUUID());
    for (const incidents of ['', 'x', `${many[0]},`, many.join()]) {
      await expect(harness.port.fuses({ incidents }, maria)).rejects.toMatchObject({ kind: 'invalid' });
    }
  });
});
