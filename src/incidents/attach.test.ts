import { randomUUID } from 'node:crypto';
import { minutes } from '../kernel/clock';
import { someone } from '../testing/http';
import {
  alertOf,
  type IncidentsHouse,
  incidentsHouse,
  JANE,
  machine,
  openedBy,
  timelineOf,
} from '../testing/incidents';

let house: IncidentsHouse;
beforeAll(async () => {
  house = await incidentsHouse();
});
afterAll(() => house.end());

const attach = async (...alerts: ReturnType<typeof alertOf>[]) =>
  (await house.port.attach({ alerts }, machine())).results;
const incident = (id: string) => house.port.get({ id }, someone());

test('an alert that meets no incident opens one, assigned to the primary of its service', async () => {
  const alert = alertOf({ severity: 'critical' });
  const [result] = await attach(alert);
  expect(result).toEqual({ alert_id: alert.id, incident_id: expect.any(String), result: 'new_incident' });
  expect(await incident(result!.incident_id)).toMatchObject({
    title: `[CRITICAL] ${alert.service}: HTTP 5xx error rate > 10%`,
    status: 'open',
    assigned_to: JANE.name,
    assignee_email: JANE.email,
    team: 'payments',
    alert_count: 1,
    alerts_total: 1,
    alerts: [{ id: alert.id, incident_id: result!.incident_id, firing: true, ended_at: null, labels: alert.labels }],
  });
  expect(await timelineOf(house, result!.incident_id)).toEqual(['created', 'assigned', 'alert_correlated']);
});

test('twenty alerts of one key at once make exactly one incident, and one answer says so', async () => {
  const { service } = alertOf();
  const answers = await Promise.all(Array.from({ length: 20 }, () => attach(alertOf({ service }))));
  const results = answers.flat();
  expect(new Set(results.map(({ incident_id }) => incident_id)).size).toBe(1);
  expect(results.filter(({ result }) => result === 'new_incident')).toHaveLength(1);
  expect(await incident(results[0]!.incident_id)).toMatchObject({ alert_count: 20, alerts_total: 20 });
});

test('the same alert attached twenty times at once counts once', async () => {
  const alert = alertOf();
  const answers = await Promise.all(Array.from({ length: 20 }, () => attach(alert)));
  const results = answers.flat();
  expect(results.filter(({ result }) => result === 'new_incident')).toHaveLength(1);
  expect(await incident(results[0]!.incident_id)).toMatchObject({ alert_count: 1, alerts_total: 1 });
});
