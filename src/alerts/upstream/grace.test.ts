import { minutes, seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import { settled, upstreamIncident, writeDependencies } from '../../testing/upstream';
import type { Accepted, Noted } from '../contract';

/** The wait of a dependent's alert for the incident of its upstream. */

type Answer = (Accepted | Noted) & { alert_id: string };

let harness: AlertsHarness;
let serial = 0;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(() => {
  harness.incidents.mood = 'up';
  harness.oncall.down = false;
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;
const read = (id: string) => port().get({ alert_id: id }, someone());
const send = (service: string, over: object = {}): Promise<Answer> =>
  port().receive(
    { service, severity: 'critical', message: 'Requests fail', ...over } as never,
    someone(),
  ) as Promise<Answer>;
const names = () => {
  serial += 1;
  return { web: `waiting-${serial}`, db: `waited-for-${serial}`, queue: `queue-${serial}` };
};
const after = (ms: number) => new Date(harness.clock.now().getTime() + ms).toISOString();
const timesAttached = (id: string) => harness.incidents.attached.filter(({ alert }) => alert.id === id).length;

async function depend(service: string, upstreams: Record<string, number>): Promise<void> {
  writeDependencies(harness, service, upstreams);
  await settled(harness);
}

async function pass(ms: number): Promise<void> {
  harness.clock.advance(ms);
  await settled(harness);
}

test('an alert of a dependent waits for its upstream, visibly, and then opens its own incident', async () => {
  const { web, db, queue } = names();
  await depend(web, { [db]: 60, [queue]: 20 });
  const until = after(seconds(60));
  const answer = await send(web);
  expect(answer).toMatchObject({ incident_id: null, action: 'none', reason: 'held' });
  const waiting = { by: 'upstream', name: `${queue}, ${db}`, until };
  expect(await read(answer.alert_id)).toMatchObject({ waiting, decision: [{ stage: 'hold', ...waiting }] });
  await pass(seconds(60) - 1);
  expect(timesAttached(answer.alert_id)).toBe(0);
  await pass(1);
  expect(await read(answer.alert_id)).toMatchObject({
    ...{ waiting: null, affected_by: null, incident_id: harness.incidents.incidentOf(answer.alert_id) },
    decision: [{ stage: 'hold', by: 'upstream', ended_at: until }],
  });
  expect(timesAttached(answer.alert_id)).toBe(1);
});

test('if the upstream has an incident by then, the alert joins it as affected', async () => {
  const { web, db } = names();
  await depend(web, { [db]: 60 });
  const { alert_id } = await send(web);
  await pass(seconds(30));
  const incident = upstreamIncident(harness, db);
  await incident.begin();
  await pass(seconds(30));
  expect(await read(alert_id)).toMatchObject({ waiting: null, affected_by: { incident_id: incident.id } });
  expect(timesAttached(alert_id)).toBe(0);
  await incident.end();
  expect(await read(alert_id)).toMatchObject({ waiting: null, incident_id: harness.incidents.incidentOf(alert_id) });
  expect(timesAttached(alert_id)).toBe(1);
});

test('an incident that is there already needs no wait', async () => {
  const { web, db } = names();
  await depend(web, { [db]: 60 });
  const incident = upstreamIncident(harness, db);
  await incident.begin();
  expect(await send(web)).toMatchObject({ reason: `affected_by:${incident.id}` });
});

test('when an incident ends soon after an alert began, the alert waits for no other one', async () => {
  const { web, db } = names();
  await depend(web, { [db]: 60 });
  const incident = upstreamIncident(harness, db);
  await incident.begin();
  const { alert_id } = await send(web);
  await incident.end();
  expect(timesAttached(alert_id)).toBe(1);
});

test('a repeat does not extend the wait, and a resolve ends it without a page', async () => {
  const { web, db } = names();
  await depend(web, { [db]: 60 });
  const kept = await send(web, { dedup_key: `${web} kept` });
  const gone = await send(web, { dedup_key: `${web} gone` });
  await pass(seconds(40));
  await send(web, { dedup_key: `${web} kept` });
  await send(web, { dedup_key: `${web} gone`, status: 'resolved' });
  await pass(seconds(20));
  expect([timesAttached(kept.alert_id), timesAttached(gone.alert_id)]).toEqual([1, 0]);
});

test('without dependencies, or with a grace of 0, an alert opens its incident at once', async () => {
  const { web, db } = names();
  await depend(web, { [db]: 0 });
  for (const service of [web, db]) expect(await send(service)).toMatchObject({ action: 'new_incident' });
});

test('a dependency that is removed ends the wait at once', async () => {
  const { web, db } = names();
  await depend(web, { [db]: 600 });
  const { alert_id } = await send(web);
  await depend(web, {});
  expect(timesAttached(alert_id)).toBe(1);
});

test('of a rule with a delay and a grace the longer one counts', async () => {
  const { web, db } = names();
  await depend(web, { [db]: 300 });
  const { alert_id } = await send(web);
  const rule = { name: 'Waits', when: [`service="${web}"`], enabled: true, during: null, stop: false };
  const then = { drop: false, set: {}, delay_minutes: 2 };
  const { id } = await port().createRule({ ...rule, then } as never, someone());
  const ruled = await send(web, { dedup_key: `${web} ruled` });
  await pass(minutes(2));
  expect((await read(ruled.alert_id)).waiting).toMatchObject({ by: 'upstream' });
  await pass(minutes(3));
  expect([timesAttached(alert_id), timesAttached(ruled.alert_id)]).toEqual([1, 1]);
  await port().deleteRule({ id }, someone());
});

test('while oncall and incidents are unavailable, the alert is stored, waits, and gets its own incident later', async () => {
  const { web, db } = names();
  await depend(web, { [db]: 60 });
  harness.incidents.mood = 'down';
  harness.oncall.down = true;
  const { alert_id } = await send(web);
  harness.clock.advance(seconds(60));
  await harness.alerts.drain().catch(() => undefined);
  harness.incidents.mood = 'up';
  harness.oncall.down = false;
  await pass(minutes(1));
  expect(timesAttached(alert_id)).toBeGreaterThan(0);
  expect((await read(alert_id)).incident_id).toBe(harness.incidents.incidentOf(alert_id));
});

test('the test of rules says that the alert would wait, or which incident would affect it', async () => {
  const { web, db } = names();
  await depend(web, { [db]: 60 });
  const report = { service: web, severity: 'high', message: 'Requests fail', labels: {}, source: 'api' } as never;
  const tested = () => port().testRules({ report, integration: '' }, someone());
  expect(await tested()).toMatchObject({ result: 'held', decision: [{ stage: 'hold', by: 'upstream', name: db }] });
  const incident = upstreamIncident(harness, db);
  await incident.begin();
  expect(await tested()).toMatchObject({ result: 'muted', decision: [{ by: 'upstream', id: incident.id }] });
});
