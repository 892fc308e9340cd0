import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { incidentActions, incidentSuite } from '../../testing/incidentSuite';
import { alertOf, factsOf, openedBy, timelineOf } from '../../testing/incidents';

const harness = incidentSuite({ every: 'test' });
const { incident, attach, endAlerts, setStatus } = incidentActions(harness);
const now = () => harness.clock.now().toISOString();

async function opened(n = 1) {
  const alerts = Array.from({ length: n }, () => alertOf({ service: 'checkout' }));
  const id = await openedBy(harness, alerts[0]);
  if (n > 1) await attach(...alerts.slice(1));
  return { id, alerts };
}
const sourceEnds = (alerts: { id: string }[]) => endAlerts(...alerts.map(({ id }) => id));

test('an alert of an incident that a person resolved still fires, and shows who resolved it and when', async () => {
  const { id, alerts } = await opened(2);
  await sourceEnds(alerts.slice(1));
  harness.clock.advance(minutes(1));
  await setStatus(id, 'resolved');
  const read = await incident(id);
  expect(read).toMatchObject({ alerts_total: 2, alerts_firing: 1 });
  expect(read.alerts.find((alert) => alert.id === alerts[0]!.id)).toMatchObject({
    firing: true,
    ended_at: null,
    incident_state: { status: 'resolved', resolved_by: 'maria', resolved_at: now() },
  });
  expect(read.alerts.find((alert) => alert.id === alerts[1]!.id)).toMatchObject({
    firing: false,
    incident_state: null,
  });
});

test('if its source ends the alert later, it shows that time, and an event updates the page', async () => {
  const { id, alerts } = await opened();
  await setStatus(id, 'resolved');
  const before = (await factsOf(harness, id)).length;
  harness.clock.advance(minutes(5));
  await sourceEnds(alerts);
  expect(await incident(id)).toMatchObject({
    status: 'resolved',
    alerts_firing: 0,
    alerts: [{ firing: false, ended_at: now(), incident_state: null }],
  });
  expect((await timelineOf(harness, id)).at(-1)).toBe('alert_resolved');
  expect((await factsOf(harness, id)).slice(before)).toMatchObject([
    { kind: 'alerts_resolved', data: { incidents: [id] } },
  ]);
  harness.clock.advance(minutes(1));
  const [once] = (await incident(id)).alerts;
  await sourceEnds(alerts);
  expect((await incident(id)).alerts).toEqual([once]);
});

test('an incident that its source resolved has no firing alert', async () => {
  const { id, alerts } = await opened();
  await sourceEnds(alerts);
  expect(await incident(id)).toMatchObject({
    status: 'resolved',
    alerts_firing: 0,
    alerts: [{ firing: false, ended_at: now(), incident_state: null }],
  });
});

test('an alert of a reopened incident fires as in any open one', async () => {
  const { id } = await opened();
  await setStatus(id, 'resolved');
  await harness.port.reopen({ id }, someone());
  expect(await incident(id)).toMatchObject({
    alerts_firing: 1,
    alerts: [{ firing: true, ended_at: null, incident_state: null }],
  });
});
