import { randomUUID } from 'node:crypto';
import { days, hours, minutes, seconds } from '../../kernel/clock';
import { someone } from '../../testing/http';
import {
  alertOf,
  factsOf,
  type IncidentsHarness,
  incidentsHarness,
  JOE,
  machine,
  openedBy,
  ROOM,
  timelineOf,
} from '../../testing/incidents';

let house: IncidentsHarness;
beforeEach(async () => {
  house = await incidentsHarness({ fallbackTarget: 'slack:fallback' });
});
afterEach(() => house.end());

const maria = someone();
const incident = (id: string) => house.port.get({ id }, maria);
const steps = () => house.below.asked.takeStep.map(({ step, round }) => `${round}.${step}`);
const inMinutes = (n: number) => new Date(house.clock.now().getTime() + minutes(n)).toISOString();
const lastOf = async (id: string) => (await house.port.timeline({ id }, maria)).timeline.at(-1);

async function opened(alert = alertOf()): Promise<string> {
  const id = await openedBy(house, alert);
  await house.settle();
  return id;
}

async function acknowledged(): Promise<string> {
  const id = await opened();
  await house.port.update({ id, status: 'acknowledged' }, maria);
  await house.settle();
  return id;
}

describe('a snooze', () => {
  test('stops the clock, leaves the status, and is visible in the incident and its timeline', async () => {
    const id = await opened();
    const until = inMinutes(60);
    const snoozed = await house.port.snooze({ id, minutes: 60, reason: 'It can wait' }, maria);
    expect(snoozed).toMatchObject({
      status: 'open',
      snoozed_until: until,
      escalation: { state: 'stopped', next_step_at: null },
    });
    expect(await lastOf(id)).toMatchObject({
      event_type: 'snoozed',
      actor: 'maria',
      detail: { until, minutes: 60, reason: 'It can wait' },
    });
    await house.later(minutes(60) - 1);
    expect(steps()).toEqual(['0.1']);
    expect(house.below.asked.cancel).toMatchObject([{ incident_id: id, reason: 'snoozed' }]);
  });

  test.each(['open', 'acknowledged'] as const)('that expires starts an %s incident at step 1', async (status) => {
    const id = await opened();
    await house.later(minutes(5));
    if (status !== 'open') await house.port.update({ id, status }, maria);
    await house.port.snooze({ id, minutes: 30 }, maria);
    await house.later(minutes(30));
    expect(steps()).toEqual(['0.1', '0.2', '0.1']);
    expect(await incident(id)).toMatchObject({
      status,
      snoozed_until: null,
      escalation: { state: 'running', step: 1, round: 0, next_step: 2, next_step_at: inMinutes(5) },
    });
    expect((await timelineOf(house, id)).slice(-2)).toEqual(['snooze_ended', 'escalated']);
    await house.later(minutes(5));
    expect(steps()).toEqual(['0.1', '0.2', '0.1', '0.2']);
  });

  test('restarts an exhausted policy when it ends', async () => {
    house.below.steps = [[]];
    const id = await opened();
    await house.port.snooze({ id, minutes: 1 }, maria);
    await house.later(minutes(1));
    expect(await incident(id)).toMatchObject({
      escalation: { state: 'exhausted', next_step: 1, next_step_at: inMinutes(5) },
    });
  });

  test('ends early by hand, and the escalation restarts at once', async () => {
    const id = await opened();
    await house.port.snooze({ id, minutes: 600 }, maria);
    house.clock.advance(minutes(1));
    expect(await house.port.endSnooze({ id }, maria)).toMatchObject({ snoozed_until: null });
    await house.settle();
    expect(steps()).toEqual(['0.1', '0.1']);
    const { timeline } = await house.port.timeline({ id }, maria);
    expect(timeline.at(-2)).toMatchObject({
      event_type: 'snooze_ended',
      actor: 'maria',
      detail: { reason: 'ended_by_hand' },
    });
    await house.later(hours(10));
    expect(await timelineOf(house, id).then((types) => types.filter((type) => type === 'snooze_ended'))).toHaveLength(
      1,
    );
  });

  test('can be prolonged, and then only the later end counts', async () => {
    const id = await opened();
    await house.port.snooze({ id, minutes: 10 }, maria);
    house.clock.advance(minutes(5));
    await house.port.snooze({ id, minutes: 10 }, maria);
    await house.later(minutes(9));
    expect(steps()).toEqual(['0.1']);
    await house.later(minutes(1));
    expect(steps()).toEqual(['0.1', '0.1']);
  });

  test.each(['acknowledged', 'in_progress', 'resolved'] as const)('%s ends it, and no page is sent', async (status) => {
    const id = await opened();
    await house.port.snooze({ id, minutes: 10 }, maria);
    expect(await house.port.update({ id, status }, maria)).toMatchObject({ snoozed_until: null, status });
    await house.later(hours(1));
    expect(steps()).toEqual(['0.1']);
    expect((await timelineOf(house, id)).slice(-2)).toEqual(['snooze_ended', status]);
  });

  test('ends when the last alert does, with the incident', async () => {
    const id = await opened();
    await house.port.snooze({ id, minutes: 10 }, maria);
    const [alert] = (await incident(id)).alerts;
    await house.port.alertsEnded({ alerts: [{ alert_id: alert!.id, ended_at: inMinutes(0) }] }, machine());
    expect(await incident(id)).toMatchObject({ status: 'resolved', snoozed_until: null });
  });

  test('after an acknowledgement ends by another acknowledgement, without a page', async () => {
    const id = await acknowledged();
    await house.port.snooze({ id, minutes: 10 }, maria);
    await house.port.update({ id, status: 'acknowledged' }, maria);
    await house.later(minutes(20));
    expect(steps()).toEqual(['0.1']);
    expect(await incident(id)).toMatchObject({ status: 'acknowledged', snoozed_until: null });
    expect((await timelineOf(house, id)).slice(-2)).toEqual(['snooze_ended', 'acknowledged']);
  });

  test('an escalation by hand takes its step, and the snooze goes on', async () => {
    const id = await opened();
    await house.port.snooze({ id, minutes: 10 }, maria);
    expect(await house.port.escalateIncident({ id }, maria)).toMatchObject({ escalated_to: JOE });
    expect(await incident(id)).toMatchObject({
      snoozed_until: inMinutes(10),
      escalation: { state: 'stopped', step: 2 },
    });
    await house.later(minutes(10));
    expect(steps()).toEqual(['0.1', '0.2', '0.1']);
  });

  test('that began while pages were sent does not stop them, and schedules nothing', async () => {
    const id = await openedBy(house);
    house.below.meanwhile = async () => {
      house.below.meanwhile = async () => {};
      await house.port.snooze({ id, minutes: 10 }, maria);
    };
    await house.settle();
    expect(await timelineOf(house, id)).toEqual(['created', 'assigned', 'alert_correlated', 'snoozed', 'paged']);
    expect(await incident(id)).toMatchObject({ escalation: { state: 'stopped', next_step_at: null } });
    await house.later(minutes(10));
    expect(steps()).toEqual(['0.1', '0.1']);
  });

  test('that began and ended while pages were sent restarts the escalation all the same', async () => {
    const id = await openedBy(house);
    house.below.meanwhile = async () => {
      house.below.meanwhile = async () => {};
      await house.port.snooze({ id, minutes: 10 }, maria);
      await house.port.endSnooze({ id }, maria);
    };
    await house.settle();
    expect(steps()).toEqual(['0.1', '0.1']);
    expect(await incident(id)).toMatchObject({ escalation: { state: 'running', step: 1, next_step: 2 } });
  });

  test('is refused if the incident is resolved or in progress', async () => {
    const id = await opened();
    await house.port.update({ id, status: 'in_progress' }, maria);
    await expect(house.port.snooze({ id, minutes: 5 }, maria)).rejects.toMatchObject({ kind: 'conflict' });
    await house.port.update({ id, status: 'resolved' }, maria);
    await expect(house.port.snooze({ id, minutes: 5 }, maria)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(house.port.endSnooze({ id }, maria)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(house.port.snooze({ id: randomUUID(), minutes: 5 }, maria)).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  test.each([0, -1, 1.5, 10_081, Number.NaN])('of %p minutes is refused, naming the field', async (length) => {
    const id = await opened();
    await expect(house.port.snooze({ id, minutes: length }, maria)).rejects.toMatchObject({
      kind: 'invalid',
      extra: { errors: [{ path: 'minutes' }] },
    });
  });

  test('of seven days holds seven days', async () => {
    const id = await opened();
    await house.port.snooze({ id, minutes: 10_080 }, maria);
    await house.later(days(7) - 1);
    expect(steps()).toEqual(['0.1']);
    await house.later(1);
    expect(steps()).toEqual(['0.1', '0.1']);
  });

  test('that two processes find expired ends once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => openedBy(house)));
    await house.settle();
    for (const id of ids) await house.port.snooze({ id, minutes: 1 }, maria);
    house.clock.advance(minutes(1));
    const other = house.again();
    await Promise.all([house.module.drain(), other.drain(), house.module.drain(), other.drain()]);
    await house.settle();
    for (const id of ids) {
      expect((await timelineOf(house, id)).filter((type) => type === 'snooze_ended')).toHaveLength(1);
    }
    expect(house.below.asked.takeStep).toHaveLength(20);
  });

  test('that is ended by hand, acknowledged and expires in one instant leaves one end', async () => {
    for (let n = 0; n < 5; n++) {
      const id = await opened();
      await house.port.snooze({ id, minutes: 1 }, maria);
      house.clock.advance(minutes(1));
      await Promise.allSettled([
        house.port.endSnooze({ id }, maria),
        house.port.update({ id, status: 'acknowledged' }, maria),
        house.settle(),
        house.port.endSnooze({ id }, maria),
      ]);
      await house.settle();
      expect((await timelineOf(house, id)).filter((type) => type === 'snooze_ended')).toHaveLength(1);
      expect(await incident(id)).toMatchObject({ status: 'acknowledged', escalation: { state: 'stopped' } });
    }
  });
});

describe('the severity', () => {
  test('can be changed, which is an entry of the timeline and an event', async () => {
    const id = await opened();
    expect(await house.port.update({ id, severity: ' Critical ' }, maria)).toMatchObject({ severity: 'critical' });
    expect(await lastOf(id)).toMatchObject({
      event_type: 'severity_changed',
      actor: 'maria',
      detail: { from: 'high', to: 'critical' },
    });
    expect(await factsOf(house, id)).toContainEqual(
      expect.objectContaining({ kind: 'incident_severity_changed', data: { from: 'high', to: 'critical' } }),
    );
    const before = await timelineOf(house, id);
    await house.port.update({ id, severity: 'critical' }, maria);
    expect(await timelineOf(house, id)).toEqual(before);
  });

  test('changes the text of later steps of a running escalation, not their times', async () => {
    const id = await opened();
    const { escalation } = await incident(id);
    expect(await house.port.update({ id, severity: 'critical' }, maria)).toMatchObject({ escalation });
    await house.later(minutes(5));
    expect(house.below.asked.takeStep.at(-1)).toMatchObject({ step: 2, severity: 'critical' });
  });

  test('that is raised ends a snooze, one that is lowered does not', async () => {
    const id = await opened();
    await house.port.snooze({ id, minutes: 60 }, maria);
    expect(await house.port.update({ id, severity: 'low' }, maria)).toMatchObject({ snoozed_until: inMinutes(60) });
    expect(await house.port.update({ id, severity: 'medium' }, maria)).toMatchObject({ snoozed_until: null });
    await house.settle();
    expect(steps()).toEqual(['0.1', '0.1']);
    expect((await timelineOf(house, id)).slice(-3)).toEqual(['severity_changed', 'snooze_ended', 'escalated']);
  });

  test('that rises together with an acknowledgement sends no page', async () => {
    const id = await opened();
    await house.port.snooze({ id, minutes: 60 }, maria);
    await house.port.update({ id, severity: 'critical', status: 'acknowledged' }, maria);
    await house.settle();
    expect(steps()).toEqual(['0.1']);
    expect((await timelineOf(house, id)).slice(-3)).toEqual(['severity_changed', 'snooze_ended', 'acknowledged']);
  });

  test('that does not exist is refused, naming the field', async () => {
    const id = await opened();
    await expect(house.port.update({ id, severity: 'panic' }, maria)).rejects.toMatchObject({
      kind: 'invalid',
      extra: { errors: [{ path: 'severity' }] },
    });
  });
});

describe('an acknowledgement', () => {
  beforeEach(() => {
    house.below.ackTimeout = 30;
  });

  test('times out: the status stays, the timeline has an entry, and the escalation restarts', async () => {
    const id = await acknowledged();
    const since = house.clock.now().toISOString();
    await house.later(minutes(30) - 1);
    expect(steps()).toEqual(['0.1']);
    await house.later(1);
    expect(steps()).toEqual(['0.1', '0.1']);
    expect(await incident(id)).toMatchObject({
      status: 'acknowledged',
      escalation: { state: 'running', step: 1, next_step: 2, next_step_at: inMinutes(5) },
    });
    const { timeline } = await house.port.timeline({ id }, maria);
    expect(timeline.slice(-2)).toMatchObject([
      { event_type: 'ack_timed_out', actor: 'system', detail: { minutes: 30, last_heard_at: since } },
      { event_type: 'escalated', detail: { step: 1, reason: 'The acknowledgement timed out' } },
    ]);
  });

  test('does not time out where the policy has no timeout', async () => {
    house.below.ackTimeout = null;
    await acknowledged();
    await house.later(days(3));
    expect(steps()).toEqual(['0.1']);
  });

  test.each([
    ['is set', null],
    ['is made shorter', 600],
  ])('heeds a timeout that %s after it', async (_, before) => {
    house.below.ackTimeout = before;
    const id = await acknowledged();
    await house.later(minutes(10));
    house.below.ackTimeout = 20;
    await house.later(minutes(9));
    expect(await timelineOf(house, id)).not.toContain('ack_timed_out');
    await house.later(minutes(1));
    expect(await timelineOf(house, id)).toContain('ack_timed_out');
  });

  test.each<[string, (id: string) => Promise<unknown>]>([
    ['a note', (id) => house.port.addNote({ id, content: 'Looking' }, maria)],
    ['a note in a change', (id) => house.port.update({ id, notes: 'Looking' }, maria)],
    ['another assignee', (id) => house.port.update({ id, assigned_to: JOE.name }, maria)],
    ['another severity', (id) => house.port.update({ id, severity: 'low' }, maria)],
    ['acknowledging once more', (id) => house.port.update({ id, status: 'acknowledged' }, maria)],
    ['an escalation by hand', (id) => house.port.escalateIncident({ id }, maria)],
  ])('starts again with %s', async (_, act) => {
    const id = await acknowledged();
    await house.later(minutes(20));
    await act(id);
    await house.later(minutes(29));
    expect(await timelineOf(house, id)).not.toContain('ack_timed_out');
    await house.later(minutes(1));
    expect(await timelineOf(house, id)).toContain('ack_timed_out');
  });

  test('is not kept alive by reports of machines', async () => {
    const id = await acknowledged();
    await house.later(minutes(20));
    await house.port.addNote({ id, content: 'I am a machine' }, machine());
    await house.later(minutes(10));
    expect(await timelineOf(house, id)).toContain('ack_timed_out');
  });

  test.each(['in_progress', 'resolved'] as const)('does not time out once the incident is %s', async (status) => {
    const id = await acknowledged();
    await house.port.update({ id, status }, maria);
    await house.later(hours(2));
    expect(await timelineOf(house, id)).not.toContain('ack_timed_out');
    expect(steps()).toEqual(['0.1']);
  });

  test('given again after a timeout stops the escalation, and is watched again', async () => {
    const id = await acknowledged();
    await house.later(minutes(30));
    const again = await house.port.update({ id, status: 'acknowledged' }, maria);
    expect(again).toMatchObject({ status: 'acknowledged', escalation: { state: 'stopped', next_step_at: null } });
    expect(await lastOf(id)).toMatchObject({ event_type: 'acknowledged', actor: 'maria' });
    await house.later(minutes(29));
    expect(steps()).toEqual(['0.1', '0.1']);
    await house.later(minutes(1));
    expect(steps()).toEqual(['0.1', '0.1', '0.1']);
    expect((await timelineOf(house, id)).filter((type) => type === 'ack_timed_out')).toHaveLength(2);
  });

  test('before the first page went out times out as well', async () => {
    const id = await openedBy(house);
    await house.port.update({ id, status: 'acknowledged' }, maria);
    await house.settle();
    expect(steps()).toEqual([]);
    await house.later(minutes(30));
    expect(steps()).toEqual(['0.1']);
  });

  test('given while oncall is away is watched when it is back', async () => {
    const id = await opened();
    house.below.away = true;
    await house.port.update({ id, status: 'acknowledged' }, maria);
    await house.settle();
    house.below.away = false;
    await house.later(minutes(1));
    await house.later(minutes(29));
    expect(await timelineOf(house, id)).toContain('ack_timed_out');
  });

  test('that times out for two processes times out once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => openedBy(house)));
    for (const id of ids) await house.port.update({ id, status: 'acknowledged' }, maria);
    await house.settle();
    house.clock.advance(minutes(30));
    const other = house.again();
    await Promise.all([house.module.drain(), other.drain(), house.module.drain(), other.drain()]);
    await house.settle();
    for (const id of ids) {
      expect((await timelineOf(house, id)).filter((type) => type === 'ack_timed_out')).toHaveLength(1);
    }
  });

  test('that times out at the instant of a note leaves one of the two, never a lost clock', async () => {
    const id = await acknowledged();
    house.clock.advance(minutes(30));
    await Promise.all([house.settle(), house.port.addNote({ id, content: 'Still here' }, maria)]);
    await house.settle();
    const timedOut = (await timelineOf(house, id)).includes('ack_timed_out');
    expect((await incident(id)).escalation?.state).toBe(timedOut ? 'running' : 'stopped');
    await house.later(minutes(30));
    expect(await timelineOf(house, id)).toContain('ack_timed_out');
  });
});

describe('a page outside of support hours', () => {
  const WAITS = '2026-01-05T10:30:00.000Z';
  const openedLow = () => opened(alertOf({ severity: 'low' }));
  beforeEach(() => {
    house.below.waitUntil = WAITS;
  });

  test('waits until they open: the timeline has an entry, and the incident does not count as unreached', async () => {
    const id = await openedLow();
    expect(await incident(id)).toMatchObject({
      escalation: { state: 'running', step: 1, next_step: 1, next_step_at: WAITS },
    });
    expect(await lastOf(id)).toMatchObject({ event_type: 'page_deferred', detail: { step: 1, next_step_at: WAITS } });
    expect((await house.registry.getSingleMetricAsString('escalation_steps_unreached_total')).split('\n')).toContain(
      'escalation_steps_unreached_total 0',
    );
    house.below.waitUntil = null;
    await house.later(minutes(90));
    expect(house.below.asked.takeStep).toMatchObject([
      { step: 1, announce: true, reason: 'Incident opened' },
      { step: 1, announce: false, reason: 'Incident opened' },
    ]);
    expect(await incident(id)).toMatchObject({ escalation: { step: 1, next_step: 2, next_step_at: inMinutes(5) } });
  });

  test('still pages the assignee named by hand when they open', async () => {
    await house.port.create({ title: 'x', service: randomUUID(), severity: 'low', assigned_to: JOE.name }, maria);
    await house.settle();
    house.below.waitUntil = null;
    await house.later(minutes(90));
    expect(house.below.asked.takeStep.at(-1)).toMatchObject({ step: 1, assignee: JOE });
  });

  test('is sent at once when the severity becomes high, and not again when they open', async () => {
    const { id } = await house.port.create({ title: 'x', service: randomUUID(), severity: 'low' }, maria);
    await house.settle();
    house.below.waitUntil = null;
    await house.port.update({ id, severity: 'medium' }, maria);
    await house.settle();
    expect(steps()).toEqual(['0.1']);
    await house.port.update({ id, severity: 'high' }, maria);
    await house.settle();
    expect(steps()).toEqual(['0.1', '0.1']);
    house.below.steps = [];
    await house.port.update({ id, status: 'acknowledged' }, maria);
    await house.later(hours(3));
    expect(steps()).toEqual(['0.1', '0.1']);
  });

  test('does not wait if the severity became high while its pages were sent, or before the answer arrived', async () => {
    for (const lost of [false, true]) {
      const id = await openedBy(house, alertOf({ severity: 'low' }));
      house.below.answersAreLost = lost;
      house.below.meanwhile = async () => {
        house.below.meanwhile = async () => {};
        if (!lost) await house.port.update({ id, severity: 'high' }, maria);
      };
      await house.settle();
      if (lost) await house.port.update({ id, severity: 'high' }, maria);
      house.below.answersAreLost = false;
      await house.later(seconds(10));
      expect(await timelineOf(house, id)).toEqual(expect.arrayContaining(['page_deferred', 'escalated']));
      expect(await incident(id)).toMatchObject({ escalation: { step: 1, next_step: 2 } });
    }
  });

  test('that a person requests by hand is sent', async () => {
    const id = await openedLow();
    await house.port.escalateIncident({ id }, maria);
    expect(house.below.asked.takeStep.at(-1)).toMatchObject({ step: 1, by_hand: true });
    expect(await lastOf(id)).toMatchObject({ event_type: 'escalated' });
  });
});

test('a paged room counts as reached, unless it does not exist; a room that is only notified does not', async () => {
  const room = (role: 'room' | 'paged_room', reachable = true) => [{ ...ROOM, role, reachable }];
  house.below.steps = [room('room'), room('paged_room', false), room('paged_room')];
  await opened();
  expect(steps()).toEqual(['0.1', '0.2', '0.3']);
  await house.later(minutes(5) - 1);
  expect(steps()).toHaveLength(3);
});
