import { randomUUID } from 'node:crypto';
import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { incidentActions, incidentSuite } from '../../testing/incidentSuite';
import { alertOf, openedBy, someLockWaits, timelineOf } from '../../testing/incidents';

const harness = incidentSuite({ every: 'file' });
const { incident, attach, endAlerts, setStatus } = incidentActions(harness);

/** An incident with this many alerts. */
async function withAlerts(count: number) {
  const { service } = alertOf();
  const alerts = Array.from({ length: count }, () => alertOf({ service }));
  const [first] = await attach(...alerts);
  return { id: first!.incident_id, alerts: alerts.map(({ id }) => id), service };
}

test('an incident is resolved when its last alert stops firing, and not before', async () => {
  const { id, alerts } = await withAlerts(2);
  harness.clock.advance(minutes(2));
  expect(await endAlerts(alerts[0]!)).toEqual([{ alert_id: alerts[0], incident_id: id, incident_resolved: false }]);
  expect(await incident(id)).toMatchObject({ status: 'open' });
  expect(await endAlerts(alerts[1]!)).toEqual([{ alert_id: alerts[1], incident_id: id, incident_resolved: true }]);
  expect(await incident(id)).toMatchObject({
    status: 'resolved',
    mttr_seconds: 120,
    mtta_seconds: null,
    acknowledged_at: null,
    escalation: { state: 'stopped', next_step_at: null },
  });
});

test.each(['key', 'user'] as const)(
  'a source that reports as %s does not acknowledge the incident when it ends the alerts',
  async (kind) => {
    const { id, alerts } = await withAlerts(1);
    const caller = someone({ kind });
    await harness.port.alertsEnded(
      { alerts: [{ alert_id: alerts[0]!, ended_at: harness.clock.now().toISOString() }] },
      caller,
    );
    expect(await incident(id)).toMatchObject({ status: 'resolved', acknowledged_at: null, mtta_seconds: null });
  },
);

test('an incident without an acknowledgement does not count in the mean time to acknowledge', async () => {
  const figures = async () => {
    const metric = await harness.registry.getSingleMetricAsString('incident_mtta_seconds');
    const { from, to } = { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' };
    const { totals } = await harness.port.analytics({ from, to }, someone());
    const { avg_mtta_seconds } = await harness.port.statsSummary({}, someone());
    return { count: /_count (\d+)/.exec(metric)?.[1], mtta: totals.mtta, avg_mtta_seconds };
  };
  const before = await figures();
  const { alerts } = await withAlerts(1);
  harness.clock.advance(minutes(50));
  await endAlerts(...alerts);
  expect(await figures()).toEqual(before);
});

test('the integration that ended the alerts is the actor of the resolution', async () => {
  const { id, alerts } = await withAlerts(1);
  await endAlerts(...alerts);
  const { timeline } = await harness.port.timeline({ id }, someone());
  expect(timeline.slice(-2)).toMatchObject([
    { event_type: 'alert_resolved', actor: 'alertmanager', detail: { alert_id: alerts[0] } },
    { event_type: 'resolved', actor: 'alertmanager', detail: { from: 'open', to: 'resolved' } },
  ]);
});

test('a second report of an end changes nothing', async () => {
  const { id, alerts } = await withAlerts(1);
  await endAlerts(...alerts);
  const before = await timelineOf(harness, id);
  expect(await endAlerts(...alerts)).toEqual([{ alert_id: alerts[0], incident_id: id, incident_resolved: true }]);
  expect(await endAlerts(alerts[0]!, alerts[0]!)).toHaveLength(2);
  expect(await timelineOf(harness, id)).toEqual(before);
});

test('an alert that was never attached belongs to no incident', async () => {
  const alert_id = randomUUID();
  expect(await endAlerts(alert_id)).toEqual([{ alert_id, incident_id: null, incident_resolved: false }]);
});

test('an incident in progress is resolved too, and keeps its time to acknowledge', async () => {
  const { id, alerts } = await withAlerts(1);
  harness.clock.advance(minutes(1));
  await setStatus(id, 'in_progress');
  harness.clock.advance(minutes(9));
  await endAlerts(...alerts);
  expect(await incident(id)).toMatchObject({ status: 'resolved', mtta_seconds: 60, mttr_seconds: 600 });
});

test('an incident that a person opened is resolved only after its first alerts ended', async () => {
  const { service } = alertOf();
  const { id } = await harness.port.create({ title: 'Strange noise', service, severity: 'high' }, someone());
  const alert = alertOf({ service });
  expect(await openedBy(harness, alert)).toBe(id);
  expect(await incident(id)).toMatchObject({ status: 'open' });
  await endAlerts(alert.id);
  expect(await incident(id)).toMatchObject({ status: 'resolved' });
});

test('an incident whose firing count is wrongly 0 is not resolved while an alert fires', async () => {
  const { id, alerts } = await withAlerts(2);
  await harness.db('incidents').where({ id }).update({ firing_count: 0 });
  expect(await endAlerts(alerts[0]!)).toMatchObject([{ incident_resolved: false }]);
  expect(await endAlerts(alerts[1]!)).toMatchObject([{ incident_resolved: true }]);
});

test('an incident counts its firing alerts, and has none after a person resolves it', async () => {
  const { id, alerts, service } = await withAlerts(3);
  await openedBy(harness, alertOf({ service }));
  const counted = () => harness.db('incidents').where({ id }).first('alert_count', 'firing_count');
  expect(await counted()).toEqual({ alert_count: 4, firing_count: 4 });
  await endAlerts(alerts[0]!, alerts[1]!);
  await endAlerts(alerts[1]!);
  expect(await counted()).toEqual({ alert_count: 4, firing_count: 2 });
  await setStatus(id, 'resolved');
  expect(await counted()).toEqual({ alert_count: 4, firing_count: 0 });
});

test('alerts of many incidents end in one call', async () => {
  const all = await Promise.all(Array.from({ length: 130 }, () => withAlerts(1)));
  const results = await endAlerts(...all.flatMap(({ alerts }) => alerts));
  expect(results.every(({ incident_resolved }) => incident_resolved)).toBe(true);
});

test('alerts that end concurrently resolve their incident exactly once', async () => {
  const { id, alerts } = await withAlerts(12);
  await Promise.all(alerts.map((alert) => endAlerts(alert)));
  const timeline = await timelineOf(harness, id);
  expect(timeline.filter((type) => type === 'resolved')).toHaveLength(1);
  expect(timeline.filter((type) => type === 'alert_resolved')).toHaveLength(12);
});

test('an alert that arrives while the last one ends joins an open incident or opens another', async () => {
  for (let round = 0; round < 10; round++) {
    const { alerts, service } = await withAlerts(1);
    const fresh = alertOf({ service });
    const [, opened] = await Promise.all([endAlerts(...alerts), openedBy(harness, fresh)]);
    expect(await incident(opened)).toMatchObject({ status: 'open' });
    const [again] = await attach(fresh);
    expect(again).toMatchObject({ incident_id: opened, result: 'existing_incident' });
  }
});

test('an alert that is attached while an end report runs is ended by the next report', async () => {
  const { alerts } = await withAlerts(1);
  const late = alertOf();
  let ended: ReturnType<typeof endAlerts> | undefined;
  await harness.db.transaction(async (trx) => {
    const locked = await trx.raw(
      `select 1 from correlation_slots s join alert_links l using (incident_id) where l.alert_id = ? for update of s`,
      [alerts[0] as string],
    );
    expect(locked.rows).toHaveLength(1);
    ended = endAlerts(alerts[0]!, late.id);
    await someLockWaits(harness);
    await openedBy(harness, late);
  });
  expect((await ended)?.[1]).toEqual({ alert_id: late.id, incident_id: null, incident_resolved: false });
  expect((await endAlerts(late.id))[0]).toMatchObject({ incident_resolved: true });
});

test('concurrent ends and repeats of the same alerts do not block each other for long', async () => {
  const { service } = alertOf();
  const alerts = Array.from({ length: 20 }, () => alertOf({ service }));
  await attach(...alerts);
  const began = performance.now();
  await Promise.all([
    ...alerts.map(({ id }) => endAlerts(id)),
    ...alerts.map((alert) => attach(alert, alertOf({ service }))),
  ]);
  expect(performance.now() - began).toBeLessThan(5_000);
});
