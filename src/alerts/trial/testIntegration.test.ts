import request from 'supertest';
import { minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';

let harness: AlertsHarness;
let serial = 0;
const admin = someone({ actor: 'root', role: 'admin' });

beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(async () => {
  const { rules } = await harness.alerts.port.listRules({}, admin);
  for (const { id } of rules) await harness.alerts.port.deleteRule({ id }, admin);
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;
const rule = (when: string[], then: object) =>
  port().createRule({ name: `rule ${++serial}`, when, then } as never, admin);

async function integration(format = 'alertmanager', settings: object = {}) {
  const made = await port().createIntegration({ name: `tool ${++serial}`, format, ...settings } as never, admin);
  return {
    ...made,
    service: `shop-${serial}`,
    test: (payload: unknown, more: object = {}) =>
      port().testIntegration({ id: made.id, payload, ...more } as never, admin),
    send: (body: object) => request(harness.app()).post(new URL(made.url).pathname).send(body).expect(200),
  };
}
const item = (service: string, over: object = {}) => ({
  ...{ status: 'firing', fingerprint: 'f1', annotations: { summary: 'Cart fails' } },
  labels: { service, severity: 'critical' },
  ...over,
});
const stored = () =>
  Promise.all(
    ['alerts', 'alert_events', 'jobs', 'events', 'rejected_payloads', 'integrations', 'dropped_reports'].map((table) =>
      harness.database.db(table).orderByRaw('1'),
    ),
  );

test('a payload shows its events, decisions, and the incident, team and policy that each reaches', async () => {
  const { test: attempt, send, service } = await integration();
  await send({ alerts: [item(service, { fingerprint: 'other' })] });
  const { id, name } = await rule([`service="${service}"`, 'tier="2"'], { set: { severity: 'low' } });
  const { events, left_out } = await attempt({
    alerts: [item(service), item(service, { fingerprint: 'f2', labels: { service, severity: 'critical', tier: '2' } })],
  });
  expect(left_out).toBe(0);
  expect(events).toMatchObject([
    {
      ...{ key: 'f1', status: 'firing', service, severity: 'critical', message: 'Cart fails', result: 'incident' },
      ...{ decision: [], alert_id: null, annotations: { summary: 'Cart fails' } },
      incident: { id: expect.any(String), team: `team of ${service}`, policy: `team of ${service}` },
    },
    {
      key: 'f2',
      severity: 'low',
      decision: [{ stage: 'rule', id, rule: name, did: 'set severity low' }],
      incident: { id: null },
    },
  ]);
});

test('nothing is stored, no counter moves and no rejection is recorded', async () => {
  const { test: attempt, service } = await integration();
  await rule([`service="${service}"`], { drop: true });
  await harness.alerts.drain();
  const before = await stored();
  await attempt({ alerts: [item(service), item('another')] });
  await expect(attempt({ alerts: 'none' })).rejects.toMatchObject({ kind: 'invalid' });
  await harness.alerts.drain();
  expect(await stored()).toEqual(before);
});

test('dropped, muted and held events reach no incident, and give the reason', async () => {
  const { test: attempt, service } = await integration();
  await rule([`service="${service}"`, 'env="dev"'], { drop: true });
  await rule([`service="${service}"`, 'env="beta"'], { threshold: { count: 2, within_minutes: 10 } });
  const ends_at = new Date(harness.clock.now().getTime() + minutes(10)).toISOString();
  await port().createSilence({ matchers: [`service="${service}"`, 'env="test"'], ends_at }, admin);
  const { events } = await attempt({
    alerts: ['dev', 'test', 'beta'].map((env) => item(service, { fingerprint: env, labels: { service, env } })),
  });
  expect(events.map(({ result, incident, decision }) => [result, incident, decision.at(-1)?.stage])).toEqual([
    ['dropped', null, 'rule'],
    ['muted', null, 'mute'],
    ['held', null, 'hold'],
  ]);
});

test('an event of a firing alert keeps its incident, and an end changes only what fires', async () => {
  const { test: attempt, send, service } = await integration();
  await send({ alerts: [item(service)] });
  await harness.alerts.drain();
  const [row] = await harness.database.db('alerts').where({ service });
  const ended = { status: 'resolved' };
  const { events } = await attempt({
    alerts: [item(service), item(service, { ...ended, fingerprint: 'unknown' })],
  });
  const { events: ends } = await attempt({ alerts: [item(service, ended)] });
  expect(events).toMatchObject([
    { result: 'incident', alert_id: row.id, incident: { id: row.incident_id } },
    { result: 'unchanged', alert_id: null, incident: null },
  ]);
  expect(ends).toMatchObject([{ result: 'resolved', alert_id: row.id, incident: { id: row.incident_id } }]);
});

test('the settings of the integration apply', async () => {
  const { test: attempt } = await integration('alertmanager', { service: 'ledger', severity_map: { page: 'high' } });
  const { events } = await attempt({ alerts: [{ labels: { severity: 'page' } }] });
  expect(events).toMatchObject([{ service: 'ledger', severity: 'high' }]);
});

test('a refusal names the field of the payload, and has the answer of the vendor', async () => {
  const { test: attempt } = await integration('pagerduty');
  await expect(attempt({ event_action: 'explode', payload: {} })).rejects.toMatchObject({
    kind: 'invalid',
    extra: {
      errors: [{ path: expect.stringMatching(/^payload\.event_action/) }],
      vendor: { status: 400, body: { status: 'invalid event' } },
    },
  });
  await expect(attempt('{"event_action": tru')).rejects.toMatchObject({ extra: { errors: [{ path: 'payload' }] } });
  await expect(attempt({}, { endpoint: 'change' })).rejects.toMatchObject({
    extra: { errors: [{ path: 'endpoint' }] },
  });
});

test('a text is read as the body of a request, and a list is a payload too', async () => {
  const { test: attempt, service } = await integration('prometheus');
  const alerts = [{ labels: { service, alertname: 'Cart' } }];
  const [text, list] = [await attempt(JSON.stringify(alerts)), await attempt(alerts)];
  expect(list.events).toMatchObject([{ service, message: 'Cart' }]);
  expect(text.events).toEqual(list.events);
});

test('only the first hundred events are shown', async () => {
  const { test: attempt, service } = await integration();
  const alerts = Array.from({ length: 130 }, (_, n) => item(service, { fingerprint: `f${n}` }));
  const { events, left_out } = await attempt({ alerts });
  expect([events.length, left_out]).toEqual([100, 30]);
});

test('an unknown integration is 404', async () => {
  const id = crypto.randomUUID();
  await expect(port().testIntegration({ id, payload: {} } as never, admin)).rejects.toMatchObject({
    kind: 'not-found',
  });
});

test('an alert that has an incident keeps its service, labels and route', async () => {
  const { test: attempt, send, service } = await integration();
  const first = await rule([`service="${service}"`], { set: { team: 'search', labels: { tier: '1' } } });
  await send({ alerts: [item(service)] });
  await harness.alerts.drain();
  await port().deleteRule({ id: first.id }, admin);
  await rule([`service="${service}"`], { set: { team: 'billing', service: 'renamed', severity: 'low' } });
  const before = harness.incidents.foreseen.length;
  const { events } = await attempt({ alerts: [item(service), item(service, { fingerprint: 'new' })] });
  expect(events).toMatchObject([
    { service, severity: 'low', labels: { tier: '1' } },
    { service: 'renamed', severity: 'low' },
  ]);
  expect(harness.incidents.foreseen.slice(before)).toMatchObject([
    { service, routing: { team: 'search' } },
    { service: 'renamed', routing: { team: 'billing' } },
  ]);
});

test('a rise out of a rule that pages no one is shown as the intake takes it', async () => {
  const { test: attempt, send, service } = await integration();
  await rule([`service="${service}"`, 'severity="low"'], { page: false });
  const of = (severity: string) => ({ alerts: [item(service, { labels: { service, severity } })] });
  await send(of('low'));
  await harness.alerts.drain();
  const before = harness.incidents.foreseen.length;
  await attempt(of('critical'));
  expect(harness.incidents.foreseen.slice(before)).toMatchObject([{ routing: { not_paged_by: null } }]);
});

test('characters that the database refuses are taken as the real request takes them', async () => {
  const { id, url, service } = await integration();
  const payload = { alerts: [item(service, { annotations: { summary: 'Cart \0 fails \ud800' } })] };
  await request(harness.app()).post(new URL(url).pathname).send(payload).expect(200);
  const { body } = await request(harness.app(admin))
    .post(`/api/v1/integrations/${id}/test`)
    .send({ payload })
    .expect(200);
  expect(body.events).toMatchObject([{ message: 'Cart  fails \ufffd', result: 'incident' }]);
  await request(harness.app(admin))
    .post(`/api/v1/integrations/${id}/test`)
    .send({ payload, endpoint: 'a\0b' })
    .expect(422);
});
