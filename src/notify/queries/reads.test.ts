import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { seconds } from '../../kernel/clock';
import { systemCaller } from '../../kernel/ports/contract';
import { appOf, someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { type HttpSink, httpSink } from '../../testing/sink';
import { notifyContract } from '../contract';

let harness: NotifyHarness;
let web: HttpSink;

beforeAll(async () => {
  web = await httpSink();
  harness = await notifyHarness({ channelSettings: { WEBHOOK_URL: web.url } });
});
afterAll(async () => {
  await harness.close();
  await web.close();
});
beforeEach(async () => {
  web.clear();
  await harness.clean();
});

const get = (path: string) => request(appOf(notifyContract, harness.port)).get(path);
const send = (over: object = {}) =>
  harness.port.notify({ incident_id: 'INC-1', recipient: 'ops', message: 'm', ...over }, someone());

describe('one notification', () => {
  test('is answered with its attempts, metadata and the instant it was sent', async () => {
    web.reply({ status: 500 });
    const { id } = await send({ channel: 'webhook' });
    harness.clock.advance(seconds(2));
    await harness.module.drain();
    const { status, body } = await get(`/api/v1/notifications/${id.toUpperCase()}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, status: 'sent', metadata: {}, sent_at: harness.clock.now().toISOString() });
    expect(body.attempts.map(({ attempt, outcome }: Record<string, unknown>) => [attempt, outcome])).toEqual([
      [1, 'failed'],
      [2, 'sent'],
    ]);
  });

  test.each([
    ['no-uuid', 400, 'Invalid notification ID format'],
    ['%00', 400, 'NUL characters are not allowed'],
    [randomUUID(), 404, 'Notification not found'],
    [randomUUID().replaceAll('-', ''), 404, 'Notification not found'],
    [`{${randomUUID()}}`, 404, 'Notification not found'],
  ])('%s is answered %i', async (id, status, detail) => {
    const answer = await get(`/api/v1/notifications/${id}`);
    expect([answer.status, answer.body.detail]).toEqual([status, detail]);
  });
});

describe('the list', () => {
  test('is newest first, and pages through everything once', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) {
      ids.unshift((await send()).id);
      harness.clock.advance(1);
    }
    const pages = await Promise.all([1, 2, 3].map((page) => get(`/api/v1/notifications?page=${page}&per_page=3`)));
    expect(pages.map(({ body }) => [body.total, body.page, body.per_page])).toEqual([
      [7, 1, 3],
      [7, 2, 3],
      [7, 3, 3],
    ]);
    expect(pages.flatMap(({ body }) => body.notifications.map(({ id }: { id: string }) => id))).toEqual(ids);
  });

  test('of many from the same instant has one order', async () => {
    await Promise.all(Array.from({ length: 12 }, () => send()));
    const whole = (await get('/api/v1/notifications')).body.notifications;
    const halves = await Promise.all([1, 2].map((page) => get(`/api/v1/notifications?page=${page}&per_page=6`)));
    expect(halves.flatMap(({ body }) => body.notifications)).toEqual(whole);
  });

  test.each([
    ['', 4],
    ['channel=mock', 2],
    ['channel=MOCK', 2],
    ['status=failed', 1],
    ['channel=webhook&status=sent', 1],
    ['incident_id=INC-2', 1],
    ['incident_id=inc-2', 0],
    ['recipient=eva', 1],
    ['recipient=eva&channel=webhook', 0],
    ['status=lost', 0],
    ['incident_id=INC-1&status=sent', 2],
    ['status=failed&status=sent', 3],
  ])('narrowed by %s holds %i', async (query, count) => {
    await send();
    await send({ recipient: 'eva', incident_id: 'INC-2' });
    await send({ channel: 'webhook' });
    await send({ channel: 'slack' });
    const { body } = await get(`/api/v1/notifications?${query}`);
    expect([body.total, body.notifications.length]).toEqual([count, count]);
  });

  test('does not carry metadata', async () => {
    await send({ metadata: { a: 1 } });
    expect((await get('/api/v1/notifications')).body.notifications[0]).not.toHaveProperty('metadata');
  });

  test.each([
    ['page=0', 'page'],
    ['page=-1', 'page'],
    ['page=1.5', 'page'],
    ['page=x', 'page'],
    ['page=99999999999999999999', 'page'],
    ['page=100000&per_page=200', 'page'],
    ['per_page=0', 'per_page'],
    ['per_page=201', 'per_page'],
    ['per_page=Infinity', 'per_page'],
    [`channel=${'x'.repeat(501)}`, 'channel'],
    [`incident_id=${'x'.repeat(256)}`, 'incident_id'],
    [`recipient=${'x'.repeat(501)}`, 'recipient'],
    ['recipient=a%00b', 'recipient'],
  ])('refuses %s', async (query, field) => {
    const { status, body } = await get(`/api/v1/notifications?${query}`);
    expect(status).toBe(422);
    expect(body.errors.map(({ path }: { path: string }) => path)).toContain(field);
  });
});

describe('the summary', () => {
  test('counts by status, channel and severity, and keeps counting as states change', async () => {
    await send({ severity: 'high' });
    await send({ severity: 'high', channel: 'slack' });
    await send({ channel: 'webhook' });
    web.reply({ status: 500 }, { status: 500 });
    await send({ channel: 'webhook', severity: 'low' });
    await send({ channel: 'webhook', severity: 'low', incident_id: 'INC-2' });
    await harness.port.cancel({ incident_id: 'INC-2', reason: 'resolved' }, systemCaller('r'));
    const { status, body } = await get('/api/v1/notifications/stats/summary');
    expect(status).toBe(200);
    expect(body).toEqual({
      total: 5,
      sent: 2,
      failed: 1,
      queued: 1,
      cancelled: 1,
      recorded: 0,
      delivered: 0,
      undelivered: 0,
      by_channel: { mock: 1, slack: 1, webhook: 3 },
      by_severity: { high: 2, low: 2, unknown: 1 },
    });
    harness.clock.advance(seconds(2));
    await harness.module.drain();
    expect((await get('/api/v1/notifications/stats/summary')).body).toMatchObject({ total: 5, sent: 3, queued: 0 });
  });

  test('of nothing is nothing', async () => {
    expect((await get('/api/v1/notifications/stats/summary')).body).toEqual({
      total: 0,
      sent: 0,
      failed: 0,
      queued: 0,
      cancelled: 0,
      recorded: 0,
      delivered: 0,
      undelivered: 0,
      by_channel: {},
      by_severity: {},
    });
  });

  test('takes any word as a severity', async () => {
    await send({ severity: '__proto__' });
    await send({ severity: 'constructor' });
    const { status, body } = await get('/api/v1/notifications/stats/summary');
    expect([status, body.total, body.by_severity.constructor]).toEqual([200, 2, 1]);
  });

  test('reads the tallies, not the table: ten thousand rows cost what ten cost', async () => {
    await harness.database.db.raw(
      `insert into notifications (incident_id, channel, recipient, message, status, sent_at, created_at)
       select 'I', 'mock', 'r', 'm', 'sent', now(), now() from generate_series(1, 10000)`,
    );
    const { rows } = await harness.database.db.raw('select count(*) as n from tallies');
    expect(rows[0].n).toBe(1);
    expect((await get('/api/v1/notifications/stats/summary')).body).toMatchObject({ total: 10_000, sent: 10_000 });
    expect((await get('/api/v1/notifications?per_page=1')).body.total).toBe(10_000);
  });
});

describe('metrics', () => {
  test('count ends and attempts, and time deliveries from the command on', async () => {
    const own = harness.rebuilt({});
    const ask = (over: object) =>
      own.port.notify({ incident_id: 'INC-9', recipient: 'ops', message: 'm', ...over }, someone());
    await ask({});
    await ask({ channel: 'slack' });
    web.reply({ status: 500 });
    await ask({ channel: 'webhook' });
    harness.clock.advance(seconds(2));
    await own.module.drain();
    const series = (name: string, labels: Record<string, string>) => own.metric(name, labels);
    expect(await series('notifications_sent_total', { channel: 'mock', status: 'sent' })).toBe(1);
    expect(await series('notifications_sent_total', { channel: 'slack', status: 'failed' })).toBe(1);
    expect(await series('notifications_sent_total', { channel: 'webhook', status: 'sent' })).toBe(1);
    expect(await series('notification_attempts_total', { channel: 'webhook', outcome: 'failed' })).toBe(1);
    expect(await series('notification_attempts_total', { channel: 'webhook', outcome: 'sent' })).toBe(1);
    const text = await own.registry.metrics();
    expect(text).toContain('notification_delivery_seconds_sum{channel="webhook"} 2');
    expect(text).toContain('notification_processing_seconds_count 3');
    expect(text).toMatch(/notification_processing_seconds_bucket\{le="0.005"\}/);
    await own.close();
  });

  test('count the stored notifications, and keep the last value while the database is away', async () => {
    const other = harness.rebuilt({});
    await send();
    await send();
    expect(await other.registry.metrics()).toContain('notifications_in_log 2');
    await send();
    expect(await other.registry.metrics()).toContain('notifications_in_log 2');
    const gone = harness.rebuilt({
      db: new Proxy(harness.database.db, {
        apply: () => {
          throw new Error('the database is away');
        },
      }),
    });
    expect(await gone.registry.metrics()).toContain('notifications_in_log 0');
    await Promise.all([other.close(), gone.close()]);
  });
});
