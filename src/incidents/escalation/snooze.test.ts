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

let harness: IncidentsHarness;
beforeEach(async () => {
  harness = await incidentsHarness({ fallbackTarget: 'slack:fallback' });
});
afterEach(() => harness.end());

const maria = someone();
const incident = (id: string) => harness.port.get({ id }, maria);
const steps = () => harness.below.asked.takeStep.map(({ step, round }) => `${round}.${step}`);
const inMinutes = (n: number) => new Date(harness.clock.now().getTime() + minutes(n)).toISOString();
const lastOf = async (id: string) => (await harness.port.timeline({ id }, maria)).timeline.at(-1);

async function opened(alert = alertOf()): Promise<string> {
  const id = await openedBy(harness, alert);
  await harness.drain();
  return id;
}

async function acknowledged(): Promise<string> {
  const id = await opened();
  await harness.port.update({ id, status: 'acknowledged' }, maria);
  await harness.drain();
  return id;
}

describe('a snooze', () => {
  test('stops the escalation, keeps the status, and is visible in the incident and its timeline', async () => {
    const id = await opened();
    const until = inMinutes(60);
    const snoozed = await harness.port.snooze({ id, minutes: 60, reason: 'It can wait' }, maria);
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
    await harness.later(minutes(60) - 1);
    expect(steps()).toEqual(['0.1']);
    expect(harness.below.asked.cancel).toMatchObject([{ incident_id: id, reason: 'snoozed' }]);
  });

  test.each(['open', 'acknowledged'] as const)('that expires starts an %s incident at step 1', async (status) => {
    const id = await opened();
    await harness.later(minutes(5));
    if (status !== 'open') await harness.port.update({ id, status }, maria);
    await harness.port.snooze({ id, minutes: 30 }, maria);
    await harness.later(minutes(30));
    expect(steps()).toEqual(['0.1', '0.2', '0.1']);
    expect(await incident(id)).toMatchObject({
      status,
      snoozed_until: null,
      escalation: { state: 'running', step: 1, round: 0, next_step: 2, next_step_at: inMinutes(5) },
    });
    expect((await timelineOf(harness, id)).slice(-2)).toEqual(['snooze_ended', 'escalated']);
    await harness.later(minutes(5));
    expect(steps()).toEqual(['0.1', '0.2', '0.1', '0.2']);
  });

  test('restarts an exhausted policy when it ends', async () => {
    harness.below.steps = [[]];
    const id = await opened();
    await harness.port.snooze({ id, minutes: 1 }, maria);
    await harness.later(minutes(1));
    expect(await incident(id)).toMatchObject({
      escalation: { state: 'exhausted', next_step: 1, next_step_at: inMinutes(5) },
    });
  });

  test('ends early by hand, and the escalation restarts at once', async () => {
    const id = await opened();
    await harness.port.snooze({ id, minutes: 600 }, maria);
    harness.clock.advance(minutes(1));
    expect(await harness.port.endSnooze({ id }, maria)).toMatchObject({ snoozed_until: null });
    await harness.drain();
    expect(steps()).toEqual(['0.1', '0.1']);
    const { timeline } = await harness.port.timeline({ id }, maria);
    expect(timeline.at(-2)).toMatchObject({
      event_type: 'snooze_ended',
      actor: 'maria',
      detail: { reason: 'ended_by_hand' },
    });
    await harness.later(hours(10));
    expect(await timelineOf(harness, id).then((types) => types.filter((type) => type === 'snooze_ended'))).toHaveLength(
      1,
    );
  });

  test('can be prolonged, and then only the later end counts', async () => {
    const id = await opened();
    await harness.port.snooze({ id, minutes: 10 }, maria);
    harness.clock.advance(minutes(5));
    await harness.port.snooze({ id, minutes: 10 }, maria);
    await harness.later(minutes(9));
    expect(steps()).toEqual(['0.1']);
    await harness.later(minutes(1));
    expect(steps()).toEqual(['0.1', '0.1']);
  });

  test.each(['acknowledged', 'in_progress', 'resolved'] as const)('%s ends it, and no page is sent', async (status) => {
    const id = await opened();
    await harness.port.snooze({ id, minutes: 10 }, maria);
    expect(await harness.port.update({ id, status }, maria)).toMatchObject({ snoozed_until: null, status });
    await harness.later(hours(1));
    expect(steps()).toEqual(['0.1']);
    expect((await timelineOf(harness, id)).slice(-2)).toEqual(['snooze_ended', status]);
  });

  test('ends when the last alert does, with the incident', async () => {
    const id = await opened();
    await harness.port.snooze({ id, minutes: 10 }, maria);
    const [alert] = (await incident(id)).alerts;
    await harness.port.alertsEnded({ alerts: [{ alert_id: alert!.id, ended_at: inMinutes(0) }] }, machine());
    expect(await incident(id)).toMatchObject({ status: 'resolved', snoozed_until: null });
  });

  test('after an acknowledgement ends by another acknowledgement, without a page', async () => {
    const id = await acknowledged();
    await harness.port.snooze({ id, minutes: 10 }, maria);
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    await harness.later(minutes(20));
    expect(steps()).toEqual(['0.1']);
    expect(await incident(id)).toMatchObject({ status: 'acknowledged', snoozed_until: null });
    expect((await timelineOf(harness, id)).slice(-2)).toEqual(['snooze_ended', 'acknowledged']);
  });

  test('an escalation by hand takes its step, and the snooze goes on', async () => {
    const id = await opened();
    await harness.port.snooze({ id, minutes: 10 }, maria);
    expect(await harness.port.escalateIncident({ id }, maria)).toMatchObject({ escalated_to: JOE });
    expect(await incident(id)).toMatchObject({
      snoozed_until: inMinutes(10),
      escalation: { state: 'stopped', step: 2 },
    });
    await harness.later(minutes(10));
    expect(steps()).toEqual(['0.1', '0.2', '0.1']);
  });

  test('that began while pages were sent does not stop them, and schedules nothing', async () => {
    const id = await openedBy(harness);
    harness.below.meanwhile = async () => {
      harness.below.meanwhile = async () => {};
      await harness.port.snooze({ id, minutes: 10 }, maria);
    };
    await harness.drain();
    expect(await timelineOf(harness, id)).toEqual(['created', 'assigned', 'alert_correlated', 'snoozed', 'paged']);
    expect(await incident(id)).toMatchObject({ escalation: { state: 'stopped', next_step_at: null } });
    await harness.later(minutes(10));
    expect(steps()).toEqual(['0.1', '0.1']);
  });

  test('that began and ended while pages were sent still restarts the escalation', async () => {
    const id = await openedBy(harness);
    harness.below.meanwhile = async () => {
      harness.below.meanwhile = async () => {};
      await harness.port.snooze({ id, minutes: 10 }, maria);
      await harness.port.endSnooze({ id }, maria);
    };
    await harness.drain();
    expect(steps()).toEqual(['0.1', '0.1']);
    expect(await incident(id)).toMatchObject({ escalation: { state: 'running', step: 1, next_step: 2 } });
  });

  test('is refused if the incident is resolved or in progress', async () => {
    const id = await opened();
    await harness.port.update({ id, status: 'in_progress' }, maria);
    await expect(harness.port.snooze({ id, minutes: 5 }, maria)).rejects.toMatchObject({ kind: 'conflict' });
    await harness.port.update({ id, status: 'resolved' }, maria);
    await expect(harness.port.snooze({ id, minutes: 5 }, maria)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(harness.port.endSnooze({ id }, maria)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(harness.port.snooze({ id: randomUUID(), minutes: 5 }, maria)).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  test.each([0, -1, 1.5, 10_081, Number.NaN])('of %p minutes is refused, naming the field', async (length) => {
    const id = await opened();
    await expect(harness.port.snooze({ id, minutes: length }, maria)).rejects.toMatchObject({
      kind: 'invalid',
      extra: { errors: [{ path: 'minutes' }] },
    });
  });

  test('of seven days holds seven days', async () => {
    const id = await opened();
    await harness.port.snooze({ id, minutes: 10_080 }, maria);
    await harness.later(days(7) - 1);
    expect(steps()).toEqual(['0.1']);
    await harness.later(1);
    expect(steps()).toEqual(['0.1', '0.1']);
  });

  test('that two processes find expired ends once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => openedBy(harness)));
    await harness.drain();
    for (const id of ids) await harness.port.snooze({ id, minutes: 1 }, maria);
    harness.clock.advance(minutes(1));
    const other = harness.again();
    await Promise.all([harness.module.drain(), other.drain(), harness.module.drain(), other.drain()]);
    await harness.drain();
    for (const id of ids) {
      expect((await timelineOf(harness, id)).filter((type) => type === 'snooze_ended')).toHaveLength(1);
    }
    expect(harness.below.asked.takeStep).toHaveLength(20);
  });

  test('that is ended by hand, acknowledged and expires in one instant leaves one end', async () => {
    for (let n = 0; n < 5; n++) {
      const id = await opened();
      await harness.port.snooze({ id, minutes: 1 }, maria);
      harness.clock.advance(minutes(1));
      await Promise.allSettled([
        harness.port.endSnooze({ id }, maria),
        harness.port.update({ id, status: 'acknowledged' }, maria),
        harness.drain(),
        harness.port.endSnooze({ id }, maria),
      ]);
      await harness.drain();
      expect((await timelineOf(harness, id)).filter((type) => type === 'snooze_ended')).toHaveLength(1);
      expect(await incident(id)).toMatchObject({ status: 'acknowledged', escalation: { state: 'stopped' } });
    }
  });
});

describe('the severity', () => {
  test('can be changed, which is an entry of the timeline and an event', async () => {
    const id = await opened();
    expect(await harness.port.update({ id, severity: ' Critical ' }, maria)).toMatchObject({ severity: 'critical' });
    expect(await lastOf(id)).toMatchObject({
      event_type: 'severity_changed',
      actor: 'maria',
      detail: { from: 'high', to: 'critical' },
    });
    expect(await factsOf(harness, id)).toContainEqual(
      expect.objectContaining({ kind: 'incident_severity_changed', data: { from: 'high', to: 'critical' } }),
    );
    const before = await timelineOf(harness, id);
    await harness.port.update({ id, severity: 'critical' }, maria);
    expect(await timelineOf(harness, id)).toEqual(before);
  });

  test('changes the text of later steps of a running escalation, not their times', async () => {
    const id = await opened();
    const { escalation } = await incident(id);
    expect(await harness.port.update({ id, severity: 'critical' }, maria)).toMatchObject({ escalation });
    await harness.later(minutes(5));
    expect(harness.below.asked.takeStep.at(-1)).toMatchObject({ step: 2, severity: 'critical' });
  });

  test('that is raised ends a snooze, one that is lowered does not', async () => {
    const id = await opened();
    await harness.port.snooze({ id, minutes: 60 }, maria);
    expect(await harness.port.update({ id, severity: 'low' }, maria)).toMatchObject({ snoozed_until: inMinutes(60) });
    expect(await harness.port.update({ id, severity: 'medium' }, maria)).toMatchObject({ snoozed_until: null });
    await harness.drain();
    expect(steps()).toEqual(['0.1', '0.1']);
    expect((await timelineOf(harness, id)).slice(-3)).toEqual(['severity_changed', 'snooze_ended', 'escalated']);
  });

  test('that rises to urgent pages again, unless a person works on the incident', async () => {
    const [open, taken] = [
      await openedBy(harness, alertOf({ severity: 'low' })),
      await openedBy(harness, alertOf({ severity: 'low' })),
    ];
    await harness.drain();
    await harness.port.update({ id: taken, status: 'acknowledged' }, maria);
    for (const id of [open, taken]) await harness.port.update({ id, severity: 'critical' }, maria);
    await harness.drain();
    expect(harness.below.asked.takeStep.slice(2)).toMatchObject([
      { incident_id: open, step: 1, severity: 'critical', reason: 'The severity was raised' },
    ]);
  });

  test('that rises together with an acknowledgement sends no page', async () => {
    const id = await opened();
    await harness.port.snooze({ id, minutes: 60 }, maria);
    await harness.port.update({ id, severity: 'critical', status: 'acknowledged' }, maria);
    await harness.drain();
    expect(steps()).toEqual(['0.1']);
    expect((await timelineOf(harness, id)).slice(-3)).toEqual(['severity_changed', 'snooze_ended', 'acknowledged']);
  });

  test('that does not exist is refused, naming the field', async () => {
    const id = await opened();
    await expect(harness.port.update({ id, severity: 'panic' }, maria)).rejects.toMatchObject({
      kind: 'invalid',
      extra: { errors: [{ path: 'severity' }] },
    });
  });
});

describe('an acknowledgement', () => {
  beforeEach(() => {
    harness.below.ackTimeout = 30;
  });

  test('times out: the status stays, the timeline has an entry, and the escalation restarts', async () => {
    const id = await acknowledged();
    const since = harness.clock.now().toISOString();
    await harness.later(minutes(30) - 1);
    expect(steps()).toEqual(['0.1']);
    await harness.later(1);
    expect(steps()).toEqual(['0.1', '0.1']);
    expect(await incident(id)).toMatchObject({
      status: 'acknowledged',
      escalation: { state: 'running', step: 1, next_step: 2, next_step_at: inMinutes(5) },
    });
    const { timeline } = await harness.port.timeline({ id }, maria);
    expect(timeline.slice(-2)).toMatchObject([
      { event_type: 'ack_timed_out', actor: 'system', detail: { minutes: 30, last_heard_at: since } },
      { event_type: 'escalated', detail: { step: 1, reason: 'The acknowledgement timed out' } },
    ]);
  });

  test('does not time out if the policy has no timeout', async () => {
    harness.below.ackTimeout = null;
    await acknowledged();
    await harness.later(days(3));
    expect(steps()).toEqual(['0.1']);
  });

  test.each([
    ['is set', null],
    ['is made shorter', 600],
  ])('obeys a timeout that %s after it', async (_, before) => {
    harness.below.ackTimeout = before;
    const id = await acknowledged();
    await harness.later(minutes(10));
    harness.below.ackTimeout = 20;
    await harness.later(minutes(9));
    expect(await timelineOf(harness, id)).not.toContain('ack_timed_out');
    await harness.later(minutes(1));
    expect(await timelineOf(harness, id)).toContain('ack_timed_out');
  });

  test.each<[string, (id: string) => Promise<unknown>]>([
    ['a note', (id) => harness.port.addNote({ id, content: 'Looking' }, maria)],
    ['a note in a change', (id) => harness.port.update({ id, notes: 'Looking' }, maria)],
    ['another assignee', (id) => harness.port.update({ id, assigned_to: JOE.name }, maria)],
    ['another severity', (id) => harness.port.update({ id, severity: 'low' }, maria)],
    ['acknowledging once more', (id) => harness.port.update({ id, status: 'acknowledged' }, maria)],
    ['an escalation by hand', (id) => harness.port.escalateIncident({ id }, maria)],
  ])('starts again with %s', async (_, act) => {
    const id = await acknowledged();
    await harness.later(minutes(20));
    await act(id);
    await harness.later(minutes(29));
    expect(await timelineOf(harness, id)).not.toContain('ack_timed_out');
    await harness.later(minutes(1));
    expect(await timelineOf(harness, id)).toContain('ack_timed_out');
  });

  test('times out although machines report alerts', async () => {
    const id = await acknowledged();
    await harness.later(minutes(20));
    await harness.port.addNote({ id, content: 'I am a machine' }, machine());
    await harness.later(minutes(10));
    expect(await timelineOf(harness, id)).toContain('ack_timed_out');
  });

  test.each(['in_progress', 'resolved'] as const)('does not time out once the incident is %s', async (status) => {
    const id = await acknowledged();
    await harness.port.update({ id, status }, maria);
    await harness.later(hours(2));
    expect(await timelineOf(harness, id)).not.toContain('ack_timed_out');
    expect(steps()).toEqual(['0.1']);
  });

  test('given again after a timeout stops the escalation, and is watched again', async () => {
    const id = await acknowledged();
    await harness.later(minutes(30));
    const again = await harness.port.update({ id, status: 'acknowledged' }, maria);
    expect(again).toMatchObject({ status: 'acknowledged', escalation: { state: 'stopped', next_step_at: null } });
    expect(await lastOf(id)).toMatchObject({ event_type: 'acknowledged', actor: 'maria' });
    await harness.later(minutes(29));
    expect(steps()).toEqual(['0.1', '0.1']);
    await harness.later(minutes(1));
    expect(steps()).toEqual(['0.1', '0.1', '0.1']);
    expect((await timelineOf(harness, id)).filter((type) => type === 'ack_timed_out')).toHaveLength(2);
  });

  test('before the first page went out times out as well', async () => {
    const id = await openedBy(harness);
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    await harness.drain();
    expect(steps()).toEqual([]);
    await harness.later(minutes(30));
    expect(steps()).toEqual(['0.1']);
  });

  test('given while oncall is away is watched when it is back', async () => {
    const id = await opened();
    harness.below.away = true;
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    await harness.drain();
    harness.below.away = false;
    await harness.later(minutes(1));
    await harness.later(minutes(29));
    expect(await timelineOf(harness, id)).toContain('ack_timed_out');
  });

  test('that times out for two processes times out once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => openedBy(harness)));
    for (const id of ids) await harness.port.update({ id, status: 'acknowledged' }, maria);
    await harness.drain();
    harness.clock.advance(minutes(30));
    const other = harness.again();
    await Promise.all([harness.module.drain(), other.drain(), harness.module.drain(), other.drain()]);
    await harness.drain();
    for (const id of ids) {
      expect((await timelineOf(harness, id)).filter((type) => type === 'ack_timed_out')).toHaveLength(1);
    }
  });

  test('that times out at the instant of a note has one of the two effects, and never loses its timeout', async () => {
    const id = await acknowledged();
    harness.clock.advance(minutes(30));
    await Promise.all([harness.drain(), harness.port.addNote({ id, content: 'Still here' }, maria)]);
    await harness.drain();
    const timedOut = (await timelineOf(harness, id)).includes('ack_timed_out');
    expect((await incident(id)).escalation?.state).toBe(timedOut ? 'running' : 'stopped');
    await harness.later(minutes(30));
    expect(await timelineOf(harness, id)).toContain('ack_timed_out');
  });
});

describe('a page outside of support hours', () => {
  const WAITS = '2026-01-05T10:30:00.000Z';
  const openedLow = () => opened(alertOf({ severity: 'low' }));
  beforeEach(() => {
    harness.below.waitUntil = WAITS;
  });

  test('waits until they open: the timeline has an entry, and the incident does not count as unreached', async () => {
    const id = await openedLow();
    expect(await incident(id)).toMatchObject({
      escalation: { state: 'running', step: 1, next_step: 1, next_step_at: WAITS },
    });
    expect(await lastOf(id)).toMatchObject({ event_type: 'page_deferred', detail: { step: 1, next_step_at: WAITS } });
    expect((await harness.registry.getSingleMetricAsString('escalation_steps_unreached_total')).split('\n')).toContain(
      'escalation_steps_unreached_total 0',
    );
    harness.below.waitUntil = null;
    await harness.later(minutes(90));
    expect(harness.below.asked.takeStep).toMatchObject([
      { step: 1, announce: true, reason: 'Incident opened' },
      { step: 1, announce: false, reason: 'Incident opened' },
    ]);
    expect(await incident(id)).toMatchObject({ escalation: { step: 1, next_step: 2, next_step_at: inMinutes(5) } });
  });

  test('still pages the assignee named by hand when they open', async () => {
    await harness.port.create({ title: 'x', service: randomUUID(), severity: 'low', assigned_to: JOE.name }, maria);
    await harness.drain();
    harness.below.waitUntil = null;
    await harness.later(minutes(90));
    expect(harness.below.asked.takeStep.at(-1)).toMatchObject({ step: 1, assignee: JOE });
  });

  test('is sent at once when the severity becomes high, and not again when they open', async () => {
    const { id } = await harness.port.create({ title: 'x', service: randomUUID(), severity: 'low' }, maria);
    await harness.drain();
    harness.below.waitUntil = null;
    await harness.port.update({ id, severity: 'medium' }, maria);
    await harness.drain();
    expect(steps()).toEqual(['0.1']);
    await harness.port.update({ id, severity: 'high' }, maria);
    await harness.drain();
    expect(steps()).toEqual(['0.1', '0.1']);
    harness.below.steps = [];
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    await harness.later(hours(3));
    expect(steps()).toEqual(['0.1', '0.1']);
  });

  test('does not wait if the severity became high while its pages were sent, or before the answer arrived', async () => {
    for (const lost of [false, true]) {
      const id = await openedBy(harness, alertOf({ severity: 'low' }));
      harness.below.answersAreLost = lost;
      harness.below.meanwhile = async () => {
        harness.below.meanwhile = async () => {};
        if (!lost) await harness.port.update({ id, severity: 'high' }, maria);
      };
      await harness.drain();
      if (lost) await harness.port.update({ id, severity: 'high' }, maria);
      harness.below.answersAreLost = false;
      await harness.later(seconds(10));
      expect(await timelineOf(harness, id)).toEqual(expect.arrayContaining(['page_deferred', 'escalated']));
      expect(await incident(id)).toMatchObject({ escalation: { step: 1, next_step: 2 } });
    }
  });

  test('that a person requests by hand is sent', async () => {
    const id = await openedLow();
    await harness.port.escalateIncident({ id }, maria);
    expect(harness.below.asked.takeStep.at(-1)).toMatchObject({ step: 1, by_hand: true });
    expect(await lastOf(id)).toMatchObject({ event_type: 'escalated' });
  });
});

test('a paged room counts as reached, unless it does not exist; a room that is only notified does not', async () => {
  const room = (role: 'room' | 'paged_room', reachable = true) => [{ ...ROOM, role, reachable }];
  harness.below.steps = [room('room'), room('paged_room', false), room('paged_room')];
  await opened();
  expect(steps()).toEqual(['0.1', '0.2', '0.3']);
  await harness.later(minutes(5) - 1);
  expect(steps()).toHaveLength(3);
});
