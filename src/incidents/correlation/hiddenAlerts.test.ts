import { randomUUID } from 'node:crypto';
import { days } from '../../kernel/clock';
import { enqueue } from '../../kernel/jobs/jobs';
import { someone } from '../../testing/http';
import { alertOf, type IncidentsHarness, incidentsHarness, machine, openedBy } from '../../testing/incidents';

let house: IncidentsHarness;
beforeAll(async () => {
  house = await incidentsHarness();
});
afterAll(() => house.end());

const incident = (id: string) => house.port.get({ id }, someone());
const groupOf = (key = randomUUID()) => ({ source: randomUUID(), key });
type Group = ReturnType<typeof groupOf>;
const report = (group: Group, version: number, hidden: number, alerts: string[] = []) =>
  house.port.reportGroup({ ...group, version, hidden, alerts }, machine());
const end = (alert: string, group?: Group & { version: number; hidden: number }) =>
  house.port.alertsEnded(
    { alerts: [{ alert_id: alert, ended_at: house.clock.now().toISOString() }], ...(group && { group }) },
    machine(),
  );
const hiddenIn = async (id: string) =>
  (await incident(id)).timeline.flatMap(({ event_type, detail }) => (event_type === 'alerts_hidden' ? [detail] : []));

async function opened(): Promise<{ alert: string; id: string; group: Group }> {
  const alert = alertOf();
  return { alert: alert.id, id: await openedBy(house, alert), group: groupOf() };
}

test('an incident stays open while its source holds back alerts, and says so', async () => {
  const { alert, id, group } = await opened();
  await report(group, 1, 3, [alert]);
  expect(await incident(id)).toMatchObject({ hidden_alerts: 3 });
  const { results } = await end(alert, { ...group, version: 2, hidden: 2 });
  expect(results).toMatchObject([{ incident_id: id, incident_resolved: false }]);
  expect(await incident(id)).toMatchObject({ status: 'open', hidden_alerts: 2, alerts: [{ firing: false }] });
  expect(await hiddenIn(id)).toEqual([{ hidden: 3 }, { hidden: 2 }]);
});

test('the end of the shown alerts alone says that others are hidden', async () => {
  const { alert, id, group } = await opened();
  await end(alert, { ...group, version: 1, hidden: 1 });
  expect(await incident(id)).toMatchObject({ status: 'open', hidden_alerts: 1 });
});

test('a delivery that hides none, while none fires, resolves the incident', async () => {
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

test('a delivery that hides none leaves an incident open of which an alert fires', async () => {
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

test('a delivery that arrives behind a later one hides nothing', async () => {
  const { alert, id, group } = await opened();
  await report(group, 2, 0);
  await end(alert, { ...group, version: 1, hidden: 5 });
  expect(await incident(id)).toMatchObject({ status: 'resolved', hidden_alerts: 0 });
});

test('the same delivery reported again is noted once', async () => {
  const { alert, id, group } = await opened();
  await report(group, 1, 3, [alert]);
  await report(group, 1, 3, [alert]);
  expect(await hiddenIn(id)).toEqual([{ hidden: 3 }]);
});

test('a person resolves an incident of which alerts are hidden', async () => {
  const { alert, id, group } = await opened();
  await report(group, 1, 3, [alert]);
  await house.port.update({ id, status: 'resolved' }, someone());
  expect(await incident(id)).toMatchObject({ status: 'resolved', hidden_alerts: 0 });
  await report(group, 2, 2, [alert]);
  await report(group, 3, 0);
  expect(await incident(id)).toMatchObject({ status: 'resolved', hidden_alerts: 0 });
});

test('an end and a complete delivery at once resolve the incident exactly once', async () => {
  for (let n = 0; n < 5; n++) {
    const { alert, id, group } = await opened();
    await report(group, 1, 3, [alert]);
    await Promise.all([end(alert), report(group, 2, 0)]);
    const { status, timeline } = await incident(id);
    expect(status).toBe('resolved');
    expect(timeline.filter(({ event_type }) => event_type === 'resolved')).toHaveLength(1);
  }
});

test('alerts without an incident are named, so that the group is reported once more', async () => {
  const stranger = randomUUID();
  expect(await report(groupOf(), 1, 1, [stranger])).toEqual({ unknown: [stranger] });
});

test('groups without hidden alerts are forgotten after a week', async () => {
  const { group } = await opened();
  await report(group, 1, 0);
  house.clock.advance(days(8));
  await enqueue(house.db, house.clock.now(), [{ kind: 'retention', payload: {} }]);
  await house.settle();
  expect(await house.db('alert_groups').where({ source: group.source })).toEqual([]);
});
