import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import {
  alertOf,
  factsOf,
  type IncidentsHarness,
  incidentsHarness,
  machine,
  openedBy,
  timelineOf,
} from '../../testing/incidents';

let house: IncidentsHarness;
beforeEach(async () => {
  house = await incidentsHarness();
});
afterEach(() => house.end());

const incident = (id: string) => house.port.get({ id }, someone());
const now = () => house.clock.now().toISOString();
const resolve = (id: string) => house.port.update({ id, status: 'resolved' }, someone({ actor: 'maria' }));

async function opened(n = 1) {
  const alerts = Array.from({ length: n }, () => alertOf({ service: 'checkout' }));
  const id = await openedBy(house, alerts[0]);
  if (n > 1) await house.port.attach({ alerts: alerts.slice(1) }, machine());
  return { id, alerts };
}
const sourceEnds = (alerts: { id: string }[]) =>
  house.port.alertsEnded({ alerts: alerts.map(({ id }) => ({ alert_id: id, ended_at: now() })) }, machine());

test('an alert fires on after a person resolved its incident, and says by whom and when', async () => {
  const { id, alerts } = await opened(2);
  await sourceEnds(alerts.slice(1));
  house.clock.advance(minutes(1));
  await resolve(id);
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

test('when its source ends it later, the alert ended then, and the page of the incident is called', async () => {
  const { id, alerts } = await opened();
  await resolve(id);
  const before = (await factsOf(house, id)).length;
  house.clock.advance(minutes(5));
  await sourceEnds(alerts);
  expect(await incident(id)).toMatchObject({
    status: 'resolved',
    alerts_firing: 0,
    alerts: [{ firing: false, ended_at: now(), incident_state: null }],
  });
  expect((await timelineOf(house, id)).at(-1)).toBe('alert_resolved');
  expect((await factsOf(house, id)).slice(before)).toMatchObject([
    { kind: 'alerts_resolved', data: { incidents: [id] } },
  ]);
  house.clock.advance(minutes(1));
  const [once] = (await incident(id)).alerts;
  await sourceEnds(alerts);
  expect((await incident(id)).alerts).toEqual([once]);
});

test('an incident that its source resolved has no alert that fires', async () => {
  const { id, alerts } = await opened();
  await sourceEnds(alerts);
  expect(await incident(id)).toMatchObject({
    status: 'resolved',
    alerts_firing: 0,
    alerts: [{ firing: false, ended_at: now(), incident_state: null }],
  });
});

test('in a reopened incident the alert fires as in any open one', async () => {
  const { id } = await opened();
  await resolve(id);
  await house.port.reopen({ id }, someone());
  expect(await incident(id)).toMatchObject({
    alerts_firing: 1,
    alerts: [{ firing: true, ended_at: null, incident_state: null }],
  });
});
