import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { incidentActions, incidentSuite } from '../../testing/incidentSuite';
import { alertOf, openedBy } from '../../testing/incidents';
import type { AlertRouting } from '../contract';

const harness = incidentSuite({ every: 'file' });
const { setStatus } = incidentActions(harness);

const ROUTING: AlertRouting = {
  ...{ team: null, policy: null, by: null, key: null, by_severity: true, per_owner: false },
  ...{ window_minutes: null, not_paged_by: null, room: null },
};
async function foresee(over: { service: string; routing?: AlertRouting | undefined; incident_id?: string }) {
  const alerts = [{ severity: 'critical' as const, incident_id: null, ...over }];
  return (await harness.port.foreseeAttach({ alerts }, someone())).results[0];
}

test('a report joins the unresolved incident of its slot, and nothing changes', async () => {
  const alert = alertOf({ severity: 'critical' });
  expect(await foresee(alert)).toEqual({ incident_id: null, team: 'payments', policy: 'payments' });
  const id = await openedBy(harness, alert);
  const before = await harness.db('correlation_slots').where({ incident_id: id });
  expect(await foresee(alert)).toEqual({ incident_id: id, team: 'payments', policy: 'payments' });
  expect(await harness.db('correlation_slots').where({ incident_id: id })).toEqual(before);
});

test('after the window, and after the incident is resolved, a report opens a new incident', async () => {
  const [late, resolved] = [alertOf({ severity: 'critical' }), alertOf({ severity: 'critical' })];
  await openedBy(harness, late);
  harness.clock.advance(minutes(6));
  expect(await foresee(late)).toMatchObject({ incident_id: null });
  expect(await foresee({ ...late, routing: { ...ROUTING, window_minutes: 10 } })).toMatchObject({
    incident_id: expect.any(String),
  });
  await setStatus(await openedBy(harness, resolved), 'resolved');
  expect(await foresee(resolved)).toMatchObject({ incident_id: null });
});

test('an alert that fires already keeps its incident, whatever the window', async () => {
  const alert = alertOf({ severity: 'critical' });
  const incident_id = await openedBy(harness, alert);
  harness.clock.advance(minutes(60));
  expect(await foresee({ service: 'another', incident_id })).toMatchObject({ incident_id });
});

test('a route names group, policy, and that no one is paged', async () => {
  const group = { ...ROUTING, key: 'KEY:group', by_severity: false };
  const alert = alertOf({ severity: 'low', routing: group });
  const id = await openedBy(harness, alert);
  expect(await foresee({ service: 'another', routing: group })).toMatchObject({ incident_id: id });
  const routing = { ...ROUTING, key: 'KEY:own', policy: 'search' };
  expect(await foresee({ service: 'x', routing })).toMatchObject({ incident_id: null, policy: 'search' });
  const quiet = { ...ROUTING, not_paged_by: 'Quiet nights' };
  expect(await foresee({ service: 'x', routing: quiet })).toMatchObject({ incident_id: null, policy: null });
});
