import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { minutes } from '../../kernel/clock';
import type { Severity } from '../../kernel/ports/values';
import { appOf, someone } from '../../testing/http';
import { incidentActions, incidentSuite } from '../../testing/incidentSuite';
import { alertOf, JANE, JOE, machine, openedBy, timelineOf, told } from '../../testing/incidents';
import { type AlertRouting, incidentsContract } from '../contract';

const harness = incidentSuite({ every: 'file' });
const { incident, attach, setStatus, detailsOf } = incidentActions(harness);
beforeEach(() => {
  Object.assign(harness.below, { teams: { web: JOE }, owners: {}, ackTimeout: null });
});
afterEach(() => harness.drain());

const keyOf = () => `KEY:${randomUUID()}`;
const routing = (over: Partial<AlertRouting> = {}): AlertRouting => ({
  ...{ team: null, policy: null, by: null, key: keyOf(), by_severity: false, per_owner: false },
  ...{ window_minutes: null, not_paged_by: null, room: null },
  ...over,
});
const quiet = (over: Partial<AlertRouting> = {}) => routing({ not_paged_by: 'Staging is quiet', ...over });
const to = (route: Partial<AlertRouting>) =>
  routing({ ...{ by: { kind: 'rule', name: 'Web gets it' }, by_severity: true }, ...route });
const of = (given: AlertRouting, severity: Severity = 'high') => alertOf({ routing: given, severity });
const pagesOf = (id: string) => harness.below.pages.filter(({ incident_id }) => incident_id === id);
const stepsOf = (id: string) => harness.below.asked.takeStep.filter(({ incident_id }) => incident_id === id);

describe('groups', () => {
  test('alerts of one key join one incident, whatever their services and severities', async () => {
    const route = routing();
    const id = await openedBy(harness, of(route));
    const results = await attach(of(route), of(route, 'low'), of(route, 'critical'));
    expect(results.map((each) => [each.incident_id, each.result])).toEqual(Array(3).fill([id, 'existing_incident']));
    expect(await incident(id)).toMatchObject({ alert_count: 4, severity: 'critical' });
  });

  test('concurrent alerts of one key open exactly one incident, with the highest severity', async () => {
    const route = routing();
    const severities = ['low', 'high', 'medium', 'critical'] as const;
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, n) => attach(of(route, severities[n % severities.length]))),
    );
    const results = answers.flat();
    expect(new Set(results.map(({ incident_id }) => incident_id)).size).toBe(1);
    expect(results.filter(({ result }) => result === 'new_incident')).toHaveLength(1);
    const id = results[0]!.incident_id;
    expect(await incident(id)).toMatchObject({ alert_count: 24, alerts_firing: 24, severity: 'critical' });
  });

  test('two processes that attach alerts of one key at once open one incident', async () => {
    const route = routing();
    const other = harness.again();
    const by = [harness.port, other.port];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => by[n % 2]!.attach({ alerts: [of(route)] }, machine())),
    );
    expect(new Set(answers.flatMap(({ results }) => results.map(({ incident_id }) => incident_id))).size).toBe(1);
  });

  test('a group and alerts without a route never share an incident', async () => {
    const route = routing();
    const id = await openedBy(harness, of(route));
    const { service } = (await incident(id)).alerts[0]!;
    const [plain] = await attach(alertOf({ service }));
    expect(plain).toMatchObject({ result: 'new_incident' });
  });

  test('a more severe alert that joins raises the severity once and pages at once if it becomes urgent', async () => {
    const route = routing();
    const id = await openedBy(harness, of(route, 'low'));
    await harness.drain();
    const before = stepsOf(id).length;
    await attach(of(route, 'critical'));
    await harness.drain();
    expect(await detailsOf(id, 'severity_changed')).toMatchObject([{ from: 'low', to: 'critical' }]);
    expect(stepsOf(id)).toHaveLength(before + 1);
    await attach(of(route, 'high'));
    expect(await incident(id)).toMatchObject({ severity: 'critical', title: expect.stringMatching(/^\[CRITICAL\]/) });
  });

  test('a repeat of an alert keeps the group of its first report', async () => {
    const alert = of(routing());
    const id = await openedBy(harness, alert);
    const again = { ...alert, routing: routing() };
    expect(await attach(again)).toMatchObject([{ incident_id: id, result: 'existing_incident' }]);
    expect(await attach(of(again.routing))).toMatchObject([{ result: 'new_incident' }]);
  });

  test('the window of a rule counts instead of the usual one', async () => {
    const [long, short] = [routing({ window_minutes: 60 }), routing({ window_minutes: 2 })];
    const [kept, left] = [await openedBy(harness, of(long)), await openedBy(harness, of(short))];
    harness.clock.advance(minutes(4));
    expect(await attach(of(long))).toMatchObject([{ incident_id: kept }]);
    const [next] = await attach(of(short));
    expect(next).toMatchObject({ result: 'new_incident' });
    expect(next!.incident_id).not.toBe(left);
  });

  test('a raised incident takes the slot of the higher severity only if no unresolved incident holds it', async () => {
    const route = to({ team: 'web' });
    const low = of(route, 'low');
    const id = await openedBy(harness, low);
    const critical = await openedBy(harness, of(route, 'critical'));
    harness.clock.advance(minutes(6));
    const raised = { ...low, revision: 1, raised: { revision: 1, to: 'critical' as const } };
    await attach(raised);
    expect(await incident(id)).toMatchObject({ severity: 'critical' });
    const slots = await harness.db('correlation_slots').where({ service: route.key }).orderBy('severity');
    expect(slots.map(({ severity, incident_id }) => [severity, incident_id])).toEqual([
      ['critical', critical],
      ['low', id],
    ]);
    await setStatus(critical, 'resolved');
    await attach(raised);
    expect(await attach(of(route, 'critical'))).toMatchObject([{ incident_id: id }]);
    expect(await attach(of(route, 'low'))).toMatchObject([{ incident_id: id }]);
    expect(await incident(id)).toMatchObject({ alert_count: 3, alerts_firing: 3 });
  });

  test('alerts of both slots of a raised incident are all counted', async () => {
    const route = to({ team: 'web' });
    const low = of(route, 'low');
    const id = await openedBy(harness, low);
    await attach({ ...low, revision: 1, raised: { revision: 1, to: 'critical' as const } });
    await attach(of(route, 'low'), of(route, 'critical'), of(route, 'critical'));
    expect(await incident(id)).toMatchObject({ alert_count: 4, alerts_firing: 4 });
  });

  test('without a team, services with different owners have incidents of their own', async () => {
    const route = routing({ per_owner: true });
    const alerts = [of(route), of(route), of(route)];
    harness.below.owners = { [alerts[2]!.service]: 'other' };
    const [first, second, third] = await attach(...alerts);
    expect(second!.incident_id).toBe(first!.incident_id);
    expect(third!.incident_id).not.toBe(first!.incident_id);
    expect(await attach(...alerts)).toMatchObject(
      [first, second, third].map((each) => ({ incident_id: each!.incident_id })),
    );
  });

  test('while oncall is away, each service has incidents of its own', async () => {
    const route = routing({ per_owner: true });
    harness.below.away = true;
    const [first, second] = await attach(of(route), of(route));
    harness.below.away = false;
    expect(first!.incident_id).not.toBe(second!.incident_id);
  });

  test('a reopened incident takes the slot of its group again', async () => {
    const route = routing();
    const id = await openedBy(harness, of(route));
    await setStatus(id, 'resolved');
    await harness.port.reopen({ id }, someone());
    expect(await attach(of(route))).toMatchObject([{ incident_id: id, result: 'existing_incident' }]);
  });
});

describe('teams and policies', () => {
  test('an incident stores its team and policy, and every step uses them', async () => {
    const id = await openedBy(harness, of(to({ team: 'web', policy: 'database' })));
    const route = { team: 'web', policy: 'database' };
    expect(await incident(id)).toMatchObject({
      ...{ team: 'web', assigned_to: JOE.name, routing: { ...route, by: { kind: 'rule', name: 'Web gets it' } } },
    });
    expect(await detailsOf(id, 'created')).toMatchObject([{ route }]);
    await harness.drain();
    await harness.later(minutes(6));
    expect(stepsOf(id).map((step) => step.route)).toEqual([route, route]);
    await setStatus(id, 'acknowledged');
    await harness.drain();
    expect(harness.below.asked.ackTimeout.at(-1)).toMatchObject({ team: 'web', policy: 'database' });
    await setStatus(id, 'resolved');
    await harness.port.reopen({ id }, machine());
    await harness.drain();
    expect(stepsOf(id).at(-1)).toMatchObject({ step: 1, route });
    await harness.port.fuses({ incidents: id }, someone());
    expect(harness.below.asked.foreseeStep.at(-1)).toMatchObject({ route });
    await harness.port.escalateIncident({ id }, someone());
    expect(stepsOf(id).at(-1)).toMatchObject({ route });
  });

  test('an incident without a route asks oncall as before', async () => {
    const id = await openedBy(harness);
    await harness.drain();
    expect(stepsOf(id)[0]).not.toHaveProperty('route');
    expect(await incident(id)).toMatchObject({ routing: null, not_paged_by: null });
  });

  test('a team that does not exist leaves the owner of the service, and the timeline says so', async () => {
    const id = await openedBy(harness, of(to({ team: 'gone' })));
    expect(await incident(id)).toMatchObject({ team: 'payments', assigned_to: JANE.name, routing: { team: 'gone' } });
    harness.below.missing = ['team'];
    await harness.drain();
    harness.below.missing = [];
    expect(await detailsOf(id, 'paged')).toMatchObject([{ missing_team: 'gone', told: [{ name: JANE.name }] }]);
  });

  test('an exhausted policy is compared with the policy of its route before it runs again', async () => {
    const { steps } = harness.below;
    harness.below.steps = [[]];
    const id = await openedBy(harness, of(to({ team: 'web', policy: 'database' })));
    await harness.drain();
    harness.below.steps = [[told(JOE, 'primary')]];
    harness.below.asked.foreseeStep.length = 0;
    harness.below.oncallEvents.push('policy_set');
    await harness.drain();
    harness.below.steps = steps;
    const asked = harness.below.asked.foreseeStep.filter(({ route }) => route?.policy === 'database');
    expect(asked.length).toBeGreaterThan(0);
    expect(pagesOf(id).map(({ name }) => name)).toEqual([JOE.name]);
  });
});

describe('incidents that page no one', () => {
  test('opens without a page, and its timeline names the rule', async () => {
    const id = await openedBy(harness, of(quiet()));
    await harness.later(minutes(30));
    expect(await incident(id)).toMatchObject({
      ...{ status: 'open', reach: 'not_paged', not_paged_by: 'Staging is quiet', assigned_to: null, team: 'payments' },
    });
    expect(await detailsOf(id, 'created')).toMatchObject([{ not_paged_by: 'Staging is quiet' }]);
    expect(stepsOf(id)).toEqual([]);
  });

  test('takes further quiet alerts, also more severe ones, without a page', async () => {
    const route = quiet();
    const id = await openedBy(harness, of(route, 'low'));
    expect(await attach(of(route, 'low'), of(route, 'critical'))).toMatchObject([
      { incident_id: id },
      { incident_id: id },
    ]);
    await harness.later(minutes(30));
    expect(await incident(id)).toMatchObject({ severity: 'critical', alert_count: 3, reach: 'not_paged' });
    expect(stepsOf(id)).toEqual([]);
  });

  test.each(['critical', 'high', 'low'] as const)('pages when a %s alert joins that pages', async (severity) => {
    const route = quiet();
    const id = await openedBy(harness, of(route));
    await attach(of({ ...route, not_paged_by: null }, severity));
    await harness.drain();
    expect(stepsOf(id)).toMatchObject([{ step: 1, announce: true }]);
    expect(await incident(id)).toMatchObject({ not_paged_by: null, reach: 'reached', assigned_to: JANE.name });
    expect(await detailsOf(id, 'paging_started')).toMatchObject([{ not_paged_by: 'Staging is quiet' }]);
  });

  test('an alert without a route that joins it pages', async () => {
    const first = alertOf({ routing: quiet({ key: null, by_severity: true }) });
    const id = await openedBy(harness, first);
    expect(await attach(alertOf({ service: first.service }))).toMatchObject([{ incident_id: id }]);
    await harness.drain();
    expect(stepsOf(id)).toHaveLength(1);
  });

  test('concurrent alerts that page make it page once', async () => {
    const route = quiet();
    const id = await openedBy(harness, of(route));
    await Promise.all(Array.from({ length: 10 }, () => attach(of({ ...route, not_paged_by: null }))));
    await harness.drain();
    expect(stepsOf(id)).toHaveLength(1);
    expect(await incident(id)).toMatchObject({ alert_count: 11, alerts_firing: 11 });
  });

  test('a person who works on it is paged once when an alert that pages joins', async () => {
    const route = quiet();
    const id = await openedBy(harness, of(route));
    await harness.port.update({ id, status: 'acknowledged', assigned_to: JOE.name }, someone());
    await harness.drain();
    const before = pagesOf(id).length;
    await attach(of({ ...route, not_paged_by: null }));
    await harness.drain();
    expect(
      pagesOf(id)
        .slice(before)
        .map(({ name }) => name),
    ).toEqual([JOE.email]);
    expect(await incident(id)).toMatchObject({ status: 'acknowledged', not_paged_by: null });
  });

  test('stays quiet when it is reopened, when its snooze ends, and when an acknowledgement times out', async () => {
    harness.below.ackTimeout = 10;
    const id = await openedBy(harness, of(quiet()));
    await harness.port.snooze({ id, minutes: 5 }, someone());
    await harness.later(minutes(6));
    expect(await incident(id)).toMatchObject({ snoozed_until: null });
    await setStatus(id, 'acknowledged');
    await harness.later(minutes(30));
    await harness.port.unacknowledge({ id }, someone());
    await setStatus(id, 'resolved');
    await harness.port.reopen({ id }, someone());
    await harness.later(minutes(30));
    expect(stepsOf(id)).toEqual([]);
    expect(await timelineOf(harness, id)).toContain('snooze_ended');
  });

  test('a rise of an alert that pages no one pages no one', async () => {
    const alert = of(quiet({ by_severity: true }), 'low');
    const id = await openedBy(harness, alert);
    await attach({ ...alert, revision: 1, raised: { revision: 1, to: 'critical' as const } });
    await harness.later(minutes(10));
    expect(await incident(id)).toMatchObject({ severity: 'critical' });
    expect(stepsOf(id)).toEqual([]);
  });

  test('a rise that its rule does not match any more pages at once', async () => {
    const alert = of(quiet(), 'low');
    const id = await openedBy(harness, alert);
    const routing = { ...alert.routing, not_paged_by: null } as never;
    await attach({ ...alert, routing, revision: 1, raised: { revision: 1, to: 'critical' as const } });
    await harness.drain();
    expect(await incident(id)).toMatchObject({ severity: 'critical', not_paged_by: null });
    expect(stepsOf(id)).toHaveLength(1);
  });

  test('a person can page for it by hand', async () => {
    const id = await openedBy(harness, of(quiet()));
    await harness.port.escalateIncident({ id }, someone());
    expect(stepsOf(id)).toHaveLength(1);
  });
});

test('the room of a rule is notified once, also of an incident that pages no one', async () => {
  const route = quiet({ room: 'slack:#ops' });
  const id = await openedBy(harness, of(route));
  await attach(of(route));
  await harness.drain();
  const sent = harness.below.asked.tell.filter(({ incident_id }) => incident_id === id);
  expect(sent).toMatchObject([{ to: [{ kind: 'room', address: 'slack:#ops' }] }]);
  expect(await detailsOf(id, 'room_notified')).toMatchObject([{ room: 'slack:#ops', told: [{ role: 'room' }] }]);
});

test('over HTTP an alert has the same routing as in one process', async () => {
  const route = to({ team: 'web', policy: 'database', window_minutes: 60, room: 'slack:#ops' });
  const alert = of(route);
  const app = appOf(incidentsContract, harness.port, machine());
  const { body } = await request(app)
    .post('/internal/incidents/attach')
    .send({ alerts: [alert] })
    .expect(200);
  const id = body.results[0].incident_id;
  expect(await incident(id)).toMatchObject({ team: 'web', routing: { team: 'web', policy: 'database', by: route.by } });
  const refused = { ...alert, routing: { ...route, window_minutes: 0 } };
  const { status } = await request(app)
    .post('/internal/incidents/attach')
    .send({ alerts: [refused] });
  expect(status).toBe(422);
});
