import request from 'supertest';
import { minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Accepted, Noted, Rule } from '../contract';

/** The answer to a report; null as the alert's id only if a rule drops it. */
type Answer = (Accepted | Noted) & { alert_id: string };

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

const service = () => `ruled-${++serial}`;
const report = (over: object = {}) => ({ service: service(), severity: 'high', message: 'Disk full', ...over });
const port = () => harness.alerts.port;
const send = (input: object): Promise<Answer> => port().receive(input as never, someone()) as Promise<Answer>;
const read = (id: string) => port().get({ alert_id: id }, someone());
const rule = (when: string[], then: object, over: object = {}): Promise<Rule> =>
  port().createRule({ name: `rule ${++serial}`, when, then, ...over } as never, someone());
const api = () => request(harness.app());

test('a rule changes service, severity, title and labels before the alert is correlated', async () => {
  const labels = { env: 'staging', host: 'db-1' };
  const input = report({ labels });
  const { id, name } = await rule(['env="staging"'], {
    set: { service: 'Quiet $service', severity: 'low', title: '$message on $host', labels: { quiet: 'yes' } },
  });
  const { alert_id } = await send(input);
  expect(await read(alert_id)).toMatchObject({
    service: `quiet ${input.service}`,
    severity: 'low',
    message: 'Disk full on db-1',
    labels: { env: 'staging', host: 'db-1', quiet: 'yes' },
    reported: { service: input.service, severity: 'high', message: 'Disk full', labels },
    decision: [{ stage: 'rule', id, rule: name }],
  });
  const attached = harness.incidents.attached.find(({ alert }) => alert.id === alert_id)?.alert;
  expect(attached).toMatchObject({ service: `quiet ${input.service}`, severity: 'low' });
});

test('a dropped report is counted and stores nothing; a sample of it is kept', async () => {
  const input = report();
  const { id } = await rule([`service="${input.service}"`], { drop: true });
  const answer = await send(input);
  expect(answer).toMatchObject({ alert_id: null, incident_id: null, action: 'none', reason: `dropped_by:${id}` });
  await send(input);
  await harness.alerts.drain();
  expect(await harness.database.db('alerts').where({ service: input.service })).toEqual([]);
  const { rules } = await port().listRules({}, someone());
  expect(rules.find((each) => each.id === id)?.dropped).toBe(2);
  const samples = await harness.database.db('dropped_reports').where({ rule_id: id });
  expect(samples).toMatchObject([{ report: { service: input.service, message: 'Disk full' } }]);
});

test('a drop of a re-report resolves nothing and counts nothing', async () => {
  const input = report();
  const first = await send(input);
  await rule([`service="${input.service}"`], { drop: true });
  expect(await send(input)).toMatchObject({ alert_id: null, action: 'none' });
  expect(await read(first.alert_id)).toMatchObject({ status: 'firing', count: 1, incident_id: first.incident_id });
});

test('a batch with dropped reports answers each of them in its place', async () => {
  const kept = report();
  const noisy = report();
  await rule([`service="${noisy.service}"`], { drop: true });
  const { results } = await port().receiveBatch({ alerts: [noisy, kept, noisy] }, someone());
  expect(results.map((result) => 'action' in result && result.action)).toEqual(['none', 'new_incident', 'none']);
});

test('on a re-report a rule may change severity and text, and the first decision stays', async () => {
  const input = report({ dedup_key: 'later' });
  const { alert_id } = await send(input);
  await rule([`service="${input.service}"`], { set: { severity: 'low', service: 'elsewhere', title: 'Never mind' } });
  await send(input);
  expect(await read(alert_id)).toMatchObject({
    ...{ service: input.service, severity: 'low', message: 'Never mind', decision: [] },
    first_said: { severity: 'high', message: 'Disk full' },
  });
});

test('a muted alert that is released runs through the rules of then', async () => {
  const input = report({ labels: { env: 'prod' } });
  await port().createSilence(
    {
      matchers: [`service="${input.service}"`],
      ends_at: new Date(harness.clock.now().getTime() + minutes(10)).toISOString(),
    },
    someone(),
  );
  const { alert_id } = await send(input);
  const { id } = await rule(['env="prod"'], { set: { severity: 'critical', service: 'late' } });
  harness.clock.advance(minutes(10));
  await harness.alerts.drain();
  expect(await read(alert_id)).toMatchObject({
    ...{ service: 'late', severity: 'critical', incident_id: expect.any(String) },
    decision: [{ stage: 'mute' }, { stage: 'rule', id }],
    reported: { service: input.service, severity: 'high' },
  });
});

test('a muted alert that the rules of then drop ends without an incident', async () => {
  const input = report();
  const { id } = await port().createSilence(
    {
      matchers: [`service="${input.service}"`],
      ends_at: new Date(harness.clock.now().getTime() + minutes(10)).toISOString(),
    },
    someone(),
  );
  const { alert_id } = await send(input);
  await rule([`service="${input.service}"`], { drop: true });
  await port().endSilence({ id }, someone());
  await harness.alerts.drain();
  expect(await read(alert_id)).toMatchObject({ status: 'resolved', incident_id: null, muted: null });
});

test('rules run in their order, which can be changed only with the latest version', async () => {
  const input = report();
  const first = await rule([`service="${input.service}"`], { set: { severity: 'low' } }, { stop: true });
  const second = await rule([`service="${input.service}"`], { set: { severity: 'critical' } });
  expect((await read((await send(input)).alert_id)).severity).toBe('low');
  const { version } = await port().listRules({}, someone());
  const ids = [second.id, first.id];
  const order = (body: object, tag: string) => api().put('/api/v1/rules/order').set('If-Match', `"${tag}"`).send(body);
  const ordered = await order({ ids }, version).expect(200);
  expect(ordered.body.rules.map(({ id }: Rule) => id)).toEqual(ids);
  await order({ ids }, version).expect(412);
  const refused = await order({ ids: [first.id, first.id] }, ordered.body.version).expect(422);
  expect(refused.body.errors).toMatchObject([{ path: 'ids' }]);
  const other = report({ service: input.service, message: 'Another' });
  expect((await read((await send(other)).alert_id)).decision.map((entry) => 'rule' in entry && entry.id)).toEqual(ids);
});

test('a change of a rule is refused if another person changed it since it was read', async () => {
  const { id, name, updated_at } = await rule(['a="b"'], { drop: true });
  const change = (tag: string) =>
    api().put(`/api/v1/rules/${id}`).set('If-Match', `"${tag}"`).send({ name, when: [], then: {} });
  harness.clock.advance(minutes(1));
  const changed = await change(updated_at);
  expect([changed.status, changed.headers['etag']]).toEqual([200, `"${changed.body.updated_at}"`]);
  expect((await change(updated_at)).status).toBe(412);
});

test('a disabled rule does nothing until it is enabled', async () => {
  const input = report();
  const made = await rule([`service="${input.service}"`], { drop: true }, { enabled: false });
  expect((await send(input)).action).toBe('new_incident');
  const { id, name, when, then, stop } = made;
  await port().updateRule({ id, name, when, then, stop, enabled: true }, someone());
  expect((await send({ ...input, message: 'Another' })).action).toBe('none');
});

test.each([
  [{ when: ['env="x'] }, 'when.0'],
  [{ when: ['a="b"', 'env=~"(a)\\\\1"'] }, 'when.1'],
  [{ when: Array.from({ length: 10 }, () => 'a=~"(x*){15}"') }, 'when'],
  [{ during: { time_zone: 'Mars/Base', restrictions: [{ from: '09:00', to: '17:00' }] } }, 'during.time_zone'],
  [{ then: { set: { severity: 'huge' } } }, 'then.set.severity'],
  [{ name: ' ' }, 'name'],
])('the rule with %j is refused, naming %s', async (over, path) => {
  const answer = await api()
    .post('/api/v1/rules')
    .send({ name: 'Faulty', when: ['a="b"'], then: {}, ...over })
    .expect(422);
  expect(answer.body.errors.map((fault: { path: string }) => fault.path)).toContain(path);
});

test('the test of rules says what would happen and stores nothing', async () => {
  const input = report({ labels: { env: 'dev' } });
  await rule(['env="dev"'], { drop: true });
  const ask = (body: object) =>
    api()
      .post('/api/v1/rules/test')
      .send({ report: input, ...body })
      .expect(200);
  expect((await ask({})).body).toMatchObject({ result: 'dropped', decision: [{ stage: 'rule', did: 'drop' }] });
  const draft = { name: 'Low', when: ['env="dev"', 'integration="AM"'], then: { set: { severity: 'low' } } };
  expect((await ask({ rules: [draft] })).body).toMatchObject({ result: 'incident', severity: 'high', decision: [] });
  expect((await ask({ rules: [draft], integration: 'AM' })).body).toMatchObject({
    result: 'incident',
    severity: 'low',
  });
  await port().createSilence(
    {
      matchers: ['severity="low",env="dev"'],
      ends_at: new Date(harness.clock.now().getTime() + minutes(5)).toISOString(),
    },
    someone(),
  );
  const muted = (await ask({ rules: [draft], integration: 'AM' })).body;
  expect(muted).toMatchObject({ result: 'muted', decision: [{ stage: 'rule' }, { stage: 'mute', by: 'silence' }] });
  expect((await ask({ rules: [draft], integration: 'AM', at: '2027-01-05T09:00:00.000Z' })).body.result).toBe(
    'incident',
  );
  expect(await harness.database.db('alerts').where({ service: input.service })).toEqual([]);
  const faulty = { ...draft, when: ['x=~"("'] };
  const refused = await api()
    .post('/api/v1/rules/test')
    .send({ report: input, rules: [draft, faulty] })
    .expect(422);
  expect(refused.body.errors).toMatchObject([{ path: 'rules.1.when.0' }]);
});

test('every change of rules is an event', async () => {
  const { id, name } = await rule(['a="b"'], {});
  await port().deleteRule({ id }, someone());
  const events = await harness.database.db('events').where({ subject: id }).orderBy('id');
  expect(events.map(({ kind, data }) => [kind, data.name])).toEqual([
    ['rule_created', name],
    ['rule_deleted', name],
  ]);
  await api().delete(`/api/v1/rules/${id}`).expect(404);
});
