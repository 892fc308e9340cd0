import request from 'supertest';
import { minutes, seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import { someLockWaits } from '../../testing/incidents';
import type { Accepted, Noted } from '../contract';

/** The answer to a report that is stored. */
type Answer = (Accepted | Noted) & { alert_id: string };
type Then = Parameters<AlertsHarness['alerts']['port']['createRule']>[0]['then'];

let harness: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(async () => {
  harness.incidents.mood = 'up';
  const { rules } = await port().listRules({}, someone());
  for (const { id } of rules) await port().deleteRule({ id }, someone());
  await drain();
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;
const service = () => `held-${++serial}`;
const report = (over: object = {}) => ({ service: service(), severity: 'high', message: 'Disk full', ...over });
const send = (input: object, to = port(), caller = someone()): Promise<Answer> =>
  to.receive(input as never, caller) as Promise<Answer>;
const read = (id: string) => port().get({ alert_id: id }, someone());
const drain = () => harness.alerts.drain();
const fixed = { enabled: true, during: null, stop: false };
const actions = (holds: Partial<Then>) => Object.fromEntries([['then', { drop: false, set: {}, ...holds }]]);
const rule = (when: string, holds: Partial<Then>) =>
  port().createRule({ name: 'Waits', when: [when], ...fixed, ...actions(holds) } as never, someone());
const timesAttached = (id: string) => harness.incidents.attached.filter(({ alert }) => alert.id === id).length;
const after = (ms: number) => new Date(harness.clock.now().getTime() + ms).toISOString();

/** Waits until a rule with a hold is in force in another process, which takes up to a second. */
async function inForceIn(to: ReturnType<typeof port>, labels: object): Promise<void> {
  for (let n = 0; (await send(report({ labels, message: `Try ${n}` }), to)).action !== 'none'; n++) {
    expect(n).toBeLessThan(60);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Advances the clock and runs due jobs. */
async function pass(ms: number): Promise<void> {
  harness.clock.advance(ms);
  await drain();
}

describe('a delay', () => {
  test('holds a firing alert with its cause and end, and the alert is attached then', async () => {
    const input = report();
    const { id } = await rule(`service="${input.service}"`, { delay_minutes: 5 });
    const until = after(minutes(5));
    const answer = await send(input);
    expect(answer).toMatchObject({ incident_id: null, action: 'none', reason: 'held', deduplicated: false });
    expect(await send(input)).toMatchObject({ alert_id: answer.alert_id, reason: 'held', deduplicated: true });
    const waiting = { by: 'delay', id, name: 'Waits', until };
    expect(await read(answer.alert_id)).toMatchObject({
      ...{ status: 'firing', incident_id: null, muted: null, waiting },
      decision: [
        { stage: 'rule', did: 'wait 5 min' },
        { stage: 'hold', ...waiting },
      ],
    });
    const { alerts } = await port().list({ status: 'waiting', service: input.service }, someone());
    expect(alerts.map((alert) => alert.id)).toEqual([answer.alert_id]);
    expect((await port().list({ status: 'muted', service: input.service }, someone())).alerts).toEqual([]);
    await pass(minutes(5) - 1);
    expect(timesAttached(answer.alert_id)).toBe(0);
    await pass(1);
    expect(await read(answer.alert_id)).toMatchObject({
      incident_id: harness.incidents.incidentOf(answer.alert_id),
      waiting: null,
      decision: [{ stage: 'hold', by: 'delay', ended_at: until }, { stage: 'rule' }],
    });
    await pass(minutes(10));
    expect(timesAttached(answer.alert_id)).toBe(1);
  });

  test('ends without an incident if the source resolves the alert within it', async () => {
    const input = report({ dedup_key: 'short' });
    await rule(`service="${input.service}"`, { delay_minutes: 5 });
    const { alert_id } = await send(input);
    expect(await send({ ...input, status: 'resolved' })).toMatchObject({ action: 'resolved', incident_id: null });
    await pass(minutes(5));
    expect(await read(alert_id)).toMatchObject({ status: 'resolved', incident_id: null, waiting: null });
    expect(timesAttached(alert_id)).toBe(0);
    expect(await harness.database.db('jobs').where({ kind: 'report-ended' })).toEqual([]);
  });

  test('counts from the first report, so a re-report does not extend it', async () => {
    const input = report();
    await rule(`service="${input.service}"`, { delay_minutes: 5 });
    const { alert_id } = await send(input);
    await pass(minutes(4));
    await send(input);
    await pass(minutes(1));
    expect(timesAttached(alert_id)).toBe(1);
    expect(await harness.database.db('jobs').where({ kind: 'release-held' })).toEqual([]);
  });

  test('is not asked for by a severity that the rule does not match, so the alert is released at once', async () => {
    const input = report({ severity: 'low', dedup_key: 'rises' });
    await rule(`service="${input.service}",severity="low"`, { delay_minutes: 5 });
    const { alert_id } = await send(input);
    const risen = await send({ ...input, severity: 'critical' });
    expect(risen).toMatchObject({ alert_id, action: 'new_incident' });
    expect(await read(alert_id)).toMatchObject({ waiting: null, incident_id: risen.incident_id });
    await pass(minutes(5));
    expect(timesAttached(alert_id)).toBe(1);
  });

  test('gives way to a silence that began meanwhile, and does not begin again after it', async () => {
    const input = report();
    await rule(`service="${input.service}"`, { delay_minutes: 5 });
    const { alert_id } = await send(input);
    await pass(minutes(1));
    const silence = { matchers: [`service="${input.service}"`], ends_at: after(minutes(9)), comment: 'Move' };
    const { id } = await port().createSilence(silence, someone());
    await pass(minutes(4));
    expect(await read(alert_id)).toMatchObject({ waiting: null, muted: { id }, incident_id: null });
    await pass(minutes(5));
    expect(timesAttached(alert_id)).toBe(1);
    expect((await read(alert_id)).decision.map(({ stage }) => stage)).toEqual(['hold', 'mute', 'rule']);
  });

  test('ends when its rule is deleted', async () => {
    const input = report();
    const { id } = await rule(`service="${input.service}"`, { delay_minutes: 60 });
    const { alert_id } = await send(input);
    await port().deleteRule({ id }, someone());
    await drain();
    expect(timesAttached(alert_id)).toBe(1);
  });

  test('that a changed rule makes longer ends at the new time', async () => {
    const input = report();
    const { id, name, when, during, enabled, stop } = await rule(`service="${input.service}"`, { delay_minutes: 5 });
    const { alert_id } = await send(input);
    const then = { drop: false, set: {}, delay_minutes: 8 };
    await port().updateRule({ id, name, when, during, enabled, stop, then }, someone());
    await pass(minutes(5));
    expect(timesAttached(alert_id)).toBe(0);
    await pass(minutes(3));
    expect(timesAttached(alert_id)).toBe(1);
  });

  test('is released later if the process dies during the release, or if incidents is unavailable', async () => {
    const input = report();
    await rule(`service="${input.service}"`, { delay_minutes: 5 });
    const { alert_id } = await send(input);
    const { db } = harness.database;
    await db.raw(
      `alter table alerts add constraint no_release check (hold_key is not null or service <> '${input.service}')`,
    );
    try {
      await pass(minutes(5));
      expect((await read(alert_id)).waiting).not.toBeNull();
    } finally {
      await db.raw('alter table alerts drop constraint no_release');
    }
    harness.incidents.mood = 'down';
    await pass(minutes(1));
    expect(await read(alert_id)).toMatchObject({ waiting: null, incident_id: null });
    harness.incidents.mood = 'up';
    await pass(minutes(1));
    expect((await read(alert_id)).incident_id).toBe(harness.incidents.incidentOf(alert_id));
  });
});

test('a report that changes the text while the delay ends does not keep the alert waiting', async () => {
  const input = report({ dedup_key: 'text' });
  await rule(`service="${input.service}"`, { delay_minutes: 5 });
  const { alert_id } = await send(input);
  await drain();
  const { db } = harness.database;
  harness.clock.advance(minutes(5));
  const trx = await db.transaction();
  await trx('alerts').where({ id: alert_id }).increment('revision', 1);
  const draining = drain();
  await someLockWaits({ db });
  await trx.commit();
  await draining;
  await drain();
  expect(timesAttached(alert_id)).toBe(1);
});

describe('a threshold', () => {
  test('holds alerts until the count is reached, and then attaches all of the group', async () => {
    const name = service();
    const { id } = await rule(`service="${name}"`, { threshold: { count: 3, within_minutes: 10 } });
    const first = await send(report({ service: name, message: 'A' }));
    expect(first).toMatchObject({ action: 'none', reason: 'held', incident_id: null });
    await pass(minutes(1));
    const second = await send(report({ service: name, message: 'B' }));
    const waiting = { by: 'threshold', id, until: null, seen: 2, count: 3, within_minutes: 10 };
    expect((await read(first.alert_id)).waiting).toMatchObject(waiting);
    const third = await send(report({ service: name, message: 'A' }));
    expect(third).toMatchObject({ alert_id: first.alert_id, action: 'new_incident' });
    await drain();
    expect(timesAttached(second.alert_id)).toBe(1);
    expect(await read(second.alert_id)).toMatchObject({ waiting: null, incident_id: third.incident_id });
    const fourth = await send(report({ service: name, message: 'C' }));
    expect(fourth).toMatchObject({ action: 'existing_incident' });
    expect((await read(fourth.alert_id)).decision).toMatchObject([
      { stage: 'rule', did: 'wait for 3 reports in 10 min' },
      { stage: 'hold', by: 'threshold', seen: 3, ended_at: expect.any(String) },
    ]);
  });

  test('does not count what is older than its window, and the alert waits on visibly', async () => {
    const input = report();
    await rule(`service="${input.service}"`, { threshold: { count: 2, within_minutes: 10 } });
    const { alert_id } = await send(input);
    await pass(minutes(10));
    expect((await read(alert_id)).waiting).toMatchObject({ seen: 0, count: 2 });
    expect(await send(input)).toMatchObject({ alert_id, reason: 'held' });
    await pass(minutes(10) - 1);
    expect(await send(input)).toMatchObject({ alert_id, action: 'new_incident' });
  });

  test('counts per service', async () => {
    const team = service();
    await rule(`team="${team}"`, { threshold: { count: 2, within_minutes: 10 } });
    const labels = { team };
    const low = report({ severity: 'low', labels });
    await send(low);
    expect(await send(report({ severity: 'low', labels }))).toMatchObject({ reason: 'held' });
    expect(await send(low)).toMatchObject({ action: 'new_incident' });
  });

  test('counts each report of an identity whose severity alternates, and releases alerts of all severities', async () => {
    const input = report({ severity: 'high', dedup_key: 'alternates' });
    await rule(`service="${input.service}"`, { threshold: { count: 3, within_minutes: 10 } });
    const { alert_id } = await send(input);
    const other = await send(report({ service: input.service, severity: 'low' }));
    expect(other).toMatchObject({ reason: 'held' });
    expect(await send({ ...input, severity: 'medium' })).toMatchObject({ alert_id, action: 'new_incident' });
    await drain();
    expect(timesAttached(other.alert_id)).toBe(1);
  });

  test('counts exactly once each report of two processes at the same time', async () => {
    const other = harness.another();
    const labels = { team: service() };
    await rule(`team="${labels.team}"`, { threshold: { count: 41, within_minutes: 10 } });
    await inForceIn(other.port, labels);
    for (let round = 0; round < 5; round++) {
      const name = service();
      const storm = (to = port()) =>
        Promise.all(
          Array.from({ length: 20 }, (_, n) => send(report({ service: name, labels, message: `Disk ${n % 7}` }), to)),
        );
      const answers = (await Promise.all([storm(), storm(other.port)])).flat();
      expect(answers.map((answer) => 'reason' in answer && answer.reason)).toEqual(Array(40).fill('held'));
      expect((await read(answers[0]!.alert_id)).waiting).toMatchObject({ seen: 40 });
      expect(await send(report({ service: name, labels, message: 'Disk 0' }))).toMatchObject({
        action: 'new_incident',
      });
      await drain();
      const rows = await harness.database.db('alerts').where({ service: name });
      expect(rows).toHaveLength(7);
      expect(rows.filter(({ incident_id, hold_key }) => incident_id === null || hold_key !== null)).toEqual([]);
    }
  });

  test('releases its alerts if the process dies right after the count was reached, also when the window is over', async () => {
    const name = service();
    await rule(`service="${name}"`, { threshold: { count: 2, within_minutes: 1 } });
    await drain();
    const first = await send(report({ service: name, message: 'A' }));
    await send(report({ service: name, message: 'B' }));
    await pass(minutes(30));
    expect(timesAttached(first.alert_id)).toBe(1);
  });

  test('counts the reports during a silence when that ends', async () => {
    const input = report();
    await rule(`service="${input.service}"`, { threshold: { count: 3, within_minutes: 10 } });
    const silence = { matchers: [`service="${input.service}"`], ends_at: after(minutes(60)), comment: 'Move' };
    const { id } = await port().createSilence(silence, someone());
    const { alert_id } = await send(input);
    for (let n = 0; n < 2; n++) await send(input);
    await port().endSilence({ id }, someone());
    await drain();
    expect(timesAttached(alert_id)).toBe(1);
  });

  test('counts each report once if a silence began while the alert waited', async () => {
    const input = report();
    await rule(`service="${input.service}"`, { threshold: { count: 5, within_minutes: 10 } });
    const { alert_id } = await send(input);
    await send(input);
    const silence = { matchers: [`service="${input.service}"`], ends_at: after(minutes(60)), comment: 'Move' };
    const { id } = await port().createSilence(silence, someone());
    await send(input);
    await port().endSilence({ id }, someone());
    await drain();
    expect((await read(alert_id)).waiting).toMatchObject({ by: 'threshold', seen: 3, count: 5 });
    expect(timesAttached(alert_id)).toBe(0);
    expect(await send(input)).toMatchObject({ reason: 'held' });
    expect(await send(input)).toMatchObject({ action: 'new_incident' });
  });

  test('counts the reports during a silence if the next report comes before its release', async () => {
    const input = report();
    await rule(`service="${input.service}"`, { threshold: { count: 4, within_minutes: 10 } });
    const silence = { matchers: [`service="${input.service}"`], ends_at: after(minutes(60)), comment: 'Move' };
    const { id } = await port().createSilence(silence, someone());
    const { alert_id } = await send(input);
    await send(input);
    await port().endSilence({ id }, someone());
    expect(await send(input)).toMatchObject({ reason: 'held' });
    expect((await read(alert_id)).waiting).toMatchObject({ seen: 3 });
    await drain();
    expect((await read(alert_id)).waiting).toMatchObject({ seen: 3 });
  });

  test('releases its alerts when its rule is deleted', async () => {
    const input = report();
    const { id } = await rule(`service="${input.service}"`, { threshold: { count: 9, within_minutes: 10 } });
    const { alert_id } = await send(input);
    await port().deleteRule({ id }, someone());
    await drain();
    expect(timesAttached(alert_id)).toBe(1);
  });

  test('and a delay must both be over', async () => {
    const name = service();
    await rule(`service="${name}"`, { threshold: { count: 2, within_minutes: 10 }, delay_minutes: 5 });
    const first = await send(report({ service: name, message: 'A' }));
    await pass(minutes(2));
    expect(await send(report({ service: name, message: 'B' }))).toMatchObject({ reason: 'held' });
    await drain();
    expect((await read(first.alert_id)).waiting).toMatchObject({ by: 'delay' });
    await pass(minutes(3));
    expect(timesAttached(first.alert_id)).toBe(1);
    expect((await read(first.alert_id)).decision.map((entry) => 'by' in entry && entry.by)).toEqual([
      ...['threshold', 'threshold', 'delay', false, 'threshold'],
    ]);
  });

  test('keeps no more reports than it counts', async () => {
    const input = report();
    await rule(`service="${input.service}"`, { threshold: { count: 2, within_minutes: 10 } });
    for (let n = 0; n < 20; n++) {
      harness.clock.advance(seconds(1));
      await send(input);
    }
    const rows = await harness.database.db('alert_thresholds').orderBy('updated_at', 'desc');
    expect(rows[0].events.length).toBeLessThanOrEqual(2);
  });
});

test('a rule releases what it holds as soon as its hours end, in its own time zone and every day', async () => {
  const clock = harness.clock.now();
  const input = report();
  const at = (ms: number) => new Date(clock.getTime() + ms).toISOString().slice(11, 16);
  const during = { time_zone: 'UTC', restrictions: [{ from: at(-minutes(60)), to: at(minutes(30)) }] };
  const then = actions({ threshold: { count: 9, within_minutes: 600 } });
  await port().createRule(
    { name: 'At night', when: [`service="${input.service}"`], ...fixed, during, ...then } as never,
    someone(),
  );
  await drain();
  const { alert_id } = await send(input);
  await pass(minutes(29));
  expect(timesAttached(alert_id)).toBe(0);
  await pass(minutes(1));
  expect(timesAttached(alert_id)).toBe(1);
  await pass(minutes(23 * 60 + 30));
  const next = await send({ ...input, message: 'The next day' });
  expect(next).toMatchObject({ reason: 'held' });
  await pass(minutes(30));
  expect(timesAttached(next.alert_id)).toBe(1);
});

test('held reports do not count as correlated', async () => {
  const counted = async () =>
    /alerts_correlated_total\{result="new_incident"\} (\d+)/.exec(await harness.registry.metrics())?.[1];
  const input = report();
  await rule(`service="${input.service}"`, { delay_minutes: 5 });
  const before = await counted();
  await send(input);
  expect(await counted()).toBe(before);
});

test('a command with an Idempotency-Key that is repeated gets the held alert again and counts once', async () => {
  const input = report();
  await rule(`service="${input.service}"`, { threshold: { count: 3, within_minutes: 5 } });
  const again = () => send(input, port(), someone({ idempotencyKey: `held ${input.service}` }));
  const first = await again();
  expect(first).toMatchObject({ action: 'none', reason: 'held' });
  expect(await again()).toEqual({ ...first, deduplicated: true });
  expect((await read(first.alert_id)).waiting).toMatchObject({ seen: 1 });
});

test('an alert that fired before the rule keeps its incident, and a successor of it is held', async () => {
  const input = report();
  const first = await send(input);
  await rule(`service="${input.service}"`, { delay_minutes: 5 });
  expect(await send(input)).toMatchObject({ incident_id: first.incident_id, action: 'existing_incident' });
  harness.incidents.resolve(first.incident_id as string);
  const opened = harness.incidents.opened.length;
  await send(input);
  await drain();
  expect((await read(first.alert_id)).status).toBe('resolved');
  expect(harness.incidents.opened.length).toBe(opened);
  await pass(minutes(5));
  expect(harness.incidents.opened.length).toBe(opened + 1);
});

test('reports, resolves and the end of the delay at the same time leave no alert waiting or without its incident', async () => {
  const other = harness.another();
  for (let round = 0; round < 5; round++) {
    const name = service();
    await rule(`service="${name}"`, { delay_minutes: 1 });
    const each = Array.from({ length: 12 }, (_, n) => report({ service: name, message: `Disk ${n}` }));
    await Promise.all(each.map((input) => send(input)));
    harness.clock.advance(minutes(1));
    const resolved = each.slice(0, 4).map((input) => send({ ...input, status: 'resolved' }));
    const again = each.slice(4, 8).map((input) => send(input, other.port));
    await Promise.all([...resolved, drain(), ...again, other.drain()]);
    await pass(seconds(90));
    const rows = await harness.database.db('alerts').where({ service: name, status: 'firing' });
    expect(rows).toHaveLength(8);
    expect(rows.filter(({ incident_id, hold_key }) => incident_id === null || hold_key !== null)).toEqual([]);
    for (const { id } of rows) expect(timesAttached(id)).toBeGreaterThan(0);
  }
});

test('a process that has not noticed the end of a rule does not hold by it', async () => {
  const other = harness.another();
  const labels = { team: service() };
  const { id } = await rule(`team="${labels.team}"`, { threshold: { count: 9, within_minutes: 10 } });
  await inForceIn(other.port, labels);
  await port().deleteRule({ id }, someone());
  const late = await send(report({ labels }), other.port);
  expect(late).toMatchObject({ action: 'new_incident' });
});

test("vendors' paths answer success for held alerts", async () => {
  const name = service();
  await rule(`service="${name}"`, { delay_minutes: 5 });
  const { url } = await port().createIntegration({ name: `AM ${++serial}` }, someone());
  const labels = { alertname: 'DiskFull', service: name, severity: 'critical' };
  const alert = { status: 'firing', labels, annotations: {}, startsAt: '2026-01-05T08:00:00Z' };
  const group = { version: '4', groupKey: 'g', status: 'firing', receiver: 'r', truncatedAlerts: 0, alerts: [alert] };
  await request(harness.app()).post(new URL(url).pathname).send(group).expect(200);
  const [row] = await harness.database.db('alerts').where({ service: name });
  expect(row).toMatchObject({ status: 'firing', hold_key: 'delay', incident_id: null });
});

test('the test of rules says that a report would be held, and why', async () => {
  const input = { ...report(), labels: {}, source: 'api' } as never;
  const draft = (name: string, holds: Partial<Then>) =>
    ({ name, when: ['severity="high"'], ...fixed, ...actions(holds) }) as never;
  const drafts = [
    draft('Waits', { delay_minutes: 5 }),
    draft('Counts', { threshold: { count: 5, within_minutes: 10 } }),
  ];
  const one = await port().testRules({ report: input, rules: drafts.slice(0, 1), integration: '' }, someone());
  expect(one).toMatchObject({ result: 'held', decision: [{ stage: 'rule' }, { stage: 'hold', by: 'delay' }] });
  const both = await port().testRules({ report: input, rules: drafts, integration: '' }, someone());
  expect(both.decision.at(-1)).toMatchObject({ stage: 'hold', by: 'threshold', seen: 1, count: 5, name: 'Counts' });
});
