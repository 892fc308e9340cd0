import { minutes, seconds } from '../../kernel/clock';
import { someone } from '../../testing/http';
import {
  alertOf,
  type IncidentsHarness,
  incidentsHarness,
  JANE,
  JOE,
  machine,
  openedBy,
  outcomeOf,
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
const change = (id: string, to: { status?: 'acknowledged' | 'in_progress' | 'resolved'; assigned_to?: string }) =>
  harness.port.update({ id, ...to }, maria);
const undo = (id: string, caller = maria) => harness.port.undo({ id }, caller);
const stats = () => harness.port.statsSummary({}, maria);
const steps = () => harness.below.asked.takeStep.map(({ step }) => step);

async function opened() {
  harness.below.steps = [[told(JANE, 'primary')], [told(JOE, 'secondary')]];
  const alert = alertOf();
  const id = await openedBy(harness, alert);
  await harness.drain();
  await accept(id);
  return { id, alert };
}

/** Every page of the steps so far counts as accepted, so that nothing is on its way. */
async function accept(id: string): Promise<void> {
  await harness.db('incidents').where({ id }).update({ reach: 'reached' });
  await harness.db.raw(
    `update page_groups g set reach = 'reached', outcomes = (
       select coalesce(jsonb_object_agg(page.id, 'sent'), '{}') from jsonb_array_elements_text(g.counting) as page(id))
      where g.incident_id = ?`,
    [id],
  );
}

test('an undone acknowledgement restores status, assignee, times and escalation', async () => {
  const { id } = await opened();
  const before = await incident(id);
  const figures = await stats();
  harness.clock.advance(seconds(30));
  expect(await change(id, { status: 'acknowledged' })).toMatchObject({ status: 'acknowledged', mtta_seconds: 30 });
  await harness.drain();
  harness.clock.advance(seconds(10));
  const after = await undo(id);
  const { status, assigned_to, acknowledged_at, mtta_seconds, escalation, reach } = before;
  expect(after).toMatchObject({ status, assigned_to, acknowledged_at, mtta_seconds, escalation, reach });
  expect(await stats()).toEqual(figures);
  expect((await harness.port.timeline({ id }, maria)).timeline.at(-1)).toMatchObject({
    event_type: 'undone',
    actor: 'maria',
    detail: { from: 'acknowledged', to: 'open' },
  });
});

test('after an undone acknowledgement the next step runs at its original time', async () => {
  const { id } = await opened();
  await change(id, { status: 'acknowledged' });
  await harness.drain();
  await undo(id);
  await harness.drain();
  expect(steps()).toEqual([1]);
  await harness.later(minutes(5));
  expect(steps()).toEqual([1, 2]);
});

test('a step whose pages were neither accepted nor failed runs again', async () => {
  const { id } = await opened();
  await harness.db('incidents').where({ id }).update({ reach: 'pending' });
  await change(id, { status: 'acknowledged' });
  await harness.drain();
  expect(await undo(id)).toMatchObject({ status: 'open', reach: 'pending' });
  await harness.drain();
  expect(steps()).toEqual([1, 1]);
});

test('such a step runs again even if another of its pages was accepted', async () => {
  harness.below.steps = [[told(JANE, 'primary'), told(JOE, 'secondary')]];
  const id = await openedBy(harness, alertOf());
  await harness.drain();
  await accept(id);
  await harness.db.raw(`update page_groups set outcomes = outcomes - (counting ->> 1) where incident_id = ?`, [id]);
  await change(id, { status: 'acknowledged' });
  await harness.drain();
  expect(await undo(id)).toMatchObject({ status: 'open', reach: 'reached' });
  await harness.drain();
  expect(steps()).toEqual([1, 1]);
});

test('an undone resolution links the alerts again, takes its slot and restores the totals', async () => {
  const { id, alert } = await opened();
  const figures = await stats();
  await change(id, { status: 'resolved' });
  expect(await undo(id)).toMatchObject({ status: 'open', resolved_at: null, mttr_seconds: null, mtta_seconds: null });
  expect(await incident(id)).toMatchObject({ alerts: [{ id: alert.id, firing: true }] });
  expect(await stats()).toEqual(figures);
  expect(await openedBy(harness, alertOf({ service: alert.service }))).toBe(id);
  await harness.later(minutes(5));
  expect(steps()).toEqual([1, 2]);
});

test('an undone resolution of a snoozed incident leaves it snoozed until then', async () => {
  const { id } = await opened();
  const { snoozed_until } = await harness.port.snooze({ id, minutes: 30 }, maria);
  await change(id, { status: 'resolved' });
  expect(await undo(id)).toMatchObject({ status: 'open', snoozed_until });
  await harness.later(minutes(31));
  expect(await incident(id)).toMatchObject({ snoozed_until: null, escalation: { state: 'running' } });
});

test('an undone resolution leaves the slot to a newer incident that holds it', async () => {
  const { id, alert } = await opened();
  await change(id, { status: 'resolved' });
  const newer = await openedBy(harness, alertOf({ service: alert.service }));
  expect(newer).not.toBe(id);
  expect(await undo(id)).toMatchObject({ status: 'open' });
  expect(await openedBy(harness, alertOf({ service: alert.service }))).toBe(newer);
});

test('an undone resolution of an acknowledged incident keeps its acknowledgement and its time', async () => {
  const { id } = await opened();
  harness.clock.advance(seconds(30));
  await change(id, { status: 'acknowledged' });
  const [before, figures] = [await incident(id), await stats()];
  harness.clock.advance(seconds(30));
  await change(id, { status: 'resolved' });
  expect(await stats()).not.toEqual(figures);
  const { status, acknowledged_at, mtta_seconds, mttr_seconds, escalation } = before;
  expect(await undo(id)).toMatchObject({ status, acknowledged_at, mtta_seconds, mttr_seconds, escalation });
  expect(await stats()).toEqual(figures);
  await harness.later(minutes(30));
  expect(steps()).toEqual([1]);
});

test('a step that was due while it was acknowledged is taken at once after the undo', async () => {
  const { id } = await opened();
  await harness.later(minutes(5) - 1_000);
  await change(id, { status: 'acknowledged' });
  await harness.later(seconds(30));
  expect(steps()).toEqual([1]);
  await undo(id);
  await harness.drain();
  expect(steps()).toEqual([1, 2]);
});

test('an undone change of status and severity restores both, and the title follows', async () => {
  const { id } = await opened();
  const before = await incident(id);
  await harness.port.update({ id, status: 'acknowledged', severity: 'critical' }, maria);
  const { severity, title, status, escalation } = before;
  expect(await incident(id)).toMatchObject({ severity: 'critical', title: expect.stringMatching('CRITICAL') });
  expect(await undo(id)).toMatchObject({ severity, title, status, escalation });
  expect((await harness.port.timeline({ id }, maria)).timeline.at(-1)?.detail).toMatchObject({
    previous_severity: 'critical',
    severity,
  });
});

describe('an undone rise of severity outside of support hours', () => {
  const inMinutes = (n: number) => new Date(harness.clock.now().getTime() + minutes(n)).toISOString();

  /** A low incident whose page waits for the support hours, raised to critical a moment ago. */
  async function raised({ settled }: { settled: boolean }) {
    harness.below.accepts = false;
    harness.below.waitUntil = inMinutes(90);
    const id = await openedBy(harness, alertOf({ severity: 'low' }));
    await harness.drain();
    const before = await incident(id);
    await harness.port.update({ id, severity: 'critical' }, maria);
    if (settled) await harness.drain();
    return { id, before };
  }

  test.each([true, false])('restores urgency and the wait, and cancels pages (paged already: %s)', async (settled) => {
    const { id, before } = await raised({ settled });
    const { severity, escalation, reach } = before;
    expect(await undo(id)).toMatchObject({ severity, escalation, reach });
    await harness.drain();
    expect(harness.below.asked.cancel.at(-1)).toMatchObject({ incident_id: id, reason: 'undone' });
    const paged = harness.below.pages.length;
    await harness.later(minutes(89));
    expect([harness.below.pages.length, (await incident(id)).reach]).toEqual([paged, 'not_paged']);
    expect(paged).toBe(settled ? 1 : 0);
    harness.below.waitUntil = null;
    await harness.later(minutes(1));
    expect(harness.below.pages).toHaveLength(paged + 1);
  });

  test('waits even if the page failed before, and the next step ran', async () => {
    const { id, before } = await raised({ settled: true });
    harness.below.facts.push(outcomeOf('notification_failed', harness.below.pages[0]!));
    await harness.drain();
    expect(steps()).toEqual([1, 1, 2]);
    expect(await undo(id)).toMatchObject({ escalation: before.escalation });
    await harness.later(minutes(60));
    expect(steps()).toEqual([1, 1, 2]);
  });

  test('is refused after a person escalated the incident by hand', async () => {
    const { id } = await raised({ settled: true });
    await harness.port.escalateIncident({ id }, maria);
    await expect(undo(id)).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('shows a page that was accepted meanwhile as reached', async () => {
    const { id } = await raised({ settled: true });
    harness.below.facts.push(outcomeOf('notification_sent', harness.below.pages[0]!));
    await harness.drain();
    expect(await undo(id)).toMatchObject({ severity: 'low', reach: 'reached' });
  });
});

test('an undone change of severity alone keeps the escalation and the text of a later revision', async () => {
  const { id, alert } = await opened();
  const { severity, escalation } = await incident(id);
  await harness.port.update({ id, severity: 'low' }, maria);
  await harness.port.attach({ alerts: [{ ...alert, message: 'Only two nodes left', revision: 1 }] }, machine());
  expect(await undo(id)).toMatchObject({ severity, escalation, title: expect.stringMatching(/HIGH.*Only two nodes/) });
});

test('an undone snooze continues the escalation when its step was due, without another page', async () => {
  const { id } = await opened();
  const { escalation, reach } = await incident(id);
  await harness.port.snooze({ id, minutes: 30 }, maria);
  await harness.drain();
  expect(await undo(id)).toMatchObject({ snoozed_until: null, escalation, reach });
  await harness.drain();
  expect(steps()).toEqual([1]);
  await harness.later(minutes(5));
  expect(steps()).toEqual([1, 2]);
  await harness.later(minutes(26));
  expect(await timelineOf(harness, id)).not.toContain('snooze_ended');
});

test('an undone snooze of an acknowledged incident leaves it acknowledged, and its timeout runs', async () => {
  harness.below.ackTimeout = 10;
  const { id } = await opened();
  await change(id, { status: 'acknowledged' });
  await harness.drain();
  await harness.port.snooze({ id, minutes: 30 }, maria);
  await undo(id);
  await harness.later(minutes(11));
  expect(await timelineOf(harness, id)).toContain('ack_timed_out');
});

test.each([
  [
    'reopened',
    /Resolve the incident instead/,
    async (id: string) => {
      await change(id, { status: 'resolved' });
      await harness.port.reopen({ id }, maria);
    },
  ],
  [
    'unacknowledged',
    /Acknowledge the incident instead/,
    async (id: string) => {
      await change(id, { status: 'acknowledged' });
      await harness.port.unacknowledge({ id }, maria);
    },
  ],
  [
    'woken',
    /Snooze or acknowledge the incident instead/,
    async (id: string) => {
      await harness.port.snooze({ id, minutes: 5 }, maria);
      await harness.port.endSnooze({ id }, maria);
    },
  ],
  [
    'woken by a rise of severity',
    /Snooze or acknowledge the incident instead/,
    async (id: string) => {
      await harness.port.snooze({ id, minutes: 5 }, maria);
      await harness.port.update({ id, severity: 'critical' }, maria);
    },
  ],
])(
  'an incident that the caller has %s is not undone, and the refusal names the action to use instead',
  async (_, detail, act) => {
    const { id } = await opened();
    await act(id);
    const before = await incident(id);
    await expect(undo(id)).rejects.toMatchObject({ kind: 'conflict', detail: expect.stringMatching(detail) });
    expect(await incident(id)).toEqual(before);
  },
);

test('many changes are undone by one request, each on its own', async () => {
  const ids = [(await opened()).id, (await opened()).id, (await opened()).id];
  await harness.port.bulk({ ids, status: 'acknowledged' }, maria);
  await harness.port.update({ id: ids[2] as string, status: 'resolved' }, someone({ actor: 'jane' }));
  const { results } = await harness.port.undoBulk({ ids }, maria);
  expect(results).toMatchObject([
    { id: ids[0], done: true, incident: { status: 'open' } },
    { id: ids[1], done: true, incident: { status: 'open' } },
    { id: ids[2], done: false, incident: null, problem: { kind: 'conflict' } },
  ]);
});

test('a state kept by an earlier version, without a severity, is restored', async () => {
  const { id } = await opened();
  const { severity } = await incident(id);
  await change(id, { status: 'acknowledged' });
  await harness
    .db('incident_undo')
    .where({ incident_id: id })
    .update({ incident: harness.db.raw(`incident - 'severity'`) });
  expect(await undo(id)).toMatchObject({ status: 'open', severity });
});

test('an undone assignment restores the assignee and does not change the escalation', async () => {
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
  harness.clock.advance(seconds(60) + 1);
  await expect(undo(id)).rejects.toMatchObject({ kind: 'conflict', detail: expect.stringMatching(/60 seconds/) });
  harness.clock.advance(-1);
  await undo(id);
  await expect(undo(id)).rejects.toMatchObject({ kind: 'conflict' });
});

test.each([
  ['user', { id: 'user-1' }, { id: 'user-2' }],
  ['key', { id: 'key-1', kind: 'key' }, { id: 'key-2', kind: 'key' }],
] as const)('a new %s with an old name does not undo the changes of the old one', async (_kind, old, later) => {
  const { id } = await opened();
  await harness.port.update({ id, status: 'acknowledged' }, someone({ actor: 'bot', ...old }));
  await expect(undo(id, someone({ actor: 'bot', ...later }))).rejects.toMatchObject({ kind: 'conflict' });
  await expect(undo(id, someone({ actor: 'bot' }))).rejects.toMatchObject({ kind: 'conflict' });
  expect(await undo(id, someone({ actor: 'a new name', ...old }))).toMatchObject({ status: 'open' });
});

test.each([
  ['rated it', (id: string) => harness.port.update({ id, severity: 'critical' }, someone({ actor: 'jane' }))],
  ['snoozed it', (id: string) => harness.port.snooze({ id, minutes: 5 }, someone({ actor: 'jane' }))],
  ['gave it back', (id: string) => harness.port.unacknowledge({ id }, someone({ actor: 'jane' }))],
  ['escalated it', (id: string) => harness.port.escalateIncident({ id }, someone({ actor: 'jane' }))],
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
  await harness.port.addNote({ id, content: 'Looking' }, someone({ actor: 'jane' }));
  await openedBy(harness, alertOf({ service: alert.service }));
  expect(await undo(id)).toMatchObject({ status: 'open' });
});

test('of an undo and a concurrent change of another person one succeeds, and the totals agree', async () => {
  for (let round = 0; round < 6; round++) {
    const { id } = await opened();
    await change(id, { status: 'acknowledged' });
    await Promise.allSettled([undo(id), harness.port.update({ id, status: 'resolved' }, someone({ actor: 'jane' }))]);
    expect(await incident(id)).toMatchObject({ status: 'resolved' });
    const kinds = await timelineOf(harness, id);
    expect(kinds.filter((kind) => kind === 'resolved')).toHaveLength(1);
  }
  const { rows } = await harness.db.raw(`select count(*)::int as n, count(mtta_seconds)::int as m from incidents`);
  const { rows: totals } = await harness.db.raw(
    `select sum(resolved)::int as n, sum(mtta_count)::int as m from incident_totals`,
  );
  expect(totals[0]).toEqual(rows[0]);
});

test('many undos at once happen once', async () => {
  const { id, alert } = await opened();
  await change(id, { status: 'resolved' });
  const answers = await Promise.allSettled(Array.from({ length: 8 }, () => undo(id)));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await harness.port.alertsEnded(
    { alerts: [{ alert_id: alert.id, ended_at: harness.clock.now().toISOString() }] },
    machine(),
  );
  expect(await incident(id)).toMatchObject({ status: 'resolved' });
});
