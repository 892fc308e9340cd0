import request from 'supertest';
import { minutes, seconds } from '../../kernel/clock';
import { appOf, someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { type HttpSink, httpSink } from '../../testing/sink';
import { notifyContract } from '../contract';

let harness: NotifyHarness;
let sink: HttpSink;

beforeAll(async () => {
  sink = await httpSink();
  harness = await notifyHarness({ channelSettings: { WEBHOOK_URL: `${sink.url}/hook` }, timeoutMs: 10_000 });
});
afterAll(async () => {
  await harness.close();
  await sink.close();
});
beforeEach(async () => {
  sink.clear();
  await harness.clean();
});

const app = (caller = someone(), of = harness) => appOf(notifyContract, of.port, caller);
const post = (body: object | string, headers: Record<string, string> = {}) =>
  request(app())
    .post('/api/v1/notify')
    .set({ 'content-type': 'application/json', ...headers })
    .send(body);
const valid = { incident_id: 'INC-1', recipient: 'ops', message: 'The cat sits on the switch' };
const stored = async () => (await harness.port.list({}, someone())).total;
const statusOf = async (id: string) => {
  const { status, reason, attempts } = await harness.port.get({ id }, someone());
  return { status, reason, attempts: attempts.map(({ outcome }) => outcome) };
};
const events = () => harness.facts();

describe('one message now', () => {
  test('mock records the message and is sent', async () => {
    const { status, body } = await post({ ...valid, severity: 'high', metadata: { why: 'a test' } });
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.any(String),
      incident_id: 'INC-1',
      channel: 'mock',
      recipient: 'ops',
      message: 'The cat sits on the switch',
      severity: 'high',
      status: 'sent',
      outcome: null,
      reason: null,
      created_at: '2026-01-05T09:00:00.000Z',
    });
    const one = await harness.port.get({ id: body.id }, someone());
    expect(one).toMatchObject({ metadata: { why: 'a test' }, sent_at: '2026-01-05T09:00:00.000Z' });
    expect(one.attempts).toEqual([
      {
        attempt: 1,
        outcome: 'sent',
        reason: null,
        receipt: null,
        started_at: '2026-01-05T09:00:00.000Z',
        duration_ms: 0,
      },
    ]);
  });

  test('absent fields have defaults, and unknown fields are ignored', async () => {
    const { body } = await post({ ...valid, type: 'alert', severity: null, metadata: null });
    expect(body).toMatchObject({ channel: 'mock', severity: null, status: 'sent' });
    expect(body).not.toHaveProperty('metadata');
  });

  test('the case of the channel and blanks around the recipient do not matter', async () => {
    const { body } = await post({ ...valid, channel: ' Mock ', recipient: '  ops  ' });
    expect(body).toMatchObject({ channel: 'mock', recipient: 'ops' });
  });

  test('an accepted message is sent, with a receipt, and no job is left', async () => {
    sink.reply({ status: 202, headers: { 'x-request-id': 'receipt-7' } });
    const { body } = await post({ ...valid, channel: 'webhook' });
    expect(body).toMatchObject({ status: 'sent', reason: null });
    const { attempts } = await harness.port.get({ id: body.id }, someone());
    expect(attempts).toEqual([expect.objectContaining({ outcome: 'sent', receipt: 'HTTP 202, receipt-7' })]);
    expect(await harness.module.drain()).toBe(0);
    expect(sink.received).toHaveLength(1);
  });

  test('a temporary failure leaves the message queued, and the next attempt sends it', async () => {
    sink.reply({ status: 500, body: 'on fire' });
    const { status, body } = await post({ ...valid, channel: 'webhook' });
    expect([status, body.status, body.reason]).toEqual([200, 'queued', 'HTTP 500: on fire']);
    const delayed = (await events()).filter(({ kind }) => kind === 'notification_delayed');
    expect(delayed.map(({ subject, data }) => [subject, data['reason']])).toEqual([['INC-1', 'HTTP 500: on fire']]);
    expect(await harness.module.drain()).toBe(0);
    harness.clock.advance(seconds(2));
    await harness.module.drain();
    expect(await statusOf(body.id)).toEqual({ status: 'sent', reason: null, attempts: ['failed', 'sent'] });
  });

  test('a provider that does not answer in time leaves the message queued', async () => {
    const impatient = harness.rebuilt({ timeoutMs: 50 });
    sink.reply('hang');
    const { body } = await request(app(someone(), impatient))
      .post('/api/v1/notify')
      .send({ ...valid, channel: 'webhook' });
    await impatient.close();
    expect(body).toMatchObject({ status: 'queued', reason: 'timeout' });
  });

  test.each([401, 403, 404, 302])('an answer of %i by a configured URL is tried again slowly', async (status) => {
    const patient = harness.rebuilt({ giveUpAfterMs: minutes(60) });
    sink.reply({ status, headers: { location: 'http://127.0.0.1/' } });
    const { body } = await request(app(someone(), patient))
      .post('/api/v1/notify')
      .send({ ...valid, channel: 'webhook' });
    expect(body).toMatchObject({ status: 'queued', reason: `HTTP ${status}` });
    harness.clock.advance(seconds(44));
    expect(await patient.module.drain()).toBe(0);
    harness.clock.advance(seconds(32));
    await patient.module.drain();
    await patient.close();
    expect((await statusOf(body.id)).status).toBe('sent');
  });

  test('an answer of 410 by a configured URL is a permanent failure, because it wants no more messages', async () => {
    sink.reply({ status: 410 });
    const { body } = await post({ ...valid, channel: 'webhook' });
    expect(body).toMatchObject({ status: 'failed', reason: 'HTTP 410' });
    harness.clock.advance(minutes(10));
    expect(await harness.module.drain()).toBe(0);
    expect(sink.received).toHaveLength(1);
  });

  test.each([400, 401, 404, 410, 302])(
    'an answer of %i by a URL that a user named is a permanent failure',
    async (status) => {
      const open = harness.rebuilt({ outgoingAllow: ['127.0.0.1/32'] });
      sink.reply({ status, headers: { location: 'http://127.0.0.1/' } });
      const { body } = await request(app(someone(), open))
        .post('/api/v1/notify')
        .send({ ...valid, channel: 'webhook', recipient: sink.url });
      await open.close();
      expect(body).toMatchObject({ status: 'failed', reason: `HTTP ${status}` });
      harness.clock.advance(seconds(10));
      expect(await harness.module.drain()).toBe(0);
      expect(sink.received).toHaveLength(1);
    },
  );

  test.each([408, 425, 429, 503])('an answer of %i is tried again', async (status) => {
    sink.reply({ status });
    expect((await post({ ...valid, channel: 'webhook' })).body.status).toBe('queued');
  });

  test.each(['email', 'slack'])('a message by %s without configuration fails, with the reason', async (channel) => {
    const { status, body } = await post({ ...valid, channel, recipient: 'ops@example.com' });
    expect([status, body.status, body.reason]).toEqual([200, 'failed', 'not_configured']);
    expect((await events()).map(({ kind }) => kind)).toEqual(['notifications_accepted', 'notification_failed']);
  });

  test('a webhook without WEBHOOK_URL needs a URL as the recipient', async () => {
    const without = harness.rebuilt({ channelSettings: { WEBHOOK_URL: undefined } });
    const { body } = await request(app(someone(), without))
      .post('/api/v1/notify')
      .send({ ...valid, channel: 'webhook' });
    expect(body).toMatchObject({ status: 'failed', reason: 'not_configured' });
    await without.close();
  });

  test('a private address as the recipient is a permanent failure', async () => {
    const { body } = await post({ ...valid, channel: 'webhook', recipient: `${sink.url}/secret` });
    expect(body).toMatchObject({ status: 'failed', reason: 'address_refused' });
    expect(sink.received).toEqual([]);
  });

  test('an HTML page of the server is not shown as the reason', async () => {
    sink.reply({ status: 502, body: '<html><body>Bad gateway</body></html>' });
    expect((await post({ ...valid, channel: 'webhook' })).body.reason).toBe('HTTP 502');
  });

  test('the event names the caller', async () => {
    await request(app(someone({ actor: 'deploy-bot', kind: 'key' })))
      .post('/api/v1/notify')
      .send({ ...valid, channel: 'webhook' });
    expect((await events()).map(({ kind, actor, subject }) => [kind, actor, subject])).toEqual([
      ['notifications_accepted', 'deploy-bot', 'INC-1'],
      ['notification_sent', 'deploy-bot', 'INC-1'],
    ]);
  });

  test('a message that a user wrote has no links to the incident', async () => {
    await post({ ...valid, incident_id: '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10', channel: 'webhook' });
    expect(JSON.parse(sink.received[0]!.body).links).toEqual({});
  });
});

describe('trying again', () => {
  test('waits longer each time and gives up at its time limit, with an event', async () => {
    sink.onRequest(() => sink.reply({ status: 500 }));
    sink.reply({ status: 500 });
    const { body } = await post({ ...valid, channel: 'webhook' });
    for (let second = 0; second < 70; second++) {
      harness.clock.advance(seconds(1));
      await harness.module.drain();
    }
    const after = await statusOf(body.id);
    expect(after).toMatchObject({ status: 'failed', reason: 'gave up: HTTP 500' });
    // 0, 1, 3, 7, 15, 31 s give or take a quarter; the next would lie beyond the minute.
    expect(after.attempts.length).toBeGreaterThanOrEqual(5);
    expect(after.attempts.length).toBeLessThanOrEqual(7);
    const failed = (await events()).filter(({ kind }) => kind === 'notification_failed');
    expect(failed).toEqual([
      expect.objectContaining({
        actor: 'system',
        subject: 'INC-1',
        data: {
          incident_id: 'INC-1',
          notification_id: body.id,
          channel: 'webhook',
          recipient: 'ops',
          key: null,
          person: null,
          reason: 'gave up: HTTP 500',
        },
      }),
    ]);
  });

  test.each([
    ['seconds', '20'],
    ['a date', new Date(Date.parse('2026-01-05T09:00:20Z')).toUTCString()],
  ])('is not before the time that the provider asks for, given as %s', async (_, header) => {
    harness.clock.set('2026-01-05T09:00:00.000Z');
    sink.reply({ status: 429, headers: { 'retry-after': header } });
    const { body } = await post({ ...valid, channel: 'webhook' });
    harness.clock.advance(seconds(19));
    expect(await harness.module.drain()).toBe(0);
    harness.clock.advance(seconds(1));
    await harness.module.drain();
    expect((await statusOf(body.id)).status).toBe('sent');
  });

  test('is given up at once if the provider asks for more time than the limit', async () => {
    sink.reply({ status: 503, headers: { 'retry-after': '3600' } });
    const { body } = await post({ ...valid, channel: 'webhook' });
    expect(body).toMatchObject({ status: 'failed', reason: 'gave up: HTTP 503' });
  });

  test('keeps its own pace if the provider sends an invalid Retry-After', async () => {
    sink.reply({ status: 429, headers: { 'retry-after': 'tomorrow, perhaps' } });
    const { body } = await post({ ...valid, channel: 'webhook' });
    harness.clock.advance(seconds(2));
    await harness.module.drain();
    expect((await statusOf(body.id)).status).toBe('sent');
  });

  test('shows an attempt whose process died in it as unknown, and delivers', async () => {
    sink.reply({ status: 500 });
    const { body } = await post({ ...valid, channel: 'webhook' });
    await harness.database.db('notifications').where({ id: body.id }).update({ attempts: 2 });
    await harness.database
      .db('attempts')
      .insert({ notification_id: body.id, attempt: 2, started_at: harness.clock.now() });
    harness.clock.advance(seconds(2));
    await harness.module.drain();
    expect(await statusOf(body.id)).toEqual({ status: 'sent', reason: null, attempts: ['failed', 'unknown', 'sent'] });
    expect(await harness.metric('notification_attempts_total', { channel: 'webhook', outcome: 'unknown' })).toBe(1);
  });

  test('is made again if its end could not be saved, and the request is still answered', async () => {
    const { db } = harness.database;
    sink.onRequest(async () => {
      await db.raw('alter table attempts rename to attempts_away');
    });
    const { status, body } = await post({ ...valid, channel: 'webhook' });
    await db.raw('alter table attempts_away rename to attempts');
    sink.onRequest(() => {});
    expect([status, body.status]).toEqual([200, 'queued']);
    expect((await statusOf(body.id)).attempts).toEqual(['unknown']);
    harness.clock.advance(seconds(15));
    await harness.module.drain();
    expect(await statusOf(body.id)).toEqual({ status: 'sent', reason: null, attempts: ['unknown', 'sent'] });
    expect(sink.received.map(({ headers }) => headers['webhook-id'])).toEqual([body.id, body.id]);
  });

  test('is made by another worker if the process that took the request dies before it', async () => {
    await harness.database.db.transaction(async (trx) => {
      const row = { id: '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11', incident_id: 'INC-1', channel: 'webhook' };
      await trx('notifications').insert({ ...row, recipient: 'ops', message: 'm', created_at: harness.clock.now() });
      await trx('jobs').insert({
        kind: 'deliver:webhook:low',
        payload: { notification_id: row.id },
        run_at: harness.clock.now(),
        created_at: harness.clock.now(),
        attempts: 1,
        leased_until: new Date(harness.clock.now().getTime() + seconds(5)),
      });
    });
    expect(await harness.module.drain()).toBe(0);
    harness.clock.advance(seconds(6));
    expect(await harness.module.drain()).toBe(1);
    expect((await statusOf('7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11')).status).toBe('sent');
  });
});

describe('an Idempotency-Key', () => {
  test('sends the message once, however often the request is repeated', async () => {
    const first = await post({ ...valid, channel: 'webhook' }, { 'idempotency-key': 'one' });
    const again = await post({ ...valid, channel: 'webhook' }, { 'idempotency-key': 'one' });
    expect(again.body).toEqual(first.body);
    expect([await stored(), sink.received.length]).toEqual([1, 1]);
  });

  test('sends it once if the requests race', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(valid, { 'idempotency-key': 'race' })));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await stored()).toBe(1);
  });

  test('belongs to the kind of the caller: a user and a key of one name do not share it', async () => {
    const under = (kind: 'user' | 'key') =>
      request(app(someone({ kind })))
        .post('/api/v1/notify')
        .set('idempotency-key', 'shared')
        .send({ ...valid, message: `From a ${kind}` });
    const ids = [(await under('user')).body.id, (await under('key')).body.id, (await under('user')).body.id];
    expect(new Set(ids).size).toBe(2);
    expect(await stored()).toBe(2);
  });

  test('cannot be used for another request', async () => {
    await post(valid, { 'idempotency-key': 'one' });
    const { status, body } = await post({ ...valid, message: 'Another' }, { 'idempotency-key': 'one' });
    expect([status, body.errors]).toEqual([
      422,
      [{ path: 'Idempotency-Key', message: 'This key was used for a different request' }],
    ]);
  });
});

describe('bad input', () => {
  const long = (n: number) => 'x'.repeat(n);
  const deep = (n: number): object => (n === 0 ? {} : { a: deep(n - 1) });
  test.each([
    ['incident_id', 'missing', undefined],
    ['incident_id', 'of the wrong type', 7],
    ['incident_id', 'empty', ''],
    ['incident_id', 'blank', '   '],
    ['incident_id', 'too long', long(256)],
    ['incident_id', 'with a NUL', 'a\u0000b'],
    ['channel', 'null', null],
    ['channel', 'unknown', 'pigeon'],
    ['channel', 'of the wrong type', ['mock']],
    ['channel', 'a lone surrogate', '\ud800'],
    ['recipient', 'missing', undefined],
    ['recipient', 'blank', '   '],
    ['recipient', 'too long', long(501)],
    ['recipient', 'of the wrong type', { a: 1 }],
    ['recipient', 'with a NUL', 'a\u0000'],
    ['message', 'missing', undefined],
    ['message', 'blank', ' \n '],
    ['message', 'too long', long(5001)],
    ['message', 'of the wrong type', 12],
    ['message', 'a lone surrogate', 'a\udfff'],
    ['severity', 'too long', long(21)],
    ['severity', 'of the wrong type', 3],
    ['severity', 'with a NUL', '\u0000'],
    ['metadata', 'a list', [1]],
    ['metadata', 'a text', 'x'],
    ['metadata.a', 'holding a NUL', { a: 'x\u0000' }],
  ])('%s %s is answered with its name', async (path, _, value) => {
    const field = path.split('.')[0] as string;
    const { status, body } = await post({ ...valid, [field]: value });
    expect([status, body.type]).toEqual([422, 'urn:tocsin:problem:invalid']);
    expect(body.errors.map((e: { path: string }) => e.path)).toContain(path);
    expect(await stored()).toBe(0);
  });

  test.each([
    ['metadata that nests without end', JSON.stringify({ ...valid, metadata: deep(60) }), 422],
    ['__proto__ as a key', `{"__proto__":{"a":1},"incident_id":"I","recipient":"r","message":"m"}`, 422],
    ['__proto__ inside metadata', `{"metadata":{"__proto__":1},"incident_id":"I","recipient":"r","message":"m"}`, 422],
    ['a number beyond all numbers', `{"metadata":{"n":1e999},"incident_id":"I","recipient":"r","message":"m"}`, 422],
    ['a body that is no JSON', '{"incident_id":', 400],
    ['a list', '[]', 422],
    ['a number', '7', 422],
    ['null', 'null', 422],
    ['a body beyond the limit', JSON.stringify({ ...valid, metadata: { a: long(300_000) } }), 413],
  ])('%s is refused', async (_, body, status) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.type).toBe('application/problem+json');
    expect(await stored()).toBe(0);
  });

  test('every fault is named at once', async () => {
    const { body } = await post({ channel: 'pigeon' });
    expect(body.errors.map((e: { path: string }) => e.path).sort()).toEqual([
      'channel',
      'incident_id',
      'message',
      'recipient',
    ]);
  });

  test('values at the limits are accepted', async () => {
    const { body } = await post({
      incident_id: long(255),
      recipient: long(500),
      message: '😀'.repeat(2_500),
      severity: long(20),
      metadata: { 'any thing': [1, { deep: null }] },
    });
    expect(body.status).toBe('sent');
  });
});
