import { hours, minutes, seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Accepted } from '../contract';

let house: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  house = await alertsHarness();
});
afterAll(() => house.drop());

/** Each test has services of its own, so that none meets another's incidents. */
const service = () => `service-${++serial}`;
const report = (over: object = {}) => ({ service: service(), severity: 'high', message: 'Disk full', ...over });
const send = (input: object, caller = someone()): Promise<Accepted> =>
  house.alerts.port.receive(input as never, caller);
const read = (id: string) => house.alerts.port.get({ alert_id: id }, someone());
const rowsOf = (name: string) => house.database.db('alerts').where({ service: name });

test('a new condition is stored, opens an incident and is answered with both', async () => {
  const input = report({ service: ' Pay-API ', severity: 'CRITICAL', labels: { env: 'prod' }, source: 'prom' });
  const answer = await send(input);
  const incident = house.incidents.incidentOf(answer.alert_id);
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
    timestamp: house.clock.now().toISOString(),
    incident_id: incident,
    created_at: house.clock.now().toISOString(),
    status: 'firing',
    count: 1,
    last_seen_at: house.clock.now().toISOString(),
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
  });
});

test('a condition that is reported again while it fires keeps its alert, which counts it', async () => {
  const input = report();
  const first = await send(input);
  house.clock.advance(minutes(3));
  const second = await send({ ...input, source: 'another' });
  expect(second).toEqual({ ...first, action: 'existing_incident', deduplicated: true });
  expect(await read(first.alert_id)).toMatchObject({
    count: 2,
    last_seen_at: house.clock.now().toISOString(),
    source: 'api',
  });
  expect(house.incidents.attached.at(-1)?.alert.id).toBe(first.alert_id);
});

test('another condition of the same service and severity joins the incident', async () => {
  const input = report();
  const first = await send(input);
  const second = await send({ ...input, message: 'Another' });
  expect(second.alert_id).not.toBe(first.alert_id);
  expect(second).toMatchObject({ incident_id: first.incident_id, action: 'existing_incident', deduplicated: false });
});

test('an alert that joins another incident than the last one of its kind is stored with that other one', async () => {
  const input = report();
  const first = await send(input);
  house.incidents.resolve(first.incident_id as string);
  const second = await send({ ...input, message: 'Another' });
  expect(second.incident_id).not.toBe(first.incident_id);
  expect((await read(second.alert_id)).incident_id).toBe(second.incident_id);
  expect(second.incident_id).toBe(house.incidents.incidentOf(second.alert_id));
});

test('forty equal reports at once are one alert counted forty times, of which one opened the incident', async () => {
  const input = report();
  const answers = await Promise.all(Array.from({ length: 40 }, () => send(input)));
  expect(new Set(answers.map(({ alert_id }) => alert_id)).size).toBe(1);
  expect(answers.filter(({ action }) => action === 'new_incident')).toHaveLength(1);
  expect(answers.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
  expect(await rowsOf(input.service)).toMatchObject([{ count: 40 }]);
});

test('two processes that hear of one condition at once store one alert', async () => {
  const input = report();
  const other = house.another();
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => (i % 2 ? house.alerts : other).port.receive(input as never, someone())),
  );
  await other.drain();
  expect(new Set(answers.map(({ alert_id }) => alert_id)).size).toBe(1);
  expect(answers.filter(({ action }) => action === 'new_incident')).toHaveLength(1);
  expect(await rowsOf(input.service)).toMatchObject([{ count: 30 }]);
});

test('reports that arrive together share the calls to incidents', async () => {
  const before = house.incidents.calls;
  await Promise.all(Array.from({ length: 50 }, (_, i) => send(report({ message: `m${i}` }))));
  // One call on an idle machine; a busy one spreads the reports over turns of the event loop.
  expect(house.incidents.calls - before).toBeLessThan(25);
});

test('who reported is who attaches, also when several report at once', async () => {
  const [one, other] = [report(), report()];
  const key = someone({ actor: 'ci-key', kind: 'key' });
  await Promise.all([send(one), send(other, key)]);
  const by = (name: string) => house.incidents.attached.find(({ alert }) => alert.service === name)?.by;
  expect(by(one.service)).toMatchObject({ actor: 'maria', kind: 'user' });
  expect(by(other.service)).toMatchObject({ actor: 'ci-key', kind: 'key' });
});

test('a dedup_key names the condition whatever else is said of it', async () => {
  const input = report({ dedup_key: 'disk-7' });
  const first = await send(input);
  const second = await send({ ...input, message: 'Disk 98 % full', labels: { a: 1 } });
  expect(second).toMatchObject({ alert_id: first.alert_id, fingerprint: first.fingerprint, deduplicated: true });
});

test("a dedup_key is its sender's own", async () => {
  const input = report({ dedup_key: 'disk-8' });
  const first = await send(input);
  const second = await send(input, someone({ actor: 'tom' }));
  expect(second.alert_id).not.toBe(first.alert_id);
});

test('a report whose incident was resolved becomes a new alert and a new incident', async () => {
  const input = report();
  const first = await send(input);
  await send(input);
  house.incidents.resolve(first.incident_id as string);
  house.clock.advance(hours(1));
  const again = await send(input);
  expect(again).toMatchObject({ fingerprint: first.fingerprint, action: 'new_incident', deduplicated: false });
  expect(again.alert_id).not.toBe(first.alert_id);
  expect(again.incident_id).not.toBe(first.incident_id);
  const ended_at = house.clock.now().toISOString();
  expect(await read(first.alert_id)).toMatchObject({ status: 'resolved', ended_at, count: 2 });
  expect(await read(again.alert_id)).toMatchObject({ status: 'firing', count: 1, incident_id: again.incident_id });
});

test('incidents learns which alert a new one of the same condition replaced, and nothing else of it ended', async () => {
  const input = report();
  const first = await send(input);
  house.incidents.resolve(first.incident_id as string);
  await send(input);
  await house.alerts.drain();
  const ended = house.incidents.ended.filter(({ alert_id }) => alert_id === first.alert_id);
  expect(ended).toMatchObject([{ ended_at: house.clock.now().toISOString(), replaced: true }]);
});

test('many reports at once of a condition whose incident was resolved make one new alert', async () => {
  const input = report();
  const first = await send(input);
  house.incidents.resolve(first.incident_id as string);
  const other = house.another();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 2 ? house.alerts : other).port.receive(input as never, someone())),
  );
  await other.drain();
  expect(new Set(answers.map(({ alert_id }) => alert_id)).size).toBe(1);
  expect(answers[0]?.alert_id).not.toBe(first.alert_id);
  expect(await rowsOf(input.service).orderBy('status')).toMatchObject([
    { status: 'firing', count: 20 },
    { status: 'resolved', count: 1 },
  ]);
});

test("the sender's own instant is kept as the alert's, to the millisecond", async () => {
  const { alert_id } = await send(report({ timestamp: '2026-01-05 10:00:00.1234+02:00' }));
  expect((await read(alert_id)).timestamp).toBe('2026-01-05T08:00:00.123Z');
});

test('the earliest and the latest instant there are can be stored', async () => {
  for (const timestamp of ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z']) {
    const { alert_id } = await send(report({ timestamp }));
    expect(Date.parse((await read(alert_id)).timestamp)).toBe(Date.parse(timestamp));
  }
});

test('a command sent twice under one Idempotency-Key counts once and is told the same alert', async () => {
  const input = report();
  const caller = someone({ idempotencyKey: 'once' });
  const first = await send(input, caller);
  await house.alerts.drain();
  const second = await send(input, caller);
  expect(second).toMatchObject({ alert_id: first.alert_id, incident_id: first.incident_id, deduplicated: true });
  expect(await rowsOf(input.service)).toMatchObject([{ count: 1 }]);
});

test('ten commands at once under one Idempotency-Key are one', async () => {
  const input = report();
  const caller = someone({ idempotencyKey: 'at once' });
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(input, caller)));
  expect(new Set(answers.map(({ alert_id }) => alert_id)).size).toBe(1);
  expect(answers.filter(({ action }) => action === 'new_incident')).toHaveLength(1);
  expect(await rowsOf(input.service)).toMatchObject([{ count: 1 }]);
});

test('a command that repeated a condition is remembered by the alert it counted into', async () => {
  const input = report();
  const first = await send(input);
  const caller = someone({ idempotencyKey: 'a repetition' });
  expect((await send(input, caller)).alert_id).toBe(first.alert_id);
  expect((await send(input, caller)).alert_id).toBe(first.alert_id);
  expect(await rowsOf(input.service)).toMatchObject([{ count: 2 }]);
});

test('an Idempotency-Key that was used for something else is refused', async () => {
  const caller = someone({ idempotencyKey: 'twofold' });
  await send(report(), caller);
  await expect(send(report(), caller)).rejects.toMatchObject({ kind: 'invalid' });
});

test('after a day an Idempotency-Key is free again', async () => {
  const caller = someone({ idempotencyKey: 'daily' });
  await send(report(), caller);
  house.clock.advance(hours(24));
  await send(report(), caller);
});

test('a batch under an Idempotency-Key can be sent again as a whole', async () => {
  const name = service();
  const alerts = [1, 2, 3, 1].map((n) => report({ service: name, message: `m${n}` }));
  const caller = someone({ idempotencyKey: 'a batch' });
  const first = await house.alerts.port.receiveBatch({ alerts }, caller);
  const second = await house.alerts.port.receiveBatch({ alerts }, caller);
  const ids = ({ results }: typeof first) => results.map((r) => ('alert_id' in r ? r.alert_id : null));
  expect(ids(second)).toEqual(ids(first));
  expect((await rowsOf(name).orderBy('message')).map(({ count }) => count)).toEqual([2, 1, 1]);
});

test('in a batch the faulty are named one by one, and the others are taken', async () => {
  const name = service();
  const good = report({ service: name });
  const { results, ...counts } = await house.alerts.port.receiveBatch(
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

test('a batch of a thousand is taken', async () => {
  const name = service();
  const alerts = Array.from({ length: 1_000 }, (_, i) => report({ service: name, message: `m${i}` }));
  const { accepted, results } = await house.alerts.port.receiveBatch({ alerts }, someone());
  expect(accepted).toBe(1_000);
  expect(results.filter((r) => r.status === 'accepted' && r.action === 'new_incident')).toHaveLength(1);
  await expect(house.alerts.port.receiveBatch({ alerts: [...alerts, alerts[0]] }, someone())).rejects.toMatchObject({
    kind: 'invalid',
  });
});

test('a group is one event, which counts what was reported and what was new', async () => {
  const from = await lastCursor();
  const input = report();
  await Promise.all([send(input), send(input), send({ ...input, message: 'other' })]);
  const { events } = await house.alerts.port.events({ after: from }, someone());
  expect(events).toMatchObject([{ kind: 'alerts_received', actor: 'maria', data: { reports: 3, new_alerts: 2 } }]);
});

async function lastCursor(): Promise<string> {
  let cursor: string | null = null;
  for (;;) {
    const page = await house.alerts.port.events({ ...(cursor !== null && { after: cursor }), limit: 1000 }, someone());
    cursor = page.cursor;
    if (page.events.length === 0) return cursor as string;
  }
}

test('reports, what they led to and how long it took are counted', async () => {
  const value = async (name: string, labels: object) => {
    const metric = await house.registry.getSingleMetric(name)?.get();
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

test('what is over is forgotten after its time, what still fires unheard-of in no incident is not', async () => {
  const old = report();
  const kept = report();
  const waiting = report();
  const { alert_id, incident_id } = await send(old);
  house.incidents.resolve(incident_id as string);
  const successor = await send(old);
  house.clock.advance(hours(24 * 200));
  await send(kept);
  house.incidents.mood = 'down';
  const unattached = await send(waiting);
  house.incidents.mood = 'up';
  await house.database
    .db('alerts')
    .where({ id: unattached.alert_id })
    .update({ created_at: new Date('2025-01-01') });
  house.clock.advance(hours(24 * 201));
  await house.database.db('jobs').delete();
  await house.alerts.start();
  await house.alerts.drain();
  await house.alerts.stop();
  await expect(read(alert_id)).rejects.toMatchObject({ kind: 'not-found' });
  await expect(read(successor.alert_id)).rejects.toMatchObject({ kind: 'not-found' });
  expect(await rowsOf(kept.service)).toHaveLength(1);
  expect(await rowsOf(waiting.service)).toHaveLength(1);
  expect(await house.database.db('idempotency_keys')).toEqual([]);
  const [job] = await house.database.db('jobs').where({ kind: 'retention' });
  expect(job?.run_at.getTime() - house.clock.now().getTime()).toBe(hours(24));
  house.clock.advance(seconds(1));
});
