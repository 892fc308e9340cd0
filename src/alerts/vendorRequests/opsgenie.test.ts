import fc from 'fast-check';
import request from 'supertest';
import { days, hours, minutes } from '../../kernel/clock';
import { unavailable } from '../../kernel/ports/problem';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import v033 from '../formats/fixtures/opsgenie-alertmanager-0.33.1.json';
import { requests as clients } from '../formats/fixtures/opsgenie-clients.json';

let harness: AlertsHarness;
let serial = 0;
const admin = someone({ actor: 'root', role: 'admin' });

beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(() => {
  harness.incidents.mood = 'up';
  harness.incidents.actResult = { result: 'done', detail: null };
});
afterAll(() => harness.drop());

type Method = 'get' | 'post' | 'put' | 'delete';

/** A new integration, asked as a vendor's client does. */
async function account(base = '/v2/alerts') {
  serial += 1;
  const made = await harness.alerts.port.createIntegration({ name: `Opsgenie ${serial}`, format: 'opsgenie' }, admin);
  const ask = (method: Method, path: string, body?: object | string, key = made.key) => {
    const sent = request(harness.app())
      [method](base + path)
      .set('Authorization', `GenieKey ${key}`)
      .set('Content-Type', 'application/json');
    return body === undefined ? sent : sent.send(body as object);
  };
  const rows = () => harness.database.db('alerts').where({ integration_id: made.id }).orderBy('created_at');
  /** The result of a request. */
  const resultOf = async ({ body }: { body: { requestId: string } }) => {
    const { status, body: answer } = await ask('get', `/requests/${body.requestId}`);
    expect(status).toBe(200);
    return answer.data;
  };
  return {
    ...{ ...made, ask, rows, resultOf },
    create: (body: object = {}) => ask('post', '', { message: 'Disk is full', entity: `entity-${serial}`, ...body }),
    /** Sends a change of the alert with the alias, and returns its result. */
    change: async (method: Method, alias: string, act: string, body: object = {}) => {
      const answer = await ask(
        method,
        `/${encodeURIComponent(alias)}/${act}${act.includes('?') ? '&' : '?'}identifierType=alias`,
        body,
      );
      expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
      return resultOf(answer);
    },
    shown: async (alias: string) => (await ask('get', `/${encodeURIComponent(alias)}?identifierType=alias`)).body.data,
    notesOfIncident: async () => {
      await harness.alerts.drain();
      const [row] = await rows();
      return harness.incidents.notes
        .filter(({ id, by }) => id === row?.incident_id && by.actor === made.name)
        .map(({ author, content }) => [author, content]);
    },
  };
}

describe('the answer to a change', () => {
  test('is 202 with result, took and requestId, and headers that repeat them; the request is processed already', async () => {
    const { create, resultOf, rows, id } = await account();
    const answer = await create({ alias: 'a' });
    expect([answer.status, answer.body]).toEqual([
      202,
      { result: 'Request will be processed', took: expect.any(Number), requestId: expect.any(String) },
    ]);
    expect(answer.headers).toMatchObject({
      'x-request-id': answer.body.requestId,
      'x-response-time': String(answer.body.took),
      'x-ratelimit-state': 'OK',
      'x-ratelimit-reason': 'ACCOUNT',
      'x-ratelimit-period-in-sec': '60',
    });
    expect(answer.body.took).toBeGreaterThan(0);
    const [row] = await rows();
    expect(await resultOf(answer)).toEqual({
      ...{ success: true, isSuccess: true, action: 'Create', status: 'Created alert', alias: 'a' },
      ...{ processedAt: harness.clock.now().toISOString(), integrationId: id, alertId: row?.id },
    });
  });

  test('has a UUID as its request id even if the client sends another text as X-Request-Id', async () => {
    const { ask } = await account();
    const answer = await ask('post', '', { message: 'm' }).set('X-Request-Id', 'trace-1');
    expect(answer.body.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers['x-request-id']).toBe(answer.body.requestId);
  });
});

test.each(['/v2/alerts', '/jsm/ops/integration/v2/alerts'])(
  'at %s a client creates, reads and closes, with and without slashes at the end',
  async (base) => {
    const { ask, rows } = await account(base);
    expect((await ask('post', '/', { message: 'm', alias: 'x' })).status).toBe(202);
    expect((await ask('get', '/?query=&limit=10')).body.data).toMatchObject([{ alias: 'x', status: 'open' }]);
    expect((await ask('get', '/x/?identifierType=alias')).body.data).toMatchObject({ message: 'm' });
    expect((await ask('post', '/x/close/?identifierType=alias', {})).status).toBe(202);
    expect(await rows()).toMatchObject([{ status: 'resolved' }]);
  },
);

test('recorded requests of Alertmanager open an alert, update its text and close it', async () => {
  const { ask, rows, notesOfIncident } = await account();
  for (const { method, url, json } of v033.requests) {
    const sent = await ask(method.toLowerCase() as Method, url.replace('/v2/alerts', ''), json);
    expect([sent.status, sent.text]).toEqual([202, expect.any(String)]);
  }
  expect(await rows()).toMatchObject([{ status: 'resolved', count: 1, service: 'checkout', severity: 'high' }]);
  expect(await notesOfIncident()).toEqual([['http://vm:29093/#/alerts?receiver=opsgenie', 'from-am']]);
});

describe('an alias', () => {
  test('of an open alert is counted on it; after it is closed a new alert opens', async () => {
    const { create, change, rows, shown } = await account();
    await create({ alias: 'a' });
    const again = await create({ alias: 'a', message: 'Disk is fuller' });
    expect(again.status).toBe(202);
    const first = await shown('a');
    expect(first).toMatchObject({ count: 2, message: 'Disk is fuller', status: 'open' });
    await change('post', 'a', 'close');
    harness.clock.advance(1);
    await create({ alias: 'a' });
    expect((await rows()).map(({ status, count }) => [status, count])).toEqual([
      ['resolved', 2],
      ['firing', 1],
    ]);
    const second = await shown('a');
    expect(second.status).toBe('open');
    expect(Number(second.tinyId)).toBeGreaterThan(Number(first.tinyId));
  });

  test('with slashes, spaces and percent signs is found again', async () => {
    const { create, change, rows } = await account();
    const alias = 'Shop / checkout 100% ünïcode?';
    await create({ alias });
    expect(await change('post', alias, 'close')).toMatchObject({ success: true, alias });
    expect(await rows()).toMatchObject([{ status: 'resolved' }]);
  });

  test('that is longer than 512 characters is cut in the same way everywhere', async () => {
    const { create, change, rows } = await account();
    await create({ alias: 'a'.repeat(700) });
    await change('post', 'a'.repeat(700), 'close');
    expect(await rows()).toMatchObject([{ status: 'resolved' }]);
  });

  test('of two integrations is two alerts', async () => {
    const [one, other] = [await account(), await account()];
    await one.create({ alias: 'same' });
    await other.create({ alias: 'same' });
    await one.change('post', 'same', 'close');
    expect(await other.rows()).toMatchObject([{ status: 'firing' }]);
    const [row] = await other.rows();
    expect((await one.ask('get', `/${row?.id}`)).status).toBe(404);
  });
});

describe('an identifier', () => {
  test('is the id, the tiny id, the alias, or the id of the create request', async () => {
    const { create, ask } = await account();
    const made = await create({ alias: 'x' });
    const { id, tinyId } = (await ask('get', '/x?identifierType=alias')).body.data;
    for (const path of [
      `/${id}`,
      `/${id}?identifierType=id`,
      `/${tinyId}?identifierType=tiny`,
      `/${made.body.requestId}`,
    ]) {
      const { status, body } = await ask('get', path);
      expect([path, status, body.data.id, body.data.tinyId]).toEqual([path, 200, id, tinyId]);
    }
  });

  test('can be the request id for an alert without an alias, as Apprise closes it', async () => {
    const { ask, rows } = await account();
    const { body } = await ask('post', '', clients.apprise);
    await ask('post', '', clients.apprise);
    expect(await rows()).toHaveLength(2);
    await ask('post', `/${body.requestId}/close?identifierType=id`, {});
    expect((await rows()).map(({ status }) => status).sort()).toEqual(['firing', 'resolved']);
  });

  test('of an unknown type is 422, and of no alert is 404 without the mark of a request in progress', async () => {
    const { ask } = await account();
    const odd = await ask('get', '/x?identifierType=colour');
    expect([odd.status, odd.body.errors]).toEqual([422, { identifierType: 'Must be id, alias or tiny' }]);
    for (const path of [
      '/x?identifierType=alias',
      '/9?identifierType=tiny',
      '/nothing',
      '/requests/nothing',
      `/requests/${crypto.randomUUID()}`,
    ]) {
      const { status, body, headers } = await ask('get', path);
      expect([path, status, headers['x-opsgenie-errortype']]).toEqual([path, 404, undefined]);
      expect(body).toEqual({
        message: expect.any(String),
        took: expect.any(Number),
        requestId: headers['x-request-id'],
      });
    }
  });
});

describe('an error', () => {
  test.each([
    ['broken JSON', '{"message": ', 400, { message: 'The body is not valid JSON.' }],
    ['a body that is no object', '["x"]', 422, { errors: { body: 'The body must be a JSON object' } }],
    ['an alias that is no text', '{"message":"m","alias":{}}', 422, { errors: { alias: 'Must be a text' } }],
  ])('for %s has the shape of the vendor', async (_name, body, status, expected) => {
    const { ask, rows } = await account();
    const answer = await ask('post', '', body);
    expect([answer.status, answer.type]).toEqual([status, 'application/json']);
    expect(answer.body).toMatchObject(expected);
    expect(answer.body).toMatchObject({ requestId: answer.headers['x-request-id'], took: expect.any(Number) });
    expect(await rows()).toEqual([]);
  });

  test.each(['', 'tin_unknown'])('for the key "%s" is 401 and does not repeat it', async (key) => {
    const { ask } = await account();
    const answer = await ask('post', '', { message: 'm' }, key);
    expect([answer.status, answer.body.message]).toEqual([401, expect.any(String)]);
    expect(answer.text).not.toContain('tin_unknown');
  });

  test('for a revoked integration is 401', async () => {
    const { id, create } = await account();
    await harness.alerts.port.revokeIntegration({ id }, admin);
    expect((await create()).status).toBe(401);
  });
});

describe('closing', () => {
  test.each([
    ['an alert that never fired', false, 'There is no open alert'],
    ['a closed alert', true, 'Alert is already closed'],
  ])('%s is accepted, and its result has the text that clients accept', async (_name, fired, status) => {
    const { create, change, rows } = await account();
    if (fired) {
      await create({ alias: 'a' });
      expect(await change('post', 'a', 'close')).toMatchObject({ success: true, alertId: expect.stringMatching(/./) });
    }
    expect(await change('post', 'a', 'close')).toMatchObject({
      success: false,
      isSuccess: false,
      action: 'Close',
      status,
    });
    expect(await rows()).toHaveLength(fired ? 1 : 0);
  });

  test('with a note adds it to the alert and the incident, and the report names who closed', async () => {
    const { create, change, shown, ask, notesOfIncident } = await account();
    await create({ alias: 'a' });
    harness.clock.advance(minutes(2));
    await change('post', 'a', 'close', { user: 'maria', note: 'Replaced' });
    expect((await shown('a')).report).toEqual({ closeTime: minutes(2), closedBy: 'maria' });
    expect((await ask('get', '/a/notes?identifierType=alias')).body.data).toMatchObject([
      { note: 'Replaced', owner: 'maria' },
    ]);
    expect(await notesOfIncident()).toEqual([['maria', 'Replaced']]);
  });

  test('Gatus reports the recovery as a create first, which opens nothing new', async () => {
    const { ask, rows } = await account();
    await ask('post', '', clients.gatus);
    await ask('post', '', clients.gatusRecovered);
    await ask('post', `/${clients.gatus.alias}/close?identifierType=alias`, { source: 'gatus', note: 'RESOLVED' });
    expect(await rows()).toMatchObject([{ status: 'resolved', count: 2 }]);
  });

  test('the Go SDK repeats the identifier in the body, which is ignored', async () => {
    const { ask, rows } = await account();
    await ask('post', '', clients.goSdk);
    expect((await ask('post', '/al/close?identifierType=alias', clients.goSdkClose)).status).toBe(202);
    expect(await rows()).toMatchObject([{ status: 'resolved' }]);
  });

  test('by DELETE ends the alert and keeps its history', async () => {
    const { create, ask, rows, shown } = await account();
    await create({ alias: 'a' });
    expect((await ask('delete', '/a?identifierType=alias')).status).toBe(202);
    expect(await rows()).toMatchObject([{ status: 'resolved' }]);
    expect(await shown('a')).toMatchObject({ status: 'closed' });
  });
});

describe('a change of text', () => {
  test('of message, description or priority shows in the alert, counts no report, and reaches the incident', async () => {
    const { create, change, shown, rows } = await account();
    await create({ alias: 'a', priority: 'P3' });
    await change('put', 'a', 'message', { message: 'Disk is really full' });
    await change('put', 'a', 'description', { description: '99%' });
    await change('put', 'a', 'priority', { priority: 'P1' });
    expect(await shown('a')).toMatchObject({
      message: 'Disk is really full',
      description: '99%',
      priority: 'P1',
      count: 1,
    });
    const [row] = await rows();
    expect(row).toMatchObject({ severity: 'critical', revision: 3, raised_to: 'critical', count: 1 });
    await harness.alerts.drain();
    expect(harness.incidents.attached.at(-1)?.alert).toMatchObject({
      ...{ id: row?.id, message: 'Disk is really full', revision: 3, description: '99%' },
      raised: { revision: 3, to: 'critical' },
    });
    const { texts, total } = await harness.alerts.port.reports({ alert_id: row?.id }, admin);
    expect([texts.length, total]).toEqual([3, 1]);
  });

  test('keeps a severity that a rule set, and a muted alert attached to nothing', async () => {
    const { create, change, rows } = await account();
    await create({ alias: 'a', priority: 'P3' });
    const [{ id, service, labels }] = await rows();
    const reported = JSON.stringify({ service, severity: 'medium', message: 'Disk is full', labels });
    await harness.alerts.drain();
    await harness.database.db('alerts').where({ id }).update({ severity: 'low', reported, incident_id: null });
    await change('put', 'a', 'priority', { priority: 'P1' });
    await change('put', 'a', 'message', { message: 'Other' });
    const [row] = await rows();
    expect(row).toMatchObject({ severity: 'low', message: 'Other', revision: 1 });
    expect(row.reported).toMatchObject({ severity: 'critical', message: 'Other' });
    expect(await harness.database.db('jobs').where({ kind: 'attach' })).toEqual([]);
  });

  test('that is empty or equal changes nothing', async () => {
    const { create, change, rows } = await account();
    await create({ alias: 'a' });
    await change('put', 'a', 'message', {});
    await change('put', 'a', 'message', { message: 'Disk is full' });
    expect(await rows()).toMatchObject([{ message: 'Disk is full', revision: 0 }]);
  });

  test('of a closed alert opens nothing', async () => {
    const { create, change, rows } = await account();
    await create({ alias: 'a' });
    await change('post', 'a', 'close');
    expect(await change('put', 'a', 'priority', { priority: 'P1' })).toMatchObject({
      success: false,
      status: 'There is no open alert',
    });
    expect(await rows()).toMatchObject([{ status: 'resolved', severity: 'medium' }]);
  });

  test('after a person resolved the incident neither reopens it nor stays in the queue', async () => {
    const { create, change, rows } = await account();
    await create({ alias: 'a' });
    await harness.alerts.drain();
    const [before] = await rows();
    harness.incidents.resolve(before?.incident_id);
    await change('put', 'a', 'message', { message: 'Other' });
    await harness.alerts.drain();
    expect(await rows()).toMatchObject([{ id: before?.id, status: 'firing', message: 'Other' }]);
    expect(await harness.database.db('jobs').where({ kind: 'attach' })).toEqual([]);
  });

  test('with an unknown priority is refused by its field', async () => {
    const { create, ask } = await account();
    await create({ alias: 'a' });
    const answer = await ask('put', '/a/priority?identifierType=alias', { priority: 'P9' });
    expect([answer.status, answer.body.errors]).toEqual([422, { priority: 'Must be P1, P2, P3, P4 or P5' }]);
  });
});

test('tags, details, responders and teams are added and removed, also on a closed alert', async () => {
  const { create, change, shown } = await account();
  await create({ alias: 'a', tags: ['one'], details: { k: 'v' }, responders: [{ type: 'team', name: 'sre' }] });
  await change('post', 'a', 'tags', { tags: ['two', 'one'] });
  await change('post', 'a', 'details', { details: { rack: 7, k: null } });
  await change('post', 'a', 'responders', { responder: { type: 'user', username: 'maria@example.com' } });
  await change('post', 'a', 'teams', { team: { name: 'dba' } });
  expect(await shown('a')).toMatchObject({
    tags: ['one', 'two'],
    details: { k: 'v', rack: '7' },
    responders: [
      { type: 'team', name: 'sre' },
      { type: 'user', username: 'maria@example.com' },
      { type: 'team', name: 'dba' },
    ],
  });
  await change('post', 'a', 'close');
  await change('delete', 'a', 'tags?tags=one');
  await change('delete', 'a', 'details?keys=k');
  expect(await shown('a')).toMatchObject({ tags: ['two'], details: { rack: '7' } });
});

test('a note is kept on the alert, and reaches the incident even if incidents is away', async () => {
  const { create, change, ask, notesOfIncident } = await account();
  harness.incidents.mood = 'down';
  await create({ alias: 'a', note: 'First', user: 'zabbix' });
  await change('post', 'a', 'notes', { note: 'Second', user: 'maria' });
  expect(await notesOfIncident()).toEqual([]);
  harness.incidents.mood = 'up';
  for (let minute = 0; minute < 4; minute++) {
    harness.clock.advance(minutes(1));
    await harness.alerts.drain();
  }
  expect((await notesOfIncident()).sort()).toEqual([
    ['maria', 'Second'],
    ['zabbix', 'First'],
  ]);
  const { data } = (await ask('get', '/a/notes?identifierType=alias&order=asc')).body;
  expect(data).toMatchObject([
    { note: 'First', owner: 'zabbix' },
    { note: 'Second', owner: 'maria' },
  ]);
  const empty = await ask('post', '/a/notes?identifierType=alias', { note: ' ' });
  expect([empty.status, empty.body.errors]).toEqual([422, { note: 'Must be a text' }]);
});

describe('snooze, assign, escalate and unacknowledge', () => {
  const until = () => new Date(harness.clock.now().getTime() + hours(2)).toISOString();
  const requests = (): [string, object, object][] => [
    ['snooze', { endTime: until(), user: 'maria' }, { act: 'snooze', minutes: 120, reason: 'Snoozed by maria' }],
    ['assign', { owner: { username: 'joe@example.com' } }, { act: 'assign', assignee: 'joe@example.com' }],
    [
      'escalate',
      { escalation: { name: 'dba' }, user: 'maria' },
      { act: 'escalate', reason: 'Alert escalated in dba by maria' },
    ],
    ['unacknowledge', {}, { act: 'unacknowledge' }],
  ];

  test.each([0, 1, 2, 3])('act on the incident as the integration (%#)', async (at) => {
    const { create, change, rows, name, notesOfIncident } = await account();
    await create({ alias: 'a' });
    const [act, body, asked] = requests()[at] as [string, object, object];
    expect(await change('post', 'a', act, body)).toMatchObject({ success: true });
    const [row] = await rows();
    expect(harness.incidents.acts.at(-1)).toMatchObject({
      alert_id: row?.id,
      ...asked,
      by: { actor: name, kind: 'integration' },
    });
    expect(await notesOfIncident()).toEqual([]);
  });

  test.each([0, 1, 2, 3])('are only noted if another alert of the incident fires (%#)', async (at) => {
    const { create, change, ask, notesOfIncident } = await account();
    await create({ alias: 'a' });
    harness.incidents.actResult = { result: 'shared', detail: null };
    const [act, body] = requests()[at] as [string, object, object];
    expect(await change('post', 'a', act, body)).toMatchObject({ success: true });
    expect(await notesOfIncident()).toEqual([
      [expect.any(String), expect.stringContaining('another alert of the incident fires')],
    ]);
    const { data } = (await ask('get', '/a/logs?identifierType=alias')).body;
    expect(data[0]).toMatchObject({ log: expect.stringContaining('the incident did not follow'), type: 'system' });
  });

  test('are answered 503 while incidents is away, so that the client retries', async () => {
    const { create, ask } = await account();
    await create({ alias: 'a' });
    harness.incidents.mood = 'down';
    const answer = await ask('post', '/a/escalate?identifierType=alias', {});
    expect([answer.status, answer.body.message]).toEqual([503, unavailable('The neighbour is unreachable.').detail]);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
  });

  test.each([
    ['snooze', {}, 'endTime'],
    ['snooze', { endTime: '2001-01-01T00:00:00Z' }, 'endTime'],
    ['assign', { owner: {} }, 'owner'],
  ])('refuse a bad %s by its field', async (act, body, field) => {
    const { create, ask } = await account();
    await create({ alias: 'a' });
    const answer = await ask('post', `/a/${act}?identifierType=alias`, body);
    expect([answer.status, Object.keys(answer.body.errors)]).toEqual([422, [field]]);
  });

  test('a snooze shows until its end', async () => {
    const { create, change, shown } = await account();
    await create({ alias: 'a' });
    const end = until();
    await change('post', 'a', 'snooze', { endTime: end });
    expect(await shown('a')).toMatchObject({ snoozed: true, snoozedUntil: end });
    harness.clock.advance(hours(3));
    const later = await shown('a');
    expect([later.snoozed, later.snoozedUntil]).toEqual([false, undefined]);
  });
});

describe('acknowledge', () => {
  test('shows on the alert with its time and user; a repetition says so', async () => {
    const { create, change, shown } = await account();
    await create({ alias: 'a' });
    harness.clock.advance(minutes(1));
    expect(await change('post', 'a', 'acknowledge', { user: 'maria' })).toMatchObject({
      success: true,
      action: 'Acknowledge',
    });
    expect(await shown('a')).toMatchObject({
      ...{ acknowledged: true, status: 'open' },
      report: { ackTime: minutes(1), acknowledgedBy: 'maria' },
    });
    expect(await change('post', 'a', 'acknowledge')).toMatchObject({
      success: false,
      status: 'Alert is already acknowledged',
    });
    await change('post', 'a', 'unacknowledge');
    expect(await shown('a')).toMatchObject({ acknowledged: false });
  });

  test('reaches the incident, unless it is taken back before that', async () => {
    const { create, change, rows } = await account();
    await create({ alias: 'a' });
    const acknowledged = async () => {
      await harness.alerts.drain();
      const [row] = await rows();
      return harness.incidents.acknowledged.filter(({ alert_id }) => alert_id === row?.id).length;
    };
    await change('post', 'a', 'acknowledge');
    await change('post', 'a', 'unacknowledge');
    expect(await acknowledged()).toBe(0);
    await change('post', 'a', 'acknowledge');
    expect(await acknowledged()).toBe(1);
  });

  test('of an alert that does not fire changes nothing', async () => {
    const { change, rows } = await account();
    expect(await change('post', 'a', 'acknowledge')).toMatchObject({
      success: false,
      status: 'There is no open alert',
    });
    expect(await rows()).toEqual([]);
  });
});

test('what a person did with the incident shows on its alerts', async () => {
  const { create, rows, shown, ask } = await account();
  await create({ alias: 'a' });
  await harness.alerts.drain();
  const [row] = await rows();
  const at = harness.clock.now().toISOString();
  harness.incidents.states.set(row?.incident_id, {
    ...{ id: row?.incident_id, status: 'acknowledged', assigned_to: 'Maria', acknowledged_at: at },
    ...{ resolved_at: null, snoozed_until: new Date(harness.clock.now().getTime() + hours(1)).toISOString() },
  });
  expect(await shown('a')).toMatchObject({ acknowledged: true, owner: 'Maria', snoozed: true });
  expect((await ask('get', '')).body.data).toMatchObject([{ acknowledged: true, owner: 'Maria' }]);
  harness.incidents.mood = 'down';
  expect(await shown('a')).toMatchObject({ acknowledged: false });
});

test('the alert object is complete', async () => {
  const { ask, shown, id, name } = await account();
  const body = { ...clients.gatus, actions: ['Restart'], responders: [{ name: 'sre', type: 'team' }] };
  await ask('post', '', body);
  const now = harness.clock.now().toISOString();
  expect(await shown(body.alias)).toEqual({
    ...{
      seen: false,
      isSeen: false,
      id: expect.any(String),
      tinyId: expect.stringMatching(/^\d+$/),
      alias: body.alias,
    },
    ...{ message: body.message, status: 'open', acknowledged: false, tags: body.tags, snoozed: false, count: 1 },
    ...{ lastOccurredAt: now, lastOccuredAt: now, createdAt: now, updatedAt: now },
    ...{ source: 'gatus', owner: '', priority: 'P1', responders: [{ type: 'team', id: 'sre', name: 'sre' }] },
    ...{ teams: [{ id: 'sre' }], integration: { id, name, type: 'API' }, report: {} },
    ...{ actions: ['Restart'], entity: body.entity, description: body.description, details: body.details },
  });
});

describe('the list', () => {
  test('has the alerts of this integration, filtered, sorted and paged, with their number', async () => {
    const { create, ask, change } = await account();
    for (let n = 0; n < 5; n++) {
      harness.clock.advance(minutes(1));
      await create({
        alias: `a${n}`,
        priority: n < 2 ? 'P1' : 'P5',
        tags: n === 0 ? ['prod'] : [],
        message: `Disk ${n}`,
      });
    }
    await change('post', 'a4', 'close');
    const aliases = async (query: string) => {
      const { status, body } = await ask('get', `?${query}`);
      expect([status, body.message]).toEqual([200, undefined]);
      return body.data.map(({ alias }: { alias: string }) => alias).join(' ');
    };
    expect(await aliases('')).toBe('a4 a3 a2 a1 a0');
    expect(await aliases('limit=2&offset=1')).toBe('a3 a2');
    expect(await aliases('sort=alias&order=asc')).toBe('a0 a1 a2 a3 a4');
    expect(await aliases('query=status%3A%20open%20AND%20priority%3A%20P1')).toBe('a1 a0');
    expect(await aliases('query=tag%3Aprod')).toBe('a0');
    expect(await aliases('query=%22disk%203%22')).toBe('a3');
    expect((await ask('get', '/count?query=status%3Aopen')).body.data).toEqual({ count: 4 });
    const { paging } = (await ask('get', '?limit=2&offset=2')).body;
    expect(Object.keys(paging).sort()).toEqual(['first', 'next', 'prev']);
  });

  test('refuses a query that it cannot answer, by its field', async () => {
    const { ask } = await account();
    const answer = await ask('get', '?query=a%20OR%20b');
    expect([answer.status, Object.keys(answer.body.errors)]).toEqual([422, ['query']]);
  });
});

test('an alert that fires on after a person resolved its incident keeps its alias, its tags and a log', async () => {
  const { create, rows, shown, change } = await account();
  await create({ alias: 'a', tags: ['prod'] });
  await harness.alerts.drain();
  const [first] = await rows();
  harness.incidents.resolve(first?.incident_id);
  await harness.database
    .db('alerts')
    .where({ id: first?.id })
    .update({ status: 'resolved', ended_at: harness.clock.now() });
  const { id: _, ...copy } = first ?? {};
  const json = { labels: JSON.stringify(copy.labels), context: JSON.stringify(copy.context) };
  await harness.database
    .db('alerts')
    .insert({ ...copy, ...json, id: crypto.randomUUID(), created_at: new Date(harness.clock.now().getTime() + 1) });
  expect(await shown('a')).toMatchObject({ alias: 'a', tags: ['prod'], status: 'open' });
  expect(await change('post', 'a', 'close')).toMatchObject({ success: true });
});

test('ten requests with one alias at the same time open one alert with one tiny id', async () => {
  const { create, rows, ask } = await account();
  const answers = await Promise.all(Array.from({ length: 10 }, () => create({ alias: 'race' })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(await rows()).toMatchObject([{ count: 10 }]);
  expect((await ask('get', '')).body.data).toHaveLength(1);
});

test('changes of one alert at the same time are all kept', async () => {
  const { create, change, shown } = await account();
  await create({ alias: 'a' });
  await Promise.all(Array.from({ length: 8 }, (_, n) => change('post', 'a', 'tags', { tags: [`t${n}`] })));
  expect((await shown('a')).tags.sort()).toEqual(Array.from({ length: 8 }, (_, n) => `t${n}`));
});

test('results of requests are deleted after 30 days, and records with their alert', async () => {
  const { create, ask, change, id } = await account();
  const made = await create({ alias: 'a' });
  await change('post', 'a', 'close');
  await harness.alerts.start();
  harness.clock.advance(days(31));
  await harness.alerts.drain();
  expect((await ask('get', `/requests/${made.body.requestId}`)).status).toBe(404);
  const records = () => harness.database.db('vendor_records').where({ integration_id: id });
  expect(await records()).toHaveLength(1);
  await harness.database.db('alerts').where({ integration_id: id }).delete();
  harness.clock.advance(days(1));
  await harness.alerts.drain();
  await harness.alerts.stop();
  expect(await records()).toEqual([]);
});

test('no body and no path makes an answer of 5xx', async () => {
  const { ask, create } = await account();
  await create({ alias: 'a' });
  const paths: [Method, string][] = [
    ...(
      [
        'close',
        'acknowledge',
        'unacknowledge',
        'snooze',
        'notes',
        'tags',
        'details',
        'responders',
        'teams',
        'assign',
        'escalate',
        'actions/x',
      ] as const
    ).map((name): [Method, string] => ['post', `/a/${name}`]),
    ...(['message', 'description', 'priority'] as const).map((name): [Method, string] => ['put', `/a/${name}`]),
    ['post', ''],
  ];
  const names = [
    'alias',
    'message',
    'note',
    'user',
    'source',
    'tags',
    'details',
    'responders',
    'responder',
    'team',
    'owner',
    'escalation',
    'endTime',
    'priority',
    'entity',
    'description',
  ];
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('\0', '\ud800', 'x'.repeat(40_000), 1e300, ['\0'], { '\0': '\ud800' }, '9999-12-31T00:00:00Z'),
  );
  const bodies = fc.oneof(fc.dictionary(fc.constantFrom(...names), odd, { maxKeys: 5 }), odd);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), bodies, async ([method, path], body) => {
      const answer = await ask(method, `${path}?identifierType=alias`, JSON.stringify(body));
      expect([path, body, answer.status < 500, answer.type]).toEqual([path, body, true, 'application/json']);
    }),
    { numRuns: 100 },
  );
  const queries = ['query', 'limit', 'offset', 'sort', 'order', 'identifierType', 'tags', 'keys'];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('', '/count', '/a', '/a/logs', '/a/notes', '/requests/x'),
      fc.dictionary(fc.constantFrom(...queries), fc.string()),
      async (path, query) => {
        const answer = await ask('get', `${path}?${new URLSearchParams(query)}`);
        expect([path, query, answer.status < 500]).toEqual([path, query, true]);
      },
    ),
    { numRuns: 100 },
  );
});
