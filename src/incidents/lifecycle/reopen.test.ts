import { days, minutes, seconds } from '../../kernel/clock';
import { someone } from '../../testing/http';
import {
  alertOf,
  factsOf,
  type IncidentsHarness,
  incidentsHarness,
  JANE,
  JOE,
  machine,
  openedBy,
  timelineOf,
  told,
} from '../../testing/incidents';

let harness: IncidentsHarness;
beforeEach(async () => {
  harness = await incidentsHarness();
});
afterEach(() => harness.end());

const maria = someone();
const incident = (id: string) => harness.port.get({ id }, maria);
const move = (id: string, status: 'acknowledged' | 'in_progress' | 'resolved') =>
  harness.port.update({ id, status }, maria);
const reopen = (id: string, caller = maria) => harness.port.reopen({ id }, caller);
const giveBack = (id: string, caller = maria) => harness.port.unacknowledge({ id }, caller);
const stats = () => harness.port.statsSummary({}, maria);
const steps = () => harness.below.asked.takeStep.map(({ step, round }) => `${round}.${step}`);
const slotOf = (service: string) => harness.db('correlation_slots').where({ service }).first('incident_id');
const countOf = async (id: string, type: string) =>
  (await timelineOf(harness, id)).filter((each) => each === type).length;
const sourceEnds = (id: string, more: { replaced?: boolean } = {}) =>
  harness.port.alertsEnded(
    { alerts: [{ alert_id: id, ended_at: harness.clock.now().toISOString(), ...more }] },
    machine(),
  );

/** An incident of one alert, its first page sent. */
async function opened() {
  const alert = alertOf();
  const id = await openedBy(harness, alert);
  await harness.drain();
  return { id, alert, service: alert.service };
}

/** The same, resolved by a person after ten minutes, acknowledged after one. */
async function resolved() {
  const { id, alert, service } = await opened();
  await harness.later(minutes(1));
  await move(id, 'acknowledged');
  await harness.later(minutes(9));
  await move(id, 'resolved');
  await harness.drain();
  return { id, alert, service };
}

describe('reopening', () => {
  test('opens the incident again: its time to acknowledge stays, its time to resolve is cleared', async () => {
    const { id } = await resolved();
    const { acknowledged_at } = await incident(id);
    harness.clock.advance(days(1));
    expect(await reopen(id)).toMatchObject({
      status: 'open',
      ...{ acknowledged_at, mtta_seconds: 60, resolved_at: null, mttr_seconds: null },
      escalation: { state: 'running', next_step: 1 },
    });
    expect(await stats()).toMatchObject({ open: 1, resolved: 0, avg_mtta_seconds: 60, avg_mttr_seconds: null });
    expect((await harness.port.timeline({ id }, maria)).timeline.at(-1)).toMatchObject({
      event_type: 'reopened',
      actor: 'maria',
      detail: { from: 'resolved', to: 'open', alerts: 1 },
    });
    expect((await factsOf(harness, id)).at(-1)).toMatchObject({ kind: 'incident_reopened', actor: 'maria' });
  });

  test('measures the time to resolve again, but not the time to acknowledge', async () => {
    const { id } = await resolved();
    await reopen(id);
    harness.clock.advance(minutes(10));
    expect(await move(id, 'acknowledged')).toMatchObject({ mtta_seconds: 60 });
    expect(await move(id, 'resolved')).toMatchObject({ mtta_seconds: 60, mttr_seconds: 1_200 });
    expect(await stats()).toMatchObject({ resolved: 1, avg_mtta_seconds: 60, avg_mttr_seconds: 1_200 });
  });

  test('restarts the escalation at step 1, and asks to spare the person who reopened', async () => {
    const { id } = await resolved();
    harness.below.steps[0] = [told(JANE, 'primary'), told(JOE, 'primary')];
    await reopen(id, someone({ actor: 'jane', email: JANE.email }));
    await harness.drain();
    expect(harness.below.pages.at(-1)).toMatchObject({ name: JOE.name });
    expect(harness.below.asked.takeStep.at(-1)).toMatchObject({
      step: 1,
      reason: 'Reopened by jane',
      spare: JANE.email,
    });
    await harness.later(minutes(5));
    expect(steps().slice(-2)).toEqual(['0.1', '0.2']);
    expect(harness.below.asked.takeStep.at(-1)).toMatchObject({ spare: null });
  });

  describe('by the only responder of step 1', () => {
    const jane = someone({ actor: 'jane', email: JANE.email });
    const noOneReached = async (id: string) =>
      (await incident(id)).timeline.filter(({ event_type }) => event_type === 'nobody_reached');

    test('skips that step, and pages the next one at once', async () => {
      const { id } = await resolved();
      harness.below.steps = [[told(JANE, 'primary')], [told(JOE, 'secondary')]];
      await reopen(id, jane);
      await harness.drain();
      expect(steps().slice(-2)).toEqual(['0.1', '0.2']);
      expect(harness.below.pages.at(-1)).toMatchObject({ incident_id: id, name: JOE.name });
      expect(await incident(id)).toMatchObject({ escalation: { state: 'running', step: 2 } });
      expect((await noOneReached(id)).at(-1)?.detail).toMatchObject({ told: [], why: 'only_the_person_who_reopened' });
    });

    test('skips later steps with only that person as target too', async () => {
      const { id } = await resolved();
      harness.below.steps = [
        [told(JANE, 'primary')],
        [told(JANE, 'primary')],
        [told(JANE, 'member'), told(JOE, 'member')],
      ];
      await reopen(id, jane);
      await harness.drain();
      expect(steps().slice(-3)).toEqual(['0.1', '0.2', '0.3']);
      expect(harness.below.pages.at(-1)).toMatchObject({ name: JOE.name });
      await harness.later(minutes(5));
      expect((await incident(id)).escalation).toMatchObject({ state: 'exhausted' });
    });

    test('assumes that they work on it if no step has another target, and pages them after the wait', async () => {
      const { id } = await resolved();
      harness.below.steps = [[told(JANE, 'primary')], [told(JANE, 'primary')]];
      const paged = harness.below.pages.length;
      await reopen(id, jane);
      await harness.drain();
      const next_step_at = new Date(harness.clock.now().getTime() + minutes(5)).toISOString();
      expect(await incident(id)).toMatchObject({
        reach: 'not_paged',
        escalation: { state: 'running', next_step: 1, next_step_at },
      });
      expect(harness.below.pages).toHaveLength(paged);
      await harness.later(minutes(5));
      expect(harness.below.pages.slice(paged)).toMatchObject([{ incident_id: id, name: JANE.name }]);
      expect(await incident(id)).toMatchObject({ reach: 'reached' });
    });
  });

  test('links the alerts again that still fire, and the incident ends with the last of them', async () => {
    const { id, alert } = await resolved();
    await reopen(id);
    expect(await incident(id)).toMatchObject({ alerts: [{ id: alert.id, firing: true, ended_at: null }] });
    const { results } = await harness.port.attach({ alerts: [alert] }, machine());
    expect(results).toMatchObject([{ incident_id: id, result: 'existing_incident' }]);
    await sourceEnds(alert.id);
    expect(await incident(id)).toMatchObject({ status: 'resolved' });
  });

  test('leaves an alert ended that its source ended meanwhile', async () => {
    const { id, alert } = await resolved();
    await sourceEnds(alert.id);
    expect(await reopen(id)).toMatchObject({ status: 'open' });
    expect(await incident(id)).toMatchObject({ alerts: [{ firing: false }] });
    expect(await harness.db('incidents').where({ id }).first('firing_count')).toEqual({ firing_count: 0 });
  });

  test('leaves an alert ended that continues in a newer incident, which keeps its slot', async () => {
    const { id, alert, service } = await resolved();
    expect((await harness.port.attach({ alerts: [alert] }, machine())).results).toMatchObject([{ result: 'ended' }]);
    const newer = await openedBy(harness, alertOf({ service }));
    await sourceEnds(alert.id, { replaced: true });
    await reopen(id);
    expect(await incident(id)).toMatchObject({ status: 'open', alerts: [{ firing: false }] });
    expect(await slotOf(service)).toEqual({ incident_id: newer });
    expect(await openedBy(harness, alertOf({ service }))).toBe(newer);
  });

  test('stays open if the report that its alert continues in a newer one arrives later', async () => {
    const { id, alert } = await resolved();
    await reopen(id);
    await sourceEnds(alert.id, { replaced: true });
    expect(await incident(id)).toMatchObject({ status: 'open', alerts: [{ firing: false }] });
  });

  test('takes a slot that no unresolved incident holds', async () => {
    const { id, service } = await resolved();
    await reopen(id);
    expect(await openedBy(harness, alertOf({ service }))).toBe(id);
  });

  test('works until seven days have passed, and is refused after that', async () => {
    const { id } = await resolved();
    harness.clock.advance(days(7) + 1);
    await expect(reopen(id)).rejects.toMatchObject({
      kind: 'conflict',
      detail: expect.stringMatching(/more than 7 days/),
    });
    harness.clock.advance(-1);
    expect(await reopen(id)).toMatchObject({ status: 'open' });
  });

  test('is refused if the incident is not resolved, with its status', async () => {
    const { id } = await opened();
    await expect(reopen(id)).rejects.toMatchObject({
      kind: 'conflict',
      detail: expect.stringMatching(/This one is open/),
    });
    await expect(reopen('7d2c3a52-0000-4000-8000-000000000000')).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('an incident that its source ended has no acknowledgement afterwards either', async () => {
    const { id, alert } = await opened();
    await sourceEnds(alert.id);
    expect(await reopen(id)).toMatchObject({ acknowledged_at: null, mtta_seconds: null });
    harness.clock.advance(minutes(3));
    expect(await move(id, 'acknowledged')).toMatchObject({ mtta_seconds: 180 });
  });

  test('happens once if ten people do it at once', async () => {
    const { id } = await resolved();
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => reopen(id)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers)
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ kind: 'conflict' });
    expect(await countOf(id, 'reopened')).toBe(1);
    expect(await stats()).toMatchObject({ open: 1, resolved: 0, avg_mttr_seconds: null });
    await harness.drain();
    expect(steps()).toEqual(['0.1', '0.1']);
  });

  test('at the same time as new alerts of its key leaves one incident in the slot, and every alert in an unresolved incident', async () => {
    for (let round = 0; round < 8; round++) {
      const { id, service } = await resolved();
      const fresh = Array.from({ length: 4 }, () => alertOf({ service }));
      const [, ...joined] = await Promise.all([reopen(id), ...fresh.map((alert) => openedBy(harness, alert))]);
      const slot = await slotOf(service);
      expect(new Set(joined).size).toBe(1);
      expect(slot).toEqual({ incident_id: joined[0] });
      for (const each of [id, ...joined]) expect(await incident(each)).toMatchObject({ status: 'open' });
    }
  });

  test('at the same time as the end of its alert resolves the incident or leaves the alert ended, never firing for ever', async () => {
    for (let round = 0; round < 8; round++) {
      const { id, alert } = await resolved();
      await Promise.all([reopen(id), sourceEnds(alert.id)]);
      const { status, alerts } = await incident(id);
      const { firing_count } = await harness.db('incidents').where({ id }).first('firing_count');
      expect({ firing: alerts[0]?.firing, firing_count }).toEqual({ firing: false, firing_count: 0 });
      expect(['open', 'resolved']).toContain(status);
    }
    const { rows } = await harness.db.raw(`select count(*)::int as n from incidents where status = 'resolved'`);
    expect((await stats()).resolved).toBe(rows[0].n);
  });
});

describe('unacknowledging', () => {
  test.each(['acknowledged', 'in_progress'] as const)(
    'withdraws the acknowledgement of an incident that is %s',
    async (status) => {
      const { id } = await opened();
      harness.clock.advance(minutes(2));
      await move(id, status);
      await harness.drain();
      expect(await giveBack(id)).toMatchObject({ status: 'open', acknowledged_at: null, mtta_seconds: null });
      expect(await stats()).toMatchObject({ open: 1, acknowledged: 0, in_progress: 0, avg_mtta_seconds: null });
      expect((await harness.port.timeline({ id }, maria)).timeline.at(-1)).toMatchObject({
        event_type: 'unacknowledged',
        actor: 'maria',
        detail: { from: status, to: 'open' },
      });
      expect((await factsOf(harness, id)).at(-1)).toMatchObject({ kind: 'incident_unacknowledged' });
      await harness.drain();
      expect(steps()).toEqual(['0.1', '0.1']);
      await harness.later(minutes(5));
      expect(steps()).toEqual(['0.1', '0.1', '0.2']);
    },
  );

  test('ends a snooze', async () => {
    const { id } = await opened();
    await move(id, 'acknowledged');
    await harness.port.snooze({ id, minutes: 30 }, maria);
    expect(await giveBack(id)).toMatchObject({ status: 'open', snoozed_until: null, escalation: { state: 'running' } });
    expect((await timelineOf(harness, id)).slice(-2)).toEqual(['snooze_ended', 'unacknowledged']);
    await harness.later(minutes(31));
    expect(await countOf(id, 'snooze_ended')).toBe(1);
  });

  test('changes nothing of an open incident', async () => {
    const { id } = await opened();
    const before = await incident(id);
    expect(await giveBack(id)).toMatchObject({ status: 'open', updated_at: before.updated_at });
    expect(await incident(id)).toEqual(before);
  });

  test('is refused for a resolved incident', async () => {
    const { id } = await resolved();
    await expect(giveBack(id)).rejects.toMatchObject({ kind: 'conflict', detail: expect.stringMatching(/Reopen it/) });
  });

  test('and a new acknowledgement count as one, measured from the opening', async () => {
    const { id } = await opened();
    await move(id, 'acknowledged');
    await giveBack(id);
    harness.clock.advance(minutes(4));
    expect(await move(id, 'acknowledged')).toMatchObject({ mtta_seconds: 240 });
    expect(await stats()).toMatchObject({ avg_mtta_seconds: 240 });
  });

  test('by several people at once happens once', async () => {
    const { id } = await opened();
    await move(id, 'acknowledged');
    await Promise.all(Array.from({ length: 8 }, () => giveBack(id)));
    expect(await countOf(id, 'unacknowledged')).toBe(1);
    await harness.drain();
    expect(steps()).toEqual(['0.1', '0.1']);
  });

  test('at the same time as a resolution leaves totals that agree with the incident', async () => {
    for (let round = 0; round < 6; round++) {
      const { id } = await opened();
      await move(id, 'acknowledged');
      harness.clock.advance(seconds(30));
      await Promise.allSettled([giveBack(id), move(id, 'resolved')]);
    }
    const { rows } = await harness.db.raw(
      `select count(*)::int as resolved, round(avg(mtta_seconds)::numeric, 1)::float8 as avg_mtta_seconds,
              round(avg(mttr_seconds)::numeric, 1)::float8 as avg_mttr_seconds from incidents`,
    );
    const { avg_mtta_seconds, avg_mttr_seconds } = await stats();
    expect({ resolved: 6, avg_mtta_seconds, avg_mttr_seconds }).toEqual(rows[0]);
  });

  test('at the moment in which the acknowledgement times out restarts the escalation once', async () => {
    harness.below.ackTimeout = 10;
    const { id } = await opened();
    await move(id, 'acknowledged');
    await harness.drain();
    harness.clock.advance(minutes(10));
    await Promise.all([harness.drain(), giveBack(id)]);
    await harness.drain();
    expect(await incident(id)).toMatchObject({ status: 'open', escalation: { state: 'running', step: 1 } });
    expect(await countOf(id, 'unacknowledged')).toBe(1);
    await harness.later(minutes(4));
    expect(await countOf(id, 'ack_timed_out')).toBeLessThanOrEqual(1);
    expect(steps().length).toBeLessThanOrEqual(3);
  });
});
