import { randomUUID } from 'node:crypto';
import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { alertOf, type IncidentsHarness, incidentsHarness, JOE, machine, openedBy } from '../../testing/incidents';

let harness: IncidentsHarness;
beforeEach(async () => {
  harness = await incidentsHarness({ fallbackTarget: 'slack:fallback' });
});
afterEach(() => harness.end());

const maria = someone();
const tool = machine('zabbix');
const incident = (id: string) => harness.port.get({ id }, maria);
const act = (input: object) => harness.port.actForAlert(input as never, tool);

/** An incident with so many firing alerts. */
async function opened(count = 1) {
  const alerts = Array.from({ length: count }, () => alertOf({ service: 'checkout' }));
  const id = await openedBy(harness, alerts[0]);
  if (count > 1) await harness.port.attach({ alerts: alerts.slice(1) }, tool);
  await harness.drain();
  return { id, alert: alerts[0]?.id as string, other: alerts[1]?.id as string };
}

describe('the only firing alert of an incident', () => {
  test('is snoozed with its incident, and the tool is the actor', async () => {
    const { id, alert } = await opened();
    const until = new Date(harness.clock.now().getTime() + minutes(30)).toISOString();
    expect(await act({ alert_id: alert, act: 'snooze', minutes: 30, reason: 'Deploying' })).toEqual({
      ...{ incident_id: id, result: 'done', detail: null },
    });
    const read = await incident(id);
    expect(read.snoozed_until).toBe(until);
    expect(read.timeline.at(-1)).toMatchObject({ event_type: 'snoozed', actor: 'zabbix' });
  });

  test('is assigned with its incident', async () => {
    const { id, alert } = await opened();
    expect(await act({ alert_id: alert, act: 'assign', assignee: JOE.email })).toMatchObject({ result: 'done' });
    expect(await incident(id)).toMatchObject({ assignee_email: JOE.email, acknowledged_at: null, mtta_seconds: null });
  });

  test('is escalated with its incident: the next step runs at once', async () => {
    const { alert } = await opened();
    const before = harness.below.asked.takeStep.length;
    expect(await act({ alert_id: alert, act: 'escalate', reason: 'Worse' })).toMatchObject({ result: 'done' });
    expect(harness.below.asked.takeStep.length).toBe(before + 1);
  });

  test('is unacknowledged with its incident, and the escalation restarts', async () => {
    const { id, alert } = await opened();
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    expect(await act({ alert_id: alert, act: 'unacknowledge' })).toMatchObject({ result: 'done' });
    expect(await incident(id)).toMatchObject({ status: 'open' });
  });
});

test.each([
  ['snooze', { minutes: 30 }],
  ['assign', { assignee: JOE.email }],
  ['escalate', {}],
  ['unacknowledge', {}],
])('an incident with another firing alert does not follow: %s changes nothing', async (name, more) => {
  const { id, alert, other } = await opened(2);
  await harness.port.update({ id, status: 'acknowledged' }, maria);
  await harness.drain();
  const before = await incident(id);
  expect(await act({ alert_id: alert, act: name, ...more })).toEqual({
    ...{ incident_id: id, result: 'shared', detail: null },
  });
  expect(await incident(id)).toEqual(before);
  await harness.port.alertsEnded({ alerts: [{ alert_id: other, ended_at: before.created_at }] }, tool);
  expect(await act({ alert_id: alert, act: name, ...more })).toMatchObject({ result: 'done' });
});

test('an incident whose source withholds alerts does not follow', async () => {
  const { id, alert } = await opened();
  const group = { source: randomUUID(), key: 'g', version: 1, hidden: 3 };
  await harness.port.reportGroup({ ...group, alerts: [alert] }, tool);
  expect(await act({ alert_id: alert, act: 'snooze', minutes: 5 })).toMatchObject({ result: 'shared' });
  expect((await incident(id)).snoozed_until).toBeNull();
});

test('an alert that joins at the same time is paged: either it finds the incident snoozed by a tool that knew of one alert, or the snooze is refused', async () => {
  const { id, alert } = await opened();
  const another = alertOf({ service: 'checkout' });
  const [acted] = await Promise.all([
    act({ alert_id: alert, act: 'snooze', minutes: 5 }),
    harness.port.attach({ alerts: [another] }, tool),
  ]);
  const { snoozed_until, alerts_total } = await incident(id);
  expect(alerts_total).toBe(2);
  expect(snoozed_until !== null).toBe(acted.result === 'done');
});

test('an ended alert, a resolved incident and an alert that is not attached are reported, and nothing changes', async () => {
  const { id, alert } = await opened();
  expect(await act({ alert_id: randomUUID(), act: 'escalate' })).toEqual({
    ...{ incident_id: null, result: 'not_attached', detail: null },
  });
  await harness.port.update({ id, status: 'resolved' }, maria);
  expect(await act({ alert_id: alert, act: 'snooze', minutes: 5 })).toEqual({
    ...{ incident_id: id, result: 'refused', detail: 'The incident is resolved' },
  });
});

test('a snooze of an incident in progress is refused with the reason', async () => {
  const { id, alert } = await opened();
  await harness.port.update({ id, status: 'in_progress' }, maria);
  expect(await act({ alert_id: alert, act: 'snooze', minutes: 5 })).toMatchObject({
    result: 'refused',
    detail: 'An incident that is in_progress cannot be snoozed',
  });
});

test('the states of incidents are read together, and unknown ids are left out', async () => {
  const { id } = await opened();
  await harness.port.update({ id, status: 'acknowledged' }, maria);
  const { acknowledged_at } = await incident(id);
  expect(await harness.port.states({ ids: [id, randomUUID()] }, tool)).toEqual({
    incidents: [
      {
        ...{ id, status: 'acknowledged', acknowledged_at, resolved_at: null, snoozed_until: null },
        assigned_to: expect.any(String),
      },
    ],
  });
});
