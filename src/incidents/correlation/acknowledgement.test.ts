import { minutes, seconds } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { incidentActions, incidentSuite } from '../../testing/incidentSuite';
import { alertOf, machine, timelineOf } from '../../testing/incidents';

const harness = incidentSuite({ every: 'file' });
const { incident, attach, endAlerts, setStatus, detailsOf } = incidentActions(harness);

/** An incident with so many alerts. */
async function withAlerts(count: number) {
  const { service } = alertOf();
  const alerts = Array.from({ length: count }, () => alertOf({ service }));
  const [first] = await attach(...alerts);
  return { id: first!.incident_id, alerts: alerts.map(({ id }) => id) as [string, ...string[]], service };
}

const acknowledge = async (...alerts: string[]) => {
  const at = harness.clock.now().toISOString();
  return (await harness.port.alertsAcknowledged({ alerts, at }, machine('pager'))).results;
};
const figures = async () => {
  const metric = await harness.registry.getSingleMetricAsString('incident_mtta_seconds');
  return { count: /_count (\d+)/.exec(metric)?.[1], ...(await harness.port.statsSummary({}, someone())) };
};

test('a tool acknowledges an incident if its alert is the only firing one', async () => {
  const { id, alerts } = await withAlerts(2);
  await endAlerts(alerts[1]!);
  expect(await acknowledge(alerts[0])).toEqual([{ alert_id: alerts[0], incident_id: id, incident_acknowledged: true }]);
  expect(await incident(id)).toMatchObject({ status: 'acknowledged', escalation: { state: 'stopped' } });
  const { timeline } = await harness.port.timeline({ id }, someone());
  expect(timeline.at(-1)).toMatchObject({
    ...{ event_type: 'acknowledged', actor: 'pager' },
    detail: { from: 'open', to: 'acknowledged', reason: 'acknowledged_at_source' },
  });
});

test('it assigns nobody and counts in no time to acknowledge', async () => {
  const { id, alerts } = await withAlerts(1);
  const before = await figures();
  const { assigned_to } = await incident(id);
  harness.clock.advance(seconds(90));
  await acknowledge(alerts[0]);
  expect(await incident(id)).toMatchObject({ assigned_to, acknowledged_at: null, mtta_seconds: null });
  const { count, avg_mtta_seconds } = await figures();
  expect([count, avg_mtta_seconds]).toEqual([before.count, before.avg_mtta_seconds]);
});

test('while other alerts fire, it is only noted, and paging goes on', async () => {
  const { id, alerts } = await withAlerts(2);
  await acknowledge(alerts[0]);
  expect(await incident(id)).toMatchObject({ status: 'open', escalation: { state: 'running' } });
  expect(await detailsOf(id, 'alert_acknowledged')).toEqual([{ alert_id: alerts[0] }]);
});

test('while the source withholds alerts, it is only noted', async () => {
  const { id, alerts } = await withAlerts(1);
  const group = { source: crypto.randomUUID(), key: 'k', version: 1, hidden: 3 };
  await harness.port.reportGroup({ ...group, alerts }, machine());
  await acknowledge(alerts[0]);
  expect(await incident(id)).toMatchObject({ status: 'open' });
});

test('a repeated report of an acknowledgement changes nothing', async () => {
  const { id, alerts } = await withAlerts(1);
  await acknowledge(alerts[0]);
  const before = await timelineOf(harness, id);
  expect(await acknowledge(alerts[0])).toMatchObject([{ incident_acknowledged: false }]);
  harness.clock.advance(minutes(1));
  await acknowledge(alerts[0]);
  expect(await timelineOf(harness, id)).toEqual(before);
});

test('two acknowledgements at once leave one entry', async () => {
  const { id, alerts } = await withAlerts(1);
  await Promise.all([acknowledge(alerts[0]), acknowledge(alerts[0])]);
  expect((await timelineOf(harness, id)).filter((type) => type === 'acknowledged')).toHaveLength(1);
});

test('the first person who acknowledges it afterwards is measured', async () => {
  const { id, alerts } = await withAlerts(1);
  await acknowledge(alerts[0]);
  harness.clock.advance(seconds(90));
  expect(await setStatus(id, 'acknowledged')).toMatchObject({
    status: 'acknowledged',
    acknowledged_at: harness.clock.now().toISOString(),
    mtta_seconds: 90,
  });
  harness.clock.advance(seconds(90));
  expect(await setStatus(id, 'acknowledged')).toMatchObject({ mtta_seconds: 90 });
});

test('an incident that a person resolved stays resolved', async () => {
  const { id, alerts } = await withAlerts(1);
  await setStatus(id, 'resolved');
  await acknowledge(alerts[0]);
  expect(await incident(id)).toMatchObject({ status: 'resolved' });
});

test('an alert that was never attached is reported as unknown', async () => {
  const alert_id = crypto.randomUUID();
  expect(await acknowledge(alert_id)).toEqual([{ alert_id, incident_id: null, incident_acknowledged: false }]);
});

describe('an end that keeps the incident open', () => {
  const end = async (alert_id: string, over: object) => {
    const alerts = [{ alert_id, ended_at: harness.clock.now().toISOString(), ...over }];
    return (await harness.port.alertsEnded({ alerts }, machine('prometheus'))).results;
  };
  const silent_since = '2026-01-05T08:00:00.000Z';
  const silent = { silent_since, keeps_open: 'unless_acknowledged' };

  test('a source that goes silent leaves an incident open that no person acknowledged, and its paging goes on', async () => {
    const { id, alerts } = await withAlerts(1);
    await end(alerts[0], silent);
    expect(await incident(id)).toMatchObject({ status: 'open', escalation: { state: 'running' } });
    expect(await detailsOf(id, 'alert_expired')).toEqual([
      { alert_id: alerts[0], silent_since, stays_open: 'unless_acknowledged' },
    ]);
  });

  test("a tool's acknowledgement is none of a person", async () => {
    const { id, alerts } = await withAlerts(1);
    await acknowledge(alerts[0]);
    await end(alerts[0], silent);
    expect(await incident(id)).toMatchObject({ status: 'acknowledged' });
  });

  test('it resolves an incident that a person acknowledged', async () => {
    const { id, alerts } = await withAlerts(1);
    await setStatus(id, 'acknowledged');
    expect(await end(alerts[0], silent)).toMatchObject([{ incident_resolved: true }]);
    expect(await incident(id)).toMatchObject({ status: 'resolved' });
    expect(await detailsOf(id, 'alert_expired')).toEqual([{ alert_id: alerts[0], silent_since }]);
  });

  test('it resolves any incident if the integration chose that', async () => {
    const { id, alerts } = await withAlerts(1);
    await end(alerts[0], { silent_since });
    expect(await incident(id)).toMatchObject({ status: 'resolved', acknowledged_at: null });
  });

  test('an alert that expired earlier still counts when the last one is resolved', async () => {
    const { id, alerts } = await withAlerts(2);
    await end(alerts[0], silent);
    await endAlerts(alerts[1]!);
    expect(await incident(id)).toMatchObject({ status: 'open' });
  });

  test('one integration without auto_resolve keeps the incident open, whichever alert ends last', async () => {
    const { id, alerts } = await withAlerts(2);
    await end(alerts[0], { keeps_open: 'always' });
    await setStatus(id, 'acknowledged');
    await endAlerts(alerts[1]!);
    expect(await incident(id)).toMatchObject({ status: 'acknowledged' });
    expect((await detailsOf(id, 'alert_resolved')).at(-1)).toMatchObject({ stays_open: 'always' });
    await setStatus(id, 'resolved');
    expect(await incident(id)).toMatchObject({ status: 'resolved' });
  });

  test('it keeps the incident open also when its group withholds no alert any more', async () => {
    const { id, alerts } = await withAlerts(1);
    const group = { source: crypto.randomUUID(), key: 'g', version: 1, hidden: 3 };
    await harness.port.reportGroup({ ...group, alerts }, machine());
    await end(alerts[0], silent);
    await harness.port.reportGroup({ ...group, version: 2, hidden: 0, alerts: [] }, machine());
    expect(await incident(id)).toMatchObject({ status: 'open', hidden_alerts: 0 });
  });
});
