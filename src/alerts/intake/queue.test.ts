import { hours, minutes, seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { eventsSoFar } from '../../testing/events';
import { someone } from '../../testing/http';
import type { Accepted } from '../contract';

let harness: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

/** Each test has services of its own, so that tests do not share incidents. */
const service = () => `service-${++serial}`;
const report = (over: object = {}) => ({ service: service(), severity: 'high', message: 'Disk full', ...over });
const send = (input: object, caller = someone()): Promise<Accepted> =>
  harness.alerts.port.receive(input as never, caller) as Promise<Accepted>;
const read = (id: string) => harness.alerts.port.get({ alert_id: id }, someone());
const rowsOf = (name: string) => harness.database.db('alerts').where({ service: name });

test('a new condition creates an alert and an incident, and the answer names both', async () => {
  const input = report({ service: ' Pay-API ', severity: 'CRITICAL', labels: { env: 'prod' }, source: 'prom' });
  const answer = await send(input);
  const incident = harness.incidents.incidentOf(answer.alert_id);
  expect(answer).toMatchObject({ status: 'accepted', action: 'new_incident', deduplicated: false });
  expect(answer.incident_id).toBe(incident);
  expect(await read(answer.alert_id)).toEqual({
    id: answer.alert_id,
    service: 'pay-api',
    severity: 'critical',
    message: 'Disk full',
    source: 'prom',
    labels: { env: 'prod' },
    fingerprint: answer.fingerprint,
    timestamp: harness.clock.now().toISOString(),
    incident_id: incident,
    created_at: harness.clock.now().toISOString(),
    status: 'firing',
    count: 1,
    last_seen_at: harness.clock.now().toISOString(),
    ended_at: null,
    integration_id: null,
    annotations: {},
    description: null,
    links: [],
    generator_url: null,
    external_url: null,
    severity_note: null,
    incident_state: null,
    first_said: null,
    expires_at: null,
    expired: false,
    acknowledged_at: null,
    acknowledged_by: null,
    decision: [],
    muted: null,
    waiting: null,
    affected_by: null,
    flapping: false,
    reported: null,
  });
});

test('a re-report of a firing condition increments the count of its alert', async () => {
  const input = report();
  const first = await send(input);
  harness.clock.advance(minutes(3));
  const second = await send({ ...input, source: 'another' });
  expect(second).toEqual({ ...first, action: 'existing_incident', deduplicated: true });
  expect(await read(first.alert_id)).toMatchObject({
    count: 2,
    last_seen_at: harness.clock.now().toISOString(),
    source: 'api',
  });
  expect(harness.incidents.attached.at(-1)?.alert.id).toBe(first.alert_id);
});

test('another condition of the same service and severity joins the incident', async () => {
  const input = report();
  const first = await send(input);
  const second = await send({ ...input, message: 'Another' });
  expect(second.alert_id).not.toBe(first.alert_id);
  expect(second).toMatchObject({ incident_id: first.incident_id, action: 'existing_incident', deduplicated: false });
});

test('an alert is linked to the incident that incidents answers, not to the expected one', async () => {
  const input = report();
  const first = await send(input);
  harness.incidents.resolve(first.incident_id as string);
  const second = await send({ ...input, message: 'Another' });
  expect(second.incident_id).not.toBe(first.incident_id);
  expect((await read(second.alert_id)).incident_id).toBe(second.incident_id);
  expect(second.incident_id).toBe(harness.incidents.incidentOf(second.alert_id));
});

test('forty equal reports at once are one alert with count 40, and one of them opened the incident', async () => {
  const input = report();
  const answers = await Promise.all(Array.from({ length: 40 }, () => send(input)));
  expect(new Set(answers.map(({ alert_id }) => alert_id)).size).toBe(1);
  expect(answers.filter(({ action }) => action === 'new_incident')).toHaveLength(1);
  expect(answers.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
  expect(await rowsOf(input.service)).toMatchObject([{ count: 40 }]);
});

test('two processes that get reports of one condition at once store one alert', async () => {
  const input = report();
  const other = harness.another();
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => (i % 2 ? harness.alerts : other).port.receive(input as never, someone())),
  );
  await other.drain();
  expect(new Set(answers.map(({ alert_id }) => alert_id)).size).toBe(1);
  expect(answers.filter(({ action }) => action === 'new_incident')).toHaveLength(1);
  expect(await rowsOf(input.service)).toMatchObject([{ count: 30 }]);
});

test('reports that arrive together share the calls to incidents', async () => {
  const before = harness.incidents.calls;
  await Promise.all(Array.from({ length: 50 }, (_, i) => send(report({ message: `m${i}` }))));
  // One call on an idle machine; on a busy one the reports arrive in several turns of the event loop.
  expect(harness.incidents.calls - before).toBeLessThan(25);
});

test('the caller of incidents is the reporter, also if several report at once', async () => {
  const [one, other] = [report(), report()];
  const key = someone({ actor: 'ci-key', kind: 'key' });
  await Promise.all([send(one), send(other, key)]);
  const by = (name: string) => harness.incidents.attached.find(({ alert }) => alert.service === name)?.by;
  expect(by(one.service)).toMatchObject({ actor: 'maria', kind: 'user' });
  expect(by(other.service)).toMatchObject({ actor: 'ci-key', kind: 'key' });
});

test('a dedup_key identifies the condition, whatever the other fields are', async () => {
  const input = report({ dedup_key: 'disk-7' });
  const first = await send(input);
  const second = await send({ ...input, message: 'Disk 98 % full', labels: { a: 1 } });
  expect(second).toMatchObject({ alert_id: first.alert_id, fingerprint: first.fingerprint, deduplicated: true });
});

test('the same dedup_key of two senders is two conditions', async () => {
  const input = report({ dedup_key: 'disk-8' });
  const first = await send(input);
  const second = await send(input, someone({ actor: 'tom' }));
  expect(second.alert_id).not.toBe(first.alert_id);
});

test('a report after its incident was resolved creates a new alert and a new incident', async () => {
  const input = report();
  const first = await send(input);
  await send(input);
  harness.incidents.resolve(first.incident_id as string);
  harness.clock.advance(hours(1));
  const again = await send(input);
  expect(again).toMatchObject({ fingerprint: first.fingerprint, action: 'new_incident', deduplicated: false });
  expect(again.alert_id).not.toBe(first.alert_id);
  expect(again.incident_id).not.toBe(first.incident_id);
  const ended_at = harness.clock.now().toISOString();
  expect(await read(first.alert_id)).toMatchObject({ status: 'resolved', ended_at, count: 2 });
  expect(await read(again.alert_id)).toMatchObject({ status: 'firing', count: 1, incident_id: again.incident_id });
});

test('incidents is informed which alert was replaced by a new one of the same condition', async () => {
  const input = report();
  const first = await send(input);
  harness.incidents.resolve(first.incident_id as string);
  await send(input);
  await harness.alerts.drain();
  const ended = harness.incidents.ended.filter(({ alert_id }) => alert_id === first.alert_id);
  expect(ended).toMatchObject([{ ended_at: harness.clock.now().toISOString(), replaced: true }]);
});

test('many reports at once after their incident was resolved create one new alert', async () => {
  const input = report();
  const first = await send(input);
  harness.incidents.resolve(first.incident_id as string);
  const other = harness.another();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 2 ? harness.alerts : other).port.receive(input as never, someone())),
  );
  await other.drain();
  expect(new Set(answers.map(({ alert_id }) => alert_id)).size).toBe(1);
  expect(answers[0]?.alert_id).not.toBe(first.alert_id);
  expect(await rowsOf(input.service).orderBy('status')).toMatchObject([
    { status: 'firing', count: 20 },
    { status: 'resolved', count: 1 },
  ]);
});

test('the alert keeps the timestamp of the sender, to the millisecond', async () => {
  const { alert_id } = await send(report({ timestamp: '2026-01-05 10:00:00.1234+02:00' }));
  expect((await read(alert_id)).timestamp).toBe('2026-01-05T08:00:00.123Z');
});

test('the earliest and the latest valid timestamp can be stored', async () => {
  for (const timestamp of ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z']) {
    const { alert_id } = await send(report({ timestamp }));
    expect(Date.parse((await read(alert_id)).timestamp)).toBe(Date.parse(timestamp));
  }
});

test('a command sent twice with one Idempotency-Key counts once and gets the same alert', async () => {
  const input = report();
  const caller = someone({ idempotencyKey: 'once' });
  const first = await send(input, caller);
  await harness.alerts.drain();
  const second = await send(input, caller);
  expect(second).toMatchObject({ alert_id: first.alert_id, incident_id: first.incident_id, deduplicated: true });
  expect(await rowsOf(input.service)).toMatchObject([{ count: 1 }]);
});

test('ten commands at once with one Idempotency-Key count once', async () => {
  const input = report();
  const caller = someone({ idempotencyKey: 'at once' });
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(input, caller)));
  expect(new Set(answers.map(({ alert_id }) => alert_id)).size).toBe(1);
  expect(answers.filter(({ action }) => action === 'new_incident')).toHaveLength(1);
  expect(await rowsOf(input.service)).toMatchObject([{ count: 1 }]);
});

test('a repeated command of a re-report gets the alert that the report was added to', async () => {
  const input = report();
  const first = await send(input);
  const caller = someone({ idempotencyKey: 'a repetition' });
  expect((await send(input, caller)).alert_id).toBe(first.alert_id);
  expect((await send(input, caller)).alert_id).toBe(first.alert_id);
  expect(await rowsOf(input.service)).toMatchObject([{ count: 2 }]);
});

test('an Idempotency-Key that was used for another command is refused', async () => {
  const caller = someone({ idempotencyKey: 'twofold' });
  await send(report(), caller);
  await expect(send(report(), caller)).rejects.toMatchObject({ kind: 'invalid' });
});

test('an Idempotency-Key can be used again after 24 hours', async () => {
  const caller = someone({ idempotencyKey: 'daily' });
  await send(report(), caller);
  harness.clock.advance(hours(24));
  await send(report(), caller);
});

test('a batch with an Idempotency-Key can be repeated as a whole', async () => {
  const name = service();
  const alerts = [1, 2, 3, 1].map((n) => report({ service: name, message: `m${n}` }));
  const caller = someone({ idempotencyKey: 'a batch' });
  const first = await harness.alerts.port.receiveBatch({ alerts }, caller);
  const second = await harness.alerts.port.receiveBatch({ alerts }, caller);
  const ids = ({ results }: typeof first) => results.map((r) => ('alert_id' in r ? r.alert_id : null));
  expect(ids(second)).toEqual(ids(first));
  expect((await rowsOf(name).orderBy('message')).map(({ count }) => count)).toEqual([2, 1, 1]);
});

test('a batch names each faulty item and takes the others', async () => {
  const name = service();
  const good = report({ service: name });
  const { results, ...counts } = await harness.alerts.port.receiveBatch(
    { alerts: [good, { ...good, severity: 'huge' }, 7, { ...good, message: 'a\0b' }, good] },
    someone(),
  );
  expect(counts).toEqual({ accepted: 2, rejected: 3 });
  expect(results).toMatchObject([
    { index: 0, status: 'accepted', action: 'new_incident', deduplicated: false },
    { index: 1, status: 'rejected', errors: [{ path: 'severity' }] },
    { index: 2, status: 'rejected', errors: [{ path: '' }] },
    { index: 3, status: 'rejected', errors: [{ path: 'message', message: 'NUL characters are not allowed' }] },
    { index: 4, status: 'accepted', action: 'existing_incident', deduplicated: true },
  ]);
  expect(await rowsOf(name)).toMatchObject([{ count: 2 }]);
});

test('a batch of 1,000 is taken', async () => {
  const name = service();
  const alerts = Array.from({ length: 1_000 }, (_, i) => report({ service: name, message: `m${i}` }));
  const { accepted, results } = await harness.alerts.port.receiveBatch({ alerts }, someone());
  expect(accepted).toBe(1_000);
  expect(results.filter((r) => r.status === 'accepted' && r.action === 'new_incident')).toHaveLength(1);
  await expect(harness.alerts.port.receiveBatch({ alerts: [...alerts, alerts[0]] }, someone())).rejects.toMatchObject({
    kind: 'invalid',
  });
});

test('a group records one event with the numbers of reports and new alerts', async () => {
  const input = report();
  // As a batch, because requests that are read in different turns of the event loop can be in different groups.
  const alerts = [input, input, { ...input, message: 'other' }];
  const { results } = await harness.alerts.port.receiveBatch({ alerts }, someone());
  const ids = new Set(results.map((result) => ('alert_id' in result ? result.alert_id : null)));
  const events = (await eventsSoFar(harness.database.db)).filter(({ subject }) => ids.has(subject));
  expect(events).toMatchObject([{ kind: 'alerts_received', actor: 'maria', data: { reports: 3, new_alerts: 2 } }]);
});

test('metrics count reports, their results and their duration', async () => {
  const value = async (name: string, labels: object) => {
    const metric = await harness.registry.getSingleMetric(name)?.get();
    return metric?.values.find((v) => Object.entries(labels).every(([k, l]) => v.labels[k] === l))?.value ?? 0;
  };
  const counted = () =>
    Promise.all([
      value('alerts_received_total', { severity: 'low' }),
      value('alerts_correlated_total', { result: 'new_incident' }),
      value('alerts_correlated_total', { result: 'existing_incident' }),
      value('alert_processing_seconds', { le: '+Inf' }),
    ]);
  const before = await counted();
  const input = report({ severity: 'low' });
  await send(input);
  await send(input);
  expect((await counted()).map((n, i) => n - (before[i] as number))).toEqual([2, 1, 1, 2]);
});

test('old alerts are deleted after the retention, except firing ones without an incident', async () => {
  const old = report();
  const kept = report();
  const waiting = report();
  const { alert_id, incident_id } = await send(old);
  harness.incidents.resolve(incident_id as string);
  const successor = await send(old);
  harness.clock.advance(hours(24 * 200));
  await send(kept);
  harness.incidents.mood = 'down';
  const unattached = await send(waiting);
  harness.incidents.mood = 'up';
  await harness.database
    .db('alerts')
    .where({ id: unattached.alert_id })
    .update({ created_at: new Date('2025-01-01') });
  harness.clock.advance(hours(24 * 201));
  await harness.database.db('jobs').delete();
  await harness.alerts.start();
  await harness.alerts.drain();
  await harness.alerts.stop();
  await expect(read(alert_id)).rejects.toMatchObject({ kind: 'not-found' });
  await expect(read(successor.alert_id)).rejects.toMatchObject({ kind: 'not-found' });
  expect(await rowsOf(kept.service)).toHaveLength(1);
  expect(await rowsOf(waiting.service)).toHaveLength(1);
  expect(await harness.database.db('idempotency_keys')).toEqual([]);
  const [job] = await harness.database.db('jobs').where({ kind: 'retention' });
  expect(job?.run_at.getTime() - harness.clock.now().getTime()).toBe(hours(24));
  harness.clock.advance(seconds(1));
});
