import request from 'supertest';
import { minutes, seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Accepted, Noted, Silence } from '../contract';

/** The answer to a report; null as the alert's id only if a rule drops it. */
type Answer = (Accepted | Noted) & { alert_id: string };

let harness: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(() => {
  harness.incidents.mood = 'up';
});
afterAll(() => harness.drop());

const service = () => `muted-${++serial}`;
const report = (over: object = {}) => ({ service: service(), severity: 'high', message: 'Disk full', ...over });
const port = () => harness.alerts.port;
const send = (input: object, to = port(), caller = someone()): Promise<Answer> =>
  to.receive(input as never, caller) as Promise<Answer>;
const read = (id: string) => port().get({ alert_id: id }, someone());
const inMinutes = (n: number) => new Date(harness.clock.now().getTime() + minutes(n)).toISOString();
const silence = (matcher: string, until = 60, over: object = {}): Promise<Silence> =>
  port().createSilence(
    { matchers: [matcher], ends_at: inMinutes(until), comment: 'Move of racks', ...over },
    someone(),
  );
const drain = () => harness.alerts.drain();
const attachedOnce = (id: string) =>
  expect(harness.incidents.attached.filter(({ alert }) => alert.id === id)).toHaveLength(1);

/** Advances the clock and runs due jobs. */
async function pass(ms: number): Promise<void> {
  harness.clock.advance(ms);
  await drain();
}

test('a muted alert is stored with its cause and end, opens no incident, and the answer says why', async () => {
  const input = report();
  const { id, ends_at } = await silence(`service="${input.service}"`);
  const answer = await send(input);
  expect(answer).toMatchObject({ incident_id: null, action: 'none', reason: `silenced_by:${id}`, deduplicated: false });
  expect(await send(input)).toMatchObject({ alert_id: answer.alert_id, action: 'none', deduplicated: true });
  expect(await read(answer.alert_id)).toMatchObject({
    status: 'firing',
    incident_id: null,
    count: 2,
    muted: { by: 'silence', id, name: 'Move of racks', until: ends_at },
    decision: [{ stage: 'mute', by: 'silence', id, until: ends_at }],
  });
  expect(harness.incidents.incidentOf(answer.alert_id)).toBeUndefined();
  expect((await port().getSilence({ id }, someone())).muted_alerts).toBe(1);
  const { alerts } = await port().list({ status: 'muted', service: input.service }, someone());
  expect(alerts.map((alert) => alert.id)).toEqual([answer.alert_id]);
});

test('when a silence runs out, an alert that still fires opens its incident at that instant', async () => {
  const input = report();
  const { id } = await silence(`service="${input.service}"`, 30);
  const { alert_id } = await send(input);
  await pass(minutes(30) - 1);
  expect((await read(alert_id)).incident_id).toBeNull();
  await pass(1);
  const incident = harness.incidents.incidentOf(alert_id);
  expect(await read(alert_id)).toMatchObject({
    incident_id: incident,
    muted: null,
    decision: [{ stage: 'mute', id, ended_at: harness.clock.now().toISOString() }],
  });
  expect(incident).toBeDefined();
  const events = await harness.database.db('events').where({ subject: alert_id }).orderBy('id').pluck('kind');
  expect(events).toEqual(['alerts_received', 'alerts_released', 'alerts_attached']);
  expect((await port().getSilence({ id }, someone())).state).toBe('expired');
  await pass(minutes(1));
  attachedOnce(alert_id);
});

test('a silence that is ended early releases its alerts, and the next report of them is a repeat', async () => {
  const input = report();
  const { id } = await silence(`service="${input.service}"`);
  const { alert_id } = await send(input);
  const ended = await port().endSilence({ id }, someone());
  expect(ended).toMatchObject({ state: 'expired', ends_at: harness.clock.now().toISOString() });
  await drain();
  expect((await read(alert_id)).incident_id).toBe(harness.incidents.incidentOf(alert_id));
  attachedOnce(alert_id);
  expect(await send(input)).toMatchObject({ alert_id, action: 'existing_incident', deduplicated: true });
});

test('a silence that is changed releases what it no longer matches and keeps the rest until its new end', async () => {
  const [a, b] = [report(), report()];
  const { id } = await silence(`service=~"${a.service}|${b.service}"`, 60);
  const [first, second] = [await send(a), await send(b)];
  const change = { id, matchers: [`service="${b.service}"`], ends_at: inMinutes(90) };
  await port().updateSilence(change, someone());
  await drain();
  expect((await read(first.alert_id)).incident_id).not.toBeNull();
  expect((await read(second.alert_id)).muted).toMatchObject({ id, until: change.ends_at });
  await pass(minutes(60));
  expect((await read(second.alert_id)).incident_id).toBeNull();
  await pass(minutes(30));
  expect((await read(second.alert_id)).incident_id).not.toBeNull();
});

test('of several mutes the last one counts: an alert that another mute matches stays muted', async () => {
  const input = report();
  const long = await silence(`service="${input.service}"`, 60);
  const short = await silence(`severity="high",service="${input.service}"`, 30);
  const { alert_id } = await send(input);
  expect((await read(alert_id)).muted?.id).toBe(long.id);
  await port().endSilence({ id: long.id }, someone());
  await drain();
  expect(await read(alert_id)).toMatchObject({
    muted: { id: short.id },
    decision: [
      { stage: 'mute', id: long.id, ended_at: expect.any(String) },
      { stage: 'mute', id: short.id },
    ],
  });
  await pass(minutes(30));
  expect((await read(alert_id)).incident_id).not.toBeNull();
});

test('an alert that fired before a silence began keeps its incident', async () => {
  const input = report();
  const first = await send(input);
  await silence(`service="${input.service}"`);
  expect(await send(input)).toMatchObject({ incident_id: first.incident_id, action: 'existing_incident' });
  await drain();
  expect(await read(first.alert_id)).toMatchObject({ incident_id: first.incident_id, muted: null, decision: [] });
});

test('a re-report that no mute matches releases the alert at once, with its latest severity', async () => {
  const input = report({ severity: 'low', dedup_key: 'rises' });
  await silence(`service="${input.service}",severity="low"`);
  const { alert_id } = await send(input);
  expect(await send(input)).toMatchObject({ alert_id, action: 'none' });
  const risen = await send({ ...input, severity: 'critical' });
  expect(risen).toMatchObject({
    alert_id,
    action: 'new_incident',
    incident_id: harness.incidents.incidentOf(alert_id),
  });
  await drain();
  attachedOnce(alert_id);
  expect(harness.incidents.attached.find(({ alert }) => alert.id === alert_id)?.alert.severity).toBe('critical');
  expect((await read(alert_id)).incident_id).toBe(risen.incident_id);
});

test('a batch with a muted and another report of one condition opens its incident', async () => {
  const input = report({ severity: 'low', dedup_key: 'both' });
  await silence(`service="${input.service}",severity="low"`);
  const alerts = [input, { ...input, severity: 'high' }, input];
  const { results } = await port().receiveBatch({ alerts }, someone());
  expect(results.map((result) => 'action' in result && result.action)).toContain('new_incident');
  await drain();
  const { alert_id } = results[0] as Answer;
  expect(await read(alert_id)).toMatchObject({ count: 3, muted: null, incident_id: expect.any(String) });
});

test('a muted alert that its source ends is not released, and incidents learns nothing of it', async () => {
  const { id: integration_id, url } = await port().createIntegration({ name: `AM ${++serial}` }, someone());
  const labels = { alertname: 'DiskFull', service: service(), severity: 'critical' };
  const group = { version: '4', groupKey: 'g', status: 'firing', receiver: 'r' };
  const alert = { status: 'firing', labels, annotations: {}, startsAt: '2026-01-05T08:00:00Z' };
  const { id } = await silence(`alertname="DiskFull",service="${labels.service}"`);
  const app = request(harness.app());
  const path = new URL(url).pathname;
  await app
    .post(path)
    .send({ ...group, truncatedAlerts: 3, alerts: [alert] })
    .expect(200);
  const [row] = await harness.database.db('alerts').where({ integration_id, service: labels.service });
  expect(row).toMatchObject({ status: 'firing', muted_by: id, incident_id: null });
  await drain();
  await app
    .post(path)
    .send({ ...group, truncatedAlerts: 0, alerts: [{ ...alert, status: 'resolved' }] })
    .expect(200);
  await drain();
  await pass(minutes(60));
  expect(await read(row.id)).toMatchObject({ status: 'resolved', incident_id: null, muted: null });
  expect(harness.incidents.attached.filter((each) => each.alert.id === row.id)).toEqual([]);
  expect(await harness.database.db('jobs').whereIn('kind', ['report-ended', 'report-group'])).toEqual([]);
});

test('muted reports do not count as correlated', async () => {
  const counted = async () =>
    /alerts_correlated_total\{result="new_incident"\} (\d+)/.exec(await harness.registry.metrics())?.[1];
  const input = report();
  await silence(`service="${input.service}"`);
  const before = await counted();
  await send(input);
  expect(await counted()).toBe(before);
});

test('a release that finds incidents unavailable is retried until the alert has its incident', async () => {
  const input = report();
  await silence(`service="${input.service}"`, 10);
  const { alert_id } = await send(input);
  harness.incidents.mood = 'down';
  await pass(minutes(10));
  expect(await read(alert_id)).toMatchObject({ muted: null, incident_id: null });
  harness.incidents.mood = 'up';
  await pass(minutes(1));
  expect((await read(alert_id)).incident_id).toBe(harness.incidents.incidentOf(alert_id));
});

test('a release that dies in its transaction loses nothing: the job runs again', async () => {
  const input = report();
  const { id } = await silence(`service="${input.service}"`, 10);
  const { alert_id } = await send(input);
  const { db } = harness.database;
  await db.raw(
    'alter table alerts add constraint no_release check (muted_by is not null or service <> ?)'.replace(
      '?',
      `'${input.service}'`,
    ),
  );
  try {
    await pass(minutes(10));
    expect((await read(alert_id)).muted?.id).toBe(id);
  } finally {
    await db.raw('alter table alerts drop constraint no_release');
  }
  await pass(minutes(1));
  expect((await read(alert_id)).incident_id).not.toBeNull();
  attachedOnce(alert_id);
});

test('more alerts than one chunk are all released', async () => {
  const team = `team-${++serial}`;
  await silence(`team="${team}"`, 10);
  const alerts = Array.from({ length: 600 }, (_, n) =>
    report({ service: team, message: `Disk ${n}`, labels: { team } }),
  );
  const { results } = await port().receiveBatch({ alerts }, someone());
  expect(results.every((result) => 'action' in result && result.action === 'none')).toBe(true);
  await pass(minutes(10));
  await drain();
  const rows = await harness.database.db('alerts').where({ service: team });
  expect(rows).toHaveLength(600);
  expect(rows.filter(({ incident_id, muted_by }) => incident_id === null || muted_by !== null)).toEqual([]);
});

test('an alert of a resolved incident that is reported during a silence is muted as a new alert', async () => {
  const input = report();
  const first = await send(input);
  await silence(`service="${input.service}"`, 10);
  harness.incidents.resolve(first.incident_id as string);
  const opened = harness.incidents.opened.length;
  await send(input);
  await drain();
  expect((await read(first.alert_id)).status).toBe('resolved');
  const { alerts } = await port().list({ service: input.service, status: 'muted' }, someone());
  expect(alerts).toHaveLength(1);
  expect(harness.incidents.opened.length).toBe(opened);
  await pass(minutes(10));
  expect(harness.incidents.opened.length).toBe(opened + 1);
});

test('a command with an Idempotency-Key that is repeated gets the muted alert again', async () => {
  const input = report();
  const { id } = await silence(`service="${input.service}"`);
  const again = () => send(input, port(), someone({ idempotencyKey: `muted ${input.service}` }));
  const first = await again();
  expect(first).toMatchObject({ action: 'none', reason: `silenced_by:${id}` });
  expect(await again()).toEqual({ ...first, deduplicated: true });
  expect((await read(first.alert_id)).count).toBe(1);
});

describe('with two processes', () => {
  test('a silence is in force in the other process within a second', async () => {
    const other = harness.another();
    const [before, after] = [report(), report()];
    await send(before, other.port);
    await silence(`service="${after.service}"`);
    for (let n = 0; ; n++) {
      const { action } = await send({ ...after, message: `Disk ${n}` }, other.port);
      if (action === 'none') break;
      expect(n).toBeLessThan(60);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  test('a process that has not noticed the end of a silence does not mute by it', async () => {
    const other = harness.another();
    const input = report();
    const { id } = await silence(`service="${input.service}"`);
    expect(await send(input, other.port)).toMatchObject({ action: 'none' });
    await port().endSilence({ id }, someone());
    const late = await send({ ...input, message: 'Another disk' }, other.port);
    expect(late).toMatchObject({ action: 'new_incident' });
    await drain();
  });
});

test('reports that come while a silence ends are muted or released, never forgotten', async () => {
  const other = harness.another();
  for (let round = 0; round < 5; round++) {
    const name = service();
    const { id } = await silence(`service="${name}"`);
    const storm = (to = port()) =>
      Promise.all(Array.from({ length: 20 }, (_, n) => send(report({ service: name, message: `Disk ${n % 10}` }), to)));
    await Promise.all([storm(), storm(other.port), port().endSilence({ id }, someone()), storm(), drain()]);
    await pass(seconds(30));
    const rows = await harness.database.db('alerts').where({ service: name });
    expect(rows).toHaveLength(10);
    expect(rows.filter(({ incident_id, muted_by }) => incident_id === null || muted_by !== null)).toEqual([]);
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(60);
  }
});

test('a burst of changes of a silence refuses no report, and changes go on', async () => {
  const { db } = harness.database;
  const input = report();
  const { id } = await silence(`service="${input.service}"`);
  let changes = 0;
  let going = true;
  const change = async () => {
    while (going) {
      await db.transaction(async (trx) => {
        await trx('alert_configuration').increment('version', 1);
        await trx('mutes').where({ id }).increment('version', 1);
      });
      changes += 1;
    }
  };
  const burst = Promise.all([change(), change(), change()]);
  const answers: Answer[] = [];
  for (let n = 0; n < 10; n++) {
    const keyed = someone(n % 2 ? { idempotencyKey: `burst ${n}` } : {});
    answers.push(await send({ ...input, message: `Disk ${n}` }, port(), keyed));
  }
  const during = changes;
  going = false;
  await burst;
  expect(answers.map((answer) => 'reason' in answer && answer.reason)).toEqual(Array(10).fill(`silenced_by:${id}`));
  expect(during).toBeGreaterThan(10);
});
