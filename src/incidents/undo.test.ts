import { minutes, seconds } from '../kernel/clock';
import { someone } from '../testing/http';
import {
  alertOf,
  type IncidentsHouse,
  incidentsHouse,
  JANE,
  JOE,
  machine,
  openedBy,
  timelineOf,
  told,
} from '../testing/incidents';

let house: IncidentsHouse;
beforeEach(async () => {
  house = await incidentsHouse();
});
afterEach(() => house.end());

const maria = someone();
const incident = (id: string) => house.port.get({ id }, maria);
const change = (id: string, to: { status?: 'acknowledged' | 'in_progress' | 'resolved'; assigned_to?: string }) =>
  house.port.update({ id, ...to }, maria);
const undo = (id: string, caller = maria) => house.port.undo({ id }, caller);
const stats = () => house.port.statsSummary({}, maria);
const steps = () => house.below.asked.takeStep.map(({ step }) => step);

async function opened() {
  house.below.steps = [[told(JANE, 'primary')], [told(JOE, 'secondary')]];
  const alert = alertOf();
  const id = await openedBy(house, alert);
  await house.settle();
  // The page of the first step counts as accepted, so that nothing is on its way.
  await house.db('incidents').where({ id }).update({ reach: 'reached' });
  return { id, alert };
}

test('an undone acknowledgement leaves status, assignee, measures and clock as they were', async () => {
  const { id } = await opened();
  const before = await incident(id);
  const figures = await stats();
  house.clock.advance(seconds(30));
  expect(await change(id, { status: 'acknowledged' })).toMatchObject({ status: 'acknowledged', mtta_seconds: 30 });
  await house.settle();
  house.clock.advance(seconds(10));
  const after = await undo(id);
  const { status, assigned_to, acknowledged_at, mtta_seconds, escalation, reach } = before;
  expect(after).toMatchObject({ status, assigned_to, acknowledged_at, mtta_seconds, escalation, reach });
  expect(await stats()).toEqual(figures);
  expect((await house.port.timeline({ id }, maria)).timeline.at(-1)).toMatchObject({
    event_type: 'undone',
    actor: 'maria',
    detail: { from: 'acknowledged', to: 'open' },
  });
});

test('after an undone acknowledgement the next step is taken when it was due', async () => {
  const { id } = await opened();
  await change(id, { status: 'acknowledged' });
  await house.settle();
  await undo(id);
  await house.settle();
  expect(steps()).toEqual([1]);
  await house.later(minutes(5));
  expect(steps()).toEqual([1, 2]);
});

test('pages that were still on their way are planned again', async () => {
  const { id } = await opened();
  await house.db('incidents').where({ id }).update({ reach: 'pending' });
  await change(id, { status: 'acknowledged' });
  await house.settle();
  expect(await undo(id)).toMatchObject({ status: 'open', reach: 'pending' });
  await house.settle();
  expect(steps()).toEqual([1, 1]);
});

test('an undone resolution links the alerts again, takes the slot back and leaves the figures', async () => {
  const { id, alert } = await opened();
  const figures = await stats();
  await change(id, { status: 'resolved' });
  expect(await undo(id)).toMatchObject({ status: 'open', resolved_at: null, mttr_seconds: null, mtta_seconds: null });
  expect(await incident(id)).toMatchObject({ alerts: [{ id: alert.id, firing: true }] });
  expect(await stats()).toEqual(figures);
  expect(await openedBy(house, alertOf({ service: alert.service }))).toBe(id);
  await house.later(minutes(5));
  expect(steps()).toEqual([1, 2]);
});

test('an undone resolution of a snoozed incident leaves it snoozed until then', async () => {
  const { id } = await opened();
  const { snoozed_until } = await house.port.snooze({ id, minutes: 30 }, maria);
  await change(id, { status: 'resolved' });
  expect(await undo(id)).toMatchObject({ status: 'open', snoozed_until });
  await house.later(minutes(31));
  expect(await incident(id)).toMatchObject({ snoozed_until: null, escalation: { state: 'running' } });
});

test('an undone assignment gives the incident back and leaves the clock', async () => {
  const { id } = await opened();
  const { assigned_to, escalation } = await incident(id);
  await change(id, { assigned_to: 'Joe' });
  expect(await undo(id)).toMatchObject({ assigned_to, escalation });
});

test('is refused after a minute, a second time, and to others', async () => {
  const { id } = await opened();
  await expect(undo(id)).rejects.toMatchObject({ kind: 'conflict' });
  await change(id, { status: 'acknowledged' });
  await expect(undo(id, someone({ actor: 'jane' }))).rejects.toMatchObject({ kind: 'conflict' });
  await expect(undo(id, someone({ kind: 'key' }))).rejects.toMatchObject({ kind: 'conflict' });
  house.clock.advance(seconds(60) + 1);
  await expect(undo(id)).rejects.toMatchObject({ kind: 'conflict', detail: expect.stringMatching(/60 seconds/) });
  house.clock.advance(-1);
  await undo(id);
  await expect(undo(id)).rejects.toMatchObject({ kind: 'conflict' });
});

test.each([
  ['rated it', (id: string) => house.port.update({ id, severity: 'critical' }, someone({ actor: 'jane' }))],
  ['snoozed it', (id: string) => house.port.snooze({ id, minutes: 5 }, someone({ actor: 'jane' }))],
  ['gave it back', (id: string) => house.port.unacknowledge({ id }, someone({ actor: 'jane' }))],
  ['escalated it', (id: string) => house.port.escalateIncident({ id }, someone({ actor: 'jane' }))],
])('is refused if another person %s meanwhile', async (_, meanwhile) => {
  const { id } = await opened();
  await change(id, { status: 'acknowledged' });
  await meanwhile(id);
  const before = await incident(id);
  await expect(undo(id)).rejects.toMatchObject({ kind: 'conflict', detail: expect.stringMatching(/meanwhile/) });
  expect(await incident(id)).toEqual(before);
});

test('a note and another alert meanwhile do not prevent it', async () => {
  const { id, alert } = await opened();
  await change(id, { status: 'acknowledged' });
  await house.port.addNote({ id, content: 'Looking' }, someone({ actor: 'jane' }));
  await openedBy(house, alertOf({ service: alert.service }));
  expect(await undo(id)).toMatchObject({ status: 'open' });
});

test('beside the change of another person one of the two wins, and the figures agree', async () => {
  for (let round = 0; round < 6; round++) {
    const { id } = await opened();
    await change(id, { status: 'acknowledged' });
    await Promise.allSettled([undo(id), house.port.update({ id, status: 'resolved' }, someone({ actor: 'jane' }))]);
    expect(await incident(id)).toMatchObject({ status: 'resolved' });
    const kinds = await timelineOf(house, id);
    expect(kinds.filter((kind) => kind === 'resolved')).toHaveLength(1);
  }
  const { rows } = await house.db.raw(`select count(*)::int as n, count(mtta_seconds)::int as m from incidents`);
  const { rows: totals } = await house.db.raw(
    `select sum(resolved)::int as n, sum(mtta_count)::int as m from incident_totals`,
  );
  expect(totals[0]).toEqual(rows[0]);
});

test('many undos at once happen once', async () => {
  const { id, alert } = await opened();
  await change(id, { status: 'resolved' });
  const answers = await Promise.allSettled(Array.from({ length: 8 }, () => undo(id)));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await house.port.alertsEnded(
    { alerts: [{ alert_id: alert.id, ended_at: house.clock.now().toISOString() }] },
    machine(),
  );
  expect(await incident(id)).toMatchObject({ status: 'resolved' });
});
