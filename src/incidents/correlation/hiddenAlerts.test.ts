import { randomUUID } from 'node:crypto';
import { days } from '../../kernel/clock';
import { enqueue } from '../../kernel/jobs/jobs';
import { incidentActions, incidentSuite } from '../../testing/incidentSuite';
import { alertOf, machine, openedBy } from '../../testing/incidents';

const harness = incidentSuite({ every: 'file' });
const { incident, setStatus, detailsOf } = incidentActions(harness);

const groupOf = (key = randomUUID()) => ({ source: randomUUID(), key });
type Group = ReturnType<typeof groupOf>;
const report = (group: Group, version: number, hidden: number, alerts: string[] = []) =>
  harness.port.reportGroup({ ...group, version, hidden, alerts }, machine());
const end = (alert: string, group?: Group & { version: number; hidden: number }) =>
  harness.port.alertsEnded(
    { alerts: [{ alert_id: alert, ended_at: harness.clock.now().toISOString() }], ...(group && { group }) },
    machine(),
  );
const hiddenIn = (id: string) => detailsOf(id, 'alerts_hidden');

async function opened(): Promise<{ alert: string; id: string; group: Group }> {
  const alert = alertOf();
  return { alert: alert.id, id: await openedBy(harness, alert), group: groupOf() };
}

test('an incident stays open while its source withholds alerts, and shows their number', async () => {
  const { alert, id, group } = await opened();
  await report(group, 1, 3, [alert]);
  expect(await incident(id)).toMatchObject({ hidden_alerts: 3 });
  const { results } = await end(alert, { ...group, version: 2, hidden: 2 });
  expect(results).toMatchObject([{ incident_id: id, incident_resolved: false }]);
  expect(await incident(id)).toMatchObject({ status: 'open', hidden_alerts: 2, alerts: [{ firing: false }] });
  expect(await hiddenIn(id)).toEqual([{ hidden: 3 }, { hidden: 2 }]);
});

test('a delivery that ends the shown alerts also reports that others are withheld', async () => {
  const { alert, id, group } = await opened();
  await end(alert, { ...group, version: 1, hidden: 1 });
  expect(await incident(id)).toMatchObject({ status: 'open', hidden_alerts: 1 });
});

test('a delivery that withholds none resolves an incident without firing alerts', async () => {
  const { alert, id, group } = await opened();
  await end(alert, { ...group, version: 1, hidden: 4 });
  await report(group, 2, 0);
  const { status, hidden_alerts, timeline } = await incident(id);
  expect([status, hidden_alerts]).toEqual(['resolved', 0]);
  expect(timeline.slice(-2)).toMatchObject([
    { event_type: 'alerts_hidden', detail: { hidden: 0 } },
    { event_type: 'resolved', detail: { reason: 'all_alerts_ended' } },
  ]);
});

test('a delivery that withholds none does not resolve an incident with a firing alert', async () => {
  const { alert, id, group } = await opened();
  await report(group, 1, 4, [alert]);
  await report(group, 2, 0);
  expect(await incident(id)).toMatchObject({ status: 'open', hidden_alerts: 0 });
  await end(alert);
  expect(await incident(id)).toMatchObject({ status: 'resolved' });
});

test('an incident of two groups waits for both', async () => {
  const { alert, id, group } = await opened();
  const other = groupOf();
  await report(other, 1, 1, [alert]);
  await end(alert, { ...group, version: 1, hidden: 2 });
  expect(await incident(id)).toMatchObject({ hidden_alerts: 3 });
  await report(group, 2, 0);
  expect(await incident(id)).toMatchObject({ status: 'open', hidden_alerts: 1 });
  await report(other, 2, 0);
  expect(await incident(id)).toMatchObject({ status: 'resolved' });
});

test('a delivery that arrives after a later one changes nothing', async () => {
  const { alert, id, group } = await opened();
  await report(group, 2, 0);
  await end(alert, { ...group, version: 1, hidden: 5 });
  expect(await incident(id)).toMatchObject({ status: 'resolved', hidden_alerts: 0 });
});

test('a delivery that is reported twice writes one entry', async () => {
  const { alert, id, group } = await opened();
  await report(group, 1, 3, [alert]);
  await report(group, 1, 3, [alert]);
  expect(await hiddenIn(id)).toEqual([{ hidden: 3 }]);
});

test('a person can resolve an incident with withheld alerts', async () => {
  const { alert, id, group } = await opened();
  await report(group, 1, 3, [alert]);
  await setStatus(id, 'resolved');
  expect(await incident(id)).toMatchObject({ status: 'resolved', hidden_alerts: 0 });
  await report(group, 2, 2, [alert]);
  await report(group, 3, 0);
  expect(await incident(id)).toMatchObject({ status: 'resolved', hidden_alerts: 0 });
});

test('an end and a concurrent complete delivery resolve the incident exactly once', async () => {
  for (let n = 0; n < 5; n++) {
    const { alert, id, group } = await opened();
    await report(group, 1, 3, [alert]);
    await Promise.all([end(alert), report(group, 2, 0)]);
    const { status, timeline } = await incident(id);
    expect(status).toBe('resolved');
    expect(timeline.filter(({ event_type }) => event_type === 'resolved')).toHaveLength(1);
  }
});

test('alerts without an incident are returned, so that the group is reported again', async () => {
  const unknown = randomUUID();
  expect(await report(groupOf(), 1, 1, [unknown])).toEqual({ unknown: [unknown] });
});

test('groups without withheld alerts are deleted after a week', async () => {
  const { group } = await opened();
  await report(group, 1, 0);
  harness.clock.advance(days(8));
  await enqueue(harness.db, harness.clock.now(), [{ kind: 'retention', payload: {} }]);
  await harness.drain();
  expect(await harness.db('alert_groups').where({ source: group.source })).toEqual([]);
});
