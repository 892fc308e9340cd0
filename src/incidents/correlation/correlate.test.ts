import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { minutes } from '../../kernel/clock';
import type { Port } from '../../kernel/ports/contract';
import type { OncallContract } from '../../oncall/contract';
import { appOf, someone } from '../../testing/http';
import { incidentActions, incidentSuite } from '../../testing/incidentSuite';
import {
  alertOf,
  factsOf,
  JANE,
  JOE,
  machine,
  openedBy,
  someLockWaits,
  timelineOf,
  told,
} from '../../testing/incidents';
import { incidentsContract } from '../contract';

const harness = incidentSuite({ every: 'file' });
const { incident, attach, setStatus } = incidentActions(harness);

test('an alert without an incident opens one, assigned to the primary of its service', async () => {
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
  expect(await timelineOf(harness, result!.incident_id)).toEqual(['created', 'assigned', 'alert_correlated']);
});

test('the title has 120 characters of the message and never cuts a surrogate pair', async () => {
  const [result] = await attach(alertOf({ message: `${'a'.repeat(119)}🔥🔥` }));
  const { title } = await incident(result!.incident_id);
  expect(title.endsWith(`${'a'.repeat(119)}🔥`)).toBe(true);
});

test('another alert of the same service and severity joins the incident', async () => {
  const first = alertOf();
  const id = await openedBy(harness, first);
  const [second] = await attach(alertOf({ service: first.service, message: 'Disk is full' }));
  expect(second).toMatchObject({ incident_id: id, result: 'existing_incident' });
  expect(await incident(id)).toMatchObject({ alert_count: 2, alerts_total: 2 });
});

test('an alert of another severity of the same service opens another incident', async () => {
  const first = alertOf();
  const id = await openedBy(harness, first);
  const [other] = await attach(alertOf({ service: first.service, severity: 'low' }));
  expect(other).toMatchObject({ result: 'new_incident' });
  expect(other!.incident_id).not.toBe(id);
});

test('twenty concurrent alerts of one key open exactly one incident, and one result is new_incident', async () => {
  const { service } = alertOf();
  const answers = await Promise.all(Array.from({ length: 20 }, () => attach(alertOf({ service }))));
  const results = answers.flat();
  expect(new Set(results.map(({ incident_id }) => incident_id)).size).toBe(1);
  expect(results.filter(({ result }) => result === 'new_incident')).toHaveLength(1);
  expect(await incident(results[0]!.incident_id)).toMatchObject({ alert_count: 20, alerts_total: 20 });
});

test('the same alert attached twenty times concurrently counts once', async () => {
  const alert = alertOf();
  const answers = await Promise.all(Array.from({ length: 20 }, () => attach(alert)));
  const results = answers.flat();
  expect(results.filter(({ result }) => result === 'new_incident')).toHaveLength(1);
  expect(await incident(results[0]!.incident_id)).toMatchObject({ alert_count: 1, alerts_total: 1 });
});

test('concurrent batches with the same keys in another order do not deadlock', async () => {
  const services = Array.from({ length: 12 }, () => alertOf().service);
  const batch = (order: string[]) => attach(...order.map((service) => alertOf({ service })));
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => batch(n % 2 ? services : [...services].reverse())),
  );
  const results = answers.flat();
  expect(results.filter(({ result }) => result === 'new_incident')).toHaveLength(12);
  expect(new Set(results.map(({ incident_id }) => incident_id)).size).toBe(12);
});

test('an alert whose incident is locked by a stuck transaction does not delay alerts of other keys', async () => {
  const [stuck, free] = [alertOf(), alertOf()];
  const [stuckIn, freeIn] = [await openedBy(harness, stuck), await openedBy(harness, free)];
  const held = await harness.db.transaction();
  await held('correlation_slots').where({ incident_id: stuckIn }).forUpdate();
  await held('incidents').where({ id: stuckIn }).forUpdate();
  const waits = attach(alertOf({ service: stuck.service }));
  await someLockWaits(harness);
  expect(await attach(alertOf({ service: free.service }))).toMatchObject([{ incident_id: freeIn }]);
  await held.commit();
  expect(await waits).toMatchObject([{ incident_id: stuckIn }]);
});

test('a batch that contains an alert twice counts it once and reports it as new once', async () => {
  const alert = alertOf();
  const results = await attach(alert, alert);
  expect(results.map(({ result }) => result)).toEqual(['new_incident', 'existing_incident']);
  expect(await incident(results[0]!.incident_id)).toMatchObject({ alert_count: 1 });
});

test('a repeat of an attached alert adds no count and no entry', async () => {
  const alert = alertOf();
  const id = await openedBy(harness, alert);
  expect(await attach(alert)).toEqual([{ alert_id: alert.id, incident_id: id, result: 'existing_incident' }]);
  expect(await incident(id)).toMatchObject({ alert_count: 1 });
  expect(await timelineOf(harness, id)).toHaveLength(3);
});

test('the window starts at the last alert, not at the opening', async () => {
  const { service } = alertOf();
  const id = await openedBy(harness, alertOf({ service }));
  for (let n = 0; n < 3; n++) {
    harness.clock.advance(minutes(4));
    expect(await openedBy(harness, alertOf({ service }))).toBe(id);
  }
});

test('alerts in quick succession extend the window', async () => {
  const { service } = alertOf();
  const id = await openedBy(harness, alertOf({ service }));
  for (let n = 0; n < 10; n++) {
    harness.clock.advance(100);
    expect(await openedBy(harness, alertOf({ service }))).toBe(id);
  }
  harness.clock.advance(minutes(5) - 300);
  expect(await openedBy(harness, alertOf({ service }))).toBe(id);
});

test('a repeat extends the window', async () => {
  const alert = alertOf();
  const id = await openedBy(harness, alert);
  harness.clock.advance(minutes(4));
  await attach(alert);
  harness.clock.advance(minutes(4));
  expect(await openedBy(harness, alertOf({ service: alert.service }))).toBe(id);
});

test('a repeat after the window still belongs to its incident and starts a new window', async () => {
  const alert = alertOf();
  const id = await openedBy(harness, alert);
  harness.clock.advance(minutes(30));
  const results = await attach(alert, alertOf({ service: alert.service }));
  expect(results.map(({ incident_id }) => incident_id)).toEqual([id, id]);
});

test('a repeat does not extend the window of a newer incident of the same key', async () => {
  const old = alertOf();
  const first = await openedBy(harness, old);
  harness.clock.advance(minutes(6));
  const second = await openedBy(harness, alertOf({ service: old.service }));
  expect(second).not.toBe(first);
  harness.clock.advance(minutes(4));
  await attach(old);
  harness.clock.advance(minutes(2));
  expect(await openedBy(harness, alertOf({ service: old.service }))).not.toBe(second);
});

test('when the window is over, the next alert opens another incident', async () => {
  const { service } = alertOf();
  const id = await openedBy(harness, alertOf({ service }));
  harness.clock.advance(minutes(5));
  const [next] = await attach(alertOf({ service }));
  expect(next).toMatchObject({ result: 'new_incident' });
  expect(next!.incident_id).not.toBe(id);
});

test('an alert of a resolved incident gets the result ended, and a new alert opens a new incident', async () => {
  const alert = alertOf();
  const id = await openedBy(harness, alert);
  await setStatus(id, 'resolved');
  const results = await attach(alert, alertOf({ service: alert.service }));
  expect(results).toMatchObject([{ incident_id: id, result: 'ended' }, { result: 'new_incident' }]);
});

test('an acknowledged incident still takes alerts', async () => {
  const { service } = alertOf();
  const id = await openedBy(harness, alertOf({ service }));
  await setStatus(id, 'acknowledged');
  expect(await openedBy(harness, alertOf({ service }))).toBe(id);
});

test('alerts that race with a resolution join the resolved incident or one new incident', async () => {
  for (let round = 0; round < 8; round++) {
    const { service } = alertOf();
    const id = await openedBy(harness, alertOf({ service }));
    const racing = Array.from({ length: 6 }, () => attach(alertOf({ service })));
    const [answers] = await Promise.all([Promise.all(racing), setStatus(id, 'resolved')]);
    const joined = answers.flat().filter(({ incident_id }) => incident_id === id);
    const { alerts, alert_count, status } = await incident(id);
    expect(status).toBe('resolved');
    expect(alert_count).toBe(joined.length + 1);
    expect(alerts.every(({ incident_state }) => incident_state?.status === 'resolved')).toBe(true);
    const opened = new Set(answers.flat().map(({ incident_id }) => incident_id));
    opened.delete(id);
    expect(opened.size).toBeLessThanOrEqual(1);
    for (const other of opened) expect(await incident(other)).toMatchObject({ status: 'open' });
  }
});

test('a slot of a resolved incident is given to a new incident', async () => {
  const { service } = alertOf();
  const id = await openedBy(harness, alertOf({ service }));
  await setStatus(id, 'resolved');
  await harness.db('correlation_slots').insert({
    service,
    severity: 'high',
    incident_id: id,
    last_alert_at: harness.clock.now(),
  });
  const [result] = await attach(alertOf({ service }));
  expect(result).toMatchObject({ result: 'new_incident' });
});

test('an incident opens while oncall does not answer, and the first step assigns it', async () => {
  harness.below.away = true;
  const id = await openedBy(harness);
  expect(await incident(id)).toMatchObject({ assigned_to: null, team: null });
  await harness.drain();
  harness.below.away = false;
  await harness.later(minutes(1));
  expect(await incident(id)).toMatchObject({ assigned_to: JANE.name, assignee_email: JANE.email, team: 'payments' });
  expect(await timelineOf(harness, id)).toEqual(['created', 'alert_correlated', 'assigned', 'paged']);
});

test('if oncall did not answer, the first step assigns the primary, even if the policy pages another person first', async () => {
  harness.below.away = true;
  const id = await openedBy(harness);
  await harness.drain();
  const { steps } = harness.below;
  Object.assign(harness.below, { away: false, steps: [[told(JOE, 'person')]] });
  await harness.later(minutes(1));
  harness.below.steps = steps;
  expect(await incident(id)).toMatchObject({ assigned_to: JANE.name, assignee_email: JANE.email, team: 'payments' });
});

test('an oncall that hangs delays a new incident by half a second at most', async () => {
  const oncall = { responders: () => new Promise(() => {}) } as unknown as Port<OncallContract>;
  const hanging = harness.again({ oncall });
  const began = performance.now();
  const { results } = await hanging.port.attach({ alerts: [alertOf()] }, machine());
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(await incident(results[0]!.incident_id)).toMatchObject({ assigned_to: null });
});

test('oncall is called once for a batch, and not at all if the incidents are open', async () => {
  const services = [alertOf().service, alertOf().service];
  const before = harness.below.asked.responders;
  await attach(...services.map((service) => alertOf({ service })));
  expect(harness.below.asked.responders).toBe(before + 1);
  await attach(...services.map((service) => alertOf({ service })));
  expect(harness.below.asked.responders).toBe(before + 1);
});

test('a call takes a thousand alerts; over HTTP one more is refused with the name of the field', async () => {
  const { service } = alertOf();
  const results = await attach(...Array.from({ length: 1000 }, () => alertOf({ service })));
  expect(results.filter(({ result }) => result === 'new_incident')).toHaveLength(1);
  const { alerts, alerts_total, alert_count } = await incident(results[0]!.incident_id);
  expect([alerts.length, alerts_total, alert_count]).toEqual([200, 1000, 1000]);
  const refused = await request(appOf(incidentsContract, harness.port, machine()))
    .post('/internal/incidents/attach')
    .send({ alerts: Array.from({ length: 1001 }, () => alertOf()) });
  expect([refused.status, refused.body.errors[0].path]).toEqual([422, 'alerts']);
});

test('the caller that attached an alert is the actor of its entries', async () => {
  const { results } = await harness.port.attach({ alerts: [alertOf()] }, machine('alertmanager-eu'));
  const { timeline } = await harness.port.timeline({ id: results[0]!.incident_id }, someone());
  expect(new Set(timeline.map(({ actor }) => actor))).toEqual(new Set(['alertmanager-eu']));
});

test('an alert linked by hand counts once, and not at all if it is attached already', async () => {
  const alert = alertOf();
  const id = await openedBy(harness, alert);
  const link = (alert_id: string) => harness.port.linkAlert({ id, alert_id, fingerprint: 'abc' }, machine());
  expect(await link('from-elsewhere')).toEqual({ status: 'linked', incident_id: id, alert_id: 'from-elsewhere' });
  await link('from-elsewhere');
  await link(alert.id);
  expect(await incident(id)).toMatchObject({ alert_count: 2 });
  expect((await timelineOf(harness, id)).filter((type) => type === 'alert_correlated')).toHaveLength(2);
});

test('an alert cannot be linked to an incident that does not exist', async () => {
  await expect(harness.port.linkAlert({ id: randomUUID() }, machine())).rejects.toMatchObject({ kind: 'not-found' });
});

test('find-open returns the incident that an alert would join, until the window ends or it is resolved', async () => {
  const { service } = alertOf();
  const id = await openedBy(harness, alertOf({ service }));
  const open = (window_minutes?: number) =>
    harness.port.findOpen({ service, severity: 'high', ...(window_minutes && { window_minutes }) }, someone());
  expect(await open()).toEqual({ incident_id: id });
  harness.clock.advance(minutes(6));
  expect(await open()).toEqual({ incident_id: null });
  expect(await open(10)).toEqual({ incident_id: id });
  await setStatus(id, 'resolved');
  expect(await open(10)).toEqual({ incident_id: null });
});

test('a whole batch of correlated alerts writes one event', async () => {
  const { service } = alertOf();
  const id = await openedBy(harness, alertOf({ service }));
  await attach(...Array.from({ length: 30 }, () => alertOf({ service })));
  expect(await factsOf(harness, id)).toMatchObject([
    { kind: 'incident_created' },
    { kind: 'alerts_correlated', actor: 'prometheus', data: { incidents: [{ incident_id: id, alerts: 30 }] } },
  ]);
});

test('a repeat that waited for its slot while its incident was resolved gets the result ended', async () => {
  const alert = alertOf();
  const id = await openedBy(harness, alert);
  const other = await harness.db.transaction();
  await other('correlation_slots').where({ service: alert.service }).forUpdate();
  const repeated = attach(alert);
  await someLockWaits(harness);
  await other('alert_links').where({ alert_id: alert.id }).update({ firing: false, ended_at: harness.clock.now() });
  await other.commit();
  expect(await repeated).toEqual([{ alert_id: alert.id, incident_id: id, result: 'ended' }]);
});

test.each([
  ['an alert', 'alert_correlated', (service: string) => attach(alertOf({ service }))],
  ['a change', 'resolved', (_: string, id: string) => setStatus(id, 'resolved')],
])('%s that waited for another transaction follows it in the timeline', async (_, kind, act) => {
  const { service } = alertOf();
  const id = await openedBy(harness, alertOf({ service }));
  const other = await harness.db.transaction();
  await other('correlation_slots').where({ service }).forUpdate();
  await other('incidents').where({ id }).forUpdate();
  const acting = act(service, id);
  await someLockWaits(harness);
  harness.clock.advance(minutes(1));
  await other('incident_timeline').insert({
    incident_id: id,
    event_type: 'note_added',
    created_at: harness.clock.now(),
  });
  await other.commit();
  await acting;
  const { timeline } = await incident(id);
  expect(timeline.map(({ event_type }) => event_type).slice(-2)).toEqual(['note_added', kind]);
});

test('the first step does not replace a person who was assigned by hand meanwhile', async () => {
  harness.below.away = true;
  const id = await openedBy(harness);
  await harness.drain();
  harness.below.away = false;
  await harness.port.update({ id, assigned_to: 'Joe Doe' }, someone());
  await harness.later(minutes(1));
  expect(await timelineOf(harness, id)).toContain('paged');
  expect(await incident(id)).toMatchObject({ assigned_to: 'Joe Doe', team: 'payments' });
});
