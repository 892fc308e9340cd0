import request from 'supertest';
import { minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Accepted, Rule } from '../contract';

let harness: AlertsHarness;
let serial = 0;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(async () => {
  const { rules } = await port().listRules({}, someone());
  for (const { id } of rules) await port().deleteRule({ id }, someone());
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;
const service = () => `routed-${++serial}`;
const report = (over: object = {}) => ({ service: service(), severity: 'high', message: 'Disk full', ...over });
const send = (input: object): Promise<Accepted> => port().receive(input as never, someone()) as Promise<Accepted>;
const rule = (when: string[], then: object, over: object = {}): Promise<Rule> =>
  port().createRule({ name: `rule ${++serial}`, when, then, ...over } as never, someone());
const change = ({ id, name }: Rule, when: string[], then: object) =>
  port().updateRule({ id, name, when, then } as never, someone());
const attachedOf = (id: string) =>
  harness.incidents.attached.filter(({ alert }) => alert.id === id).map(({ alert }) => alert);
const routingOf = (id: string) => attachedOf(id).at(-1)?.routing;

test('a rule routes an alert, and the alert shows what was set', async () => {
  const input = report({ labels: { team: 'Web', cluster: 'a' } });
  const { name } = await rule([`service="${input.service}"`], {
    set: { team: '$team', policy: 'database' },
    ...{ group_by: { kind: 'labels', labels: ['cluster'] }, window_minutes: 30, page: false, room: 'slack:#ops' },
  });
  const { alert_id } = await send(input);
  expect(routingOf(alert_id)).toEqual({
    ...{
      team: 'Web',
      policy: 'database',
      by: { kind: 'rule', name },
      key: expect.stringMatching(/^KEY:[0-9a-f]{64}$/),
    },
    ...{ by_severity: false, per_owner: false, window_minutes: 30, not_paged_by: name, room: 'slack:#ops' },
  });
  const { decision } = await port().get({ alert_id }, someone());
  expect(decision).toMatchObject([
    { did: 'set team Web, set policy database, group by cluster, window 30 min, page no one, post to slack:#ops' },
  ]);
});

test('an alert without a route is attached as before', async () => {
  const input = report();
  await rule([`service="${input.service}"`], { set: { severity: 'low' } });
  const { alert_id } = await send(input);
  expect(attachedOf(alert_id)[0]).not.toHaveProperty('routing');
});

test('alerts of one group have one incident, and are stored with the incident that is expected', async () => {
  await rule(['cluster="b"'], { group_by: { kind: 'labels', labels: ['cluster'] } });
  const labels = { cluster: 'b' };
  const first = await send(report({ labels, severity: 'low' }));
  const second = await send(report({ labels }));
  expect(second).toMatchObject({ incident_id: first.incident_id, action: 'existing_incident' });
});

test('the first decision binds: a re-report changes severity and text, not team, policy and group', async () => {
  const input = report({ dedup_key: `bound ${++serial}` });
  const when = [`service="${input.service}"`];
  const first = await rule(when, { set: { team: 'web' }, group_by: { kind: 'rule' } });
  const { alert_id } = await send(input);
  const bound = routingOf(alert_id);
  await change(first, when, {
    set: { team: 'other', policy: 'other', severity: 'critical', title: 'Disk of $service full' },
    ...{ group_by: { kind: 'fingerprint' }, page: false, window_minutes: 5 },
  });
  expect(await send(input)).toMatchObject({ alert_id, deduplicated: true });
  expect(attachedOf(alert_id).at(-1)).toMatchObject({
    ...{ severity: 'critical', message: `Disk of ${input.service} full`, raised: { to: 'critical' }, routing: bound },
  });
  await change(first, when, { drop: true });
  expect(await send(input)).toMatchObject({ alert_id: null, action: 'none' });
});

test('an alert without a route gets none by a re-report', async () => {
  const input = report({ dedup_key: `unbound ${++serial}` });
  const { alert_id } = await send(input);
  await rule([`service="${input.service}"`], { set: { team: 'web', severity: 'critical' } });
  await send(input);
  expect(attachedOf(alert_id).at(-1)).toMatchObject({ severity: 'critical' });
  expect(routingOf(alert_id)).toBeUndefined();
});

test('an alert that is attached by a job keeps its route', async () => {
  const input = report();
  await rule([`service="${input.service}"`], { set: { team: 'web' } });
  harness.incidents.mood = 'down';
  const { alert_id } = await send(input);
  harness.incidents.mood = 'up';
  harness.clock.advance(minutes(1));
  await harness.alerts.drain();
  expect(routingOf(alert_id)).toMatchObject({ team: 'web' });
});

test('a muted alert is routed by the rules of the time of its release', async () => {
  const input = report();
  const when = [`service="${input.service}"`];
  const first = await rule(when, { set: { team: 'web' } });
  const now = harness.clock.now();
  const { id } = await port().createSilence(
    { matchers: when, ends_at: new Date(now.getTime() + minutes(60)).toISOString(), comment: 'Works' } as never,
    someone(),
  );
  const { alert_id } = await send(input);
  expect(attachedOf(alert_id)).toEqual([]);
  await change(first, when, { set: { team: 'later' } });
  await port().endSilence({ id }, someone());
  await harness.alerts.drain();
  expect(routingOf(alert_id)).toMatchObject({ team: 'later' });
});

test('an alert that replaces one whose incident was resolved gets the route of the rules of then', async () => {
  const input = report({ dedup_key: `again ${++serial}` });
  const when = [`service="${input.service}"`];
  const first = await rule(when, { set: { team: 'web' } });
  const { alert_id, incident_id } = await send(input);
  harness.incidents.resolve(incident_id as string);
  await change(first, when, { set: { team: 'later' } });
  const next = await send(input);
  expect(next.alert_id).not.toBe(alert_id);
  expect(routingOf(next.alert_id)).toMatchObject({ team: 'later' });
});

describe('the team of an integration', () => {
  async function integration(settings: object) {
    const made = await port().createIntegration(
      { name: `Prod ${++serial}`, format: 'alertmanager', ...settings } as never,
      someone({ role: 'admin' }),
    );
    const post = (labels: object) => {
      harness.clock.advance(1_000);
      return request(harness.app())
        .post(new URL(made.url).pathname)
        .send({
          ...{ version: '4', status: 'firing', groupKey: '{}' },
          alerts: [{ status: 'firing', fingerprint: `f${++serial}`, labels: { alertname: 'Down', ...labels } }],
        })
        .expect(200);
    };
    const routed = async () => {
      const rows = await harness.database.db('alerts').where({ integration_id: made.id }).orderBy('created_at', 'desc');
      return routingOf(rows[0].id);
    };
    return { ...made, post, routed };
  }

  test('routes alerts whose payload names no service, unless a rule says otherwise', async () => {
    const { name, id, post, routed } = await integration({ team: 'web' });
    await post({});
    expect(await routed()).toMatchObject({ team: 'web', by: { kind: 'integration', name } });
    await post({ service: 'shop' });
    expect(await routed()).toBeUndefined();
    await rule([`integration="${name}"`], { set: { team: 'by rule' } });
    await post({});
    expect(await routed()).toMatchObject({ team: 'by rule', by: { kind: 'rule' } });
    expect(await port().updateIntegration({ id, team: null }, someone({ role: 'admin' }))).toMatchObject({
      team: null,
    });
  });

  test('gives way to a service that a label of the integration names', async () => {
    const { post, routed } = await integration({ team: 'web', service_labels: ['app'] });
    await post({ app: 'shop' });
    expect(await routed()).toBeUndefined();
  });

  test('stays with the alert while it is muted', async () => {
    const { name, post, routed } = await integration({ team: 'web' });
    const ends_at = new Date(harness.clock.now().getTime() + minutes(60)).toISOString();
    const matchers = [`integration="${name}"`];
    const { id } = await port().createSilence({ matchers, ends_at, comment: 'Works' } as never, someone());
    await post({});
    await port().endSilence({ id }, someone());
    await harness.alerts.drain();
    expect(await routed()).toMatchObject({ team: 'web', by: { kind: 'integration', name } });
  });
});

test('the test of rules shows where a report would go', async () => {
  const then = {
    set: { team: 'web' },
    group_by: { kind: 'service' },
    window_minutes: 30,
    page: false,
    room: 'slack:#ops',
  };
  const draft = { name: 'Draft', when: ['severity="high"'], then };
  const run = (rules: object[]) => port().testRules({ report: report({ service: 'shop' }), rules } as never, someone());
  const routed = await run([draft]);
  expect(routed).toMatchObject({ team: 'web', policy: null, window_minutes: 30, page: false, room: 'slack:#ops' });
  expect(routed.group_key).toMatch(/^\|KEY:/);
  expect(await run([])).toMatchObject({
    team: null,
    window_minutes: null,
    page: true,
    room: null,
    group_key: 'high|shop',
  });
});

test.each([
  [{ group_by: { kind: 'labels', labels: [] } }, 'then.group_by.labels'],
  [{ group_by: { kind: 'colour' } }, 'then.group_by.kind'],
  [{ window_minutes: 0 }, 'then.window_minutes'],
  [{ room: 'nowhere' }, 'then.room'],
  [{ set: { team: '' } }, 'then.set.team'],
])('a rule with %j is refused, and the answer names the field', async (then, path) => {
  const app = harness.app(someone({ role: 'admin' }));
  const { status, body } = await request(app)
    .post('/api/v1/rules')
    .send({ name: 'Bad', when: ['a="b"'], then });
  expect([status, body.errors[0].path]).toEqual([422, path]);
});

describe('the window of a service', () => {
  const admin = someone({ role: 'admin' });
  const set = (name: string, minutesOf: number | null) =>
    port().setServiceWindow({ service: name, minutes: minutesOf }, admin);
  const windowOf = async (input: object) => routingOf((await send(input)).alert_id)?.window_minutes;

  test('goes with the alerts of the service; the window of a rule comes first', async () => {
    const input = report();
    expect(await set(input.service, 45)).toEqual({ service: input.service, minutes: 45 });
    expect(await windowOf(input)).toBe(45);
    expect(await windowOf(report())).toBeUndefined();
    expect(await windowOf({ ...input, message: 'Disk still full' })).toBe(45);
    await rule([`service="${input.service}"`], { window_minutes: 10 });
    expect(await windowOf({ ...input, message: 'CPU busy' })).toBe(10);
    expect(await port().testRules({ report: input, rules: [] } as never, someone())).toMatchObject({
      window_minutes: 45,
    });
  });

  test('is listed, changed and removed', async () => {
    const name = service();
    await set(name, 45);
    await set(name, 46);
    expect(await port().listServiceWindows({ service: name }, admin)).toEqual({
      windows: [{ service: name, minutes: 46 }],
    });
    await set(name, null);
    expect(await port().listServiceWindows({ service: name }, admin)).toEqual({ windows: [] });
    expect(await windowOf(report({ service: name }))).toBeUndefined();
  });

  test('must be a number of minutes', async () => {
    const app = harness.app(admin);
    for (const wrong of [0, -1, 1.5, 'ten', 100_000]) {
      await request(app).put('/api/v1/services/shop/window').send({ minutes: wrong }).expect(422);
    }
    await request(app).put('/api/v1/services/shop/window').send({}).expect(422);
  });
});
