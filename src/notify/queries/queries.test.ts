import request from 'supertest';
import { minutes, seconds } from '../../kernel/clock';
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

const app = () => request(appOf(notifyContract, harness.port));
const get = (path: string) => app().get(path);
const send = (over: object = {}) =>
  harness.port.notify({ incident_id: 'INC-1', recipient: 'ops', message: 'm', ...over }, someone());
const found = async (query: string): Promise<string[]> => {
  const { body } = await get(`/api/v1/notifications?${query}`).expect(200);
  expect(body.total).toBe(body.notifications.length);
  return body.notifications.map(({ message }: { message: string }) => message);
};

describe('the list of notifications', () => {
  beforeEach(async () => {
    await send({ message: 'Disk is 100% full' });
    harness.clock.advance(minutes(1));
    await send({ message: 'Disk is 100 years old', incident_id: 'INC-2' });
    harness.clock.advance(minutes(1));
    web.reply({ status: 500 });
    await send({ message: 'Payments fail', channel: 'webhook' });
  });

  test('filters by several states and channels at once', async () => {
    expect(await found('status=sent,queued')).toHaveLength(3);
    expect(await found('status=queued&channel=webhook,mock')).toEqual(['Payments fail']);
  });

  test('finds words anywhere in a message, in any case', async () => {
    expect(await found('q=PAYMENT')).toEqual(['Payments fail']);
    expect(await found('q=inc-2')).toEqual(['Disk is 100 years old']);
  });

  test('treats the characters of a pattern as text', async () => {
    expect(await found(`q=${encodeURIComponent('100%')}`)).toEqual(['Disk is 100% full']);
    expect(await found('q=_')).toEqual([]);
  });

  test('filters by creation, from one instant until before another', async () => {
    const now = harness.clock.now().getTime();
    const at = (ms: number) => new Date(now - ms).toISOString();
    expect(await found(`from=${at(minutes(1))}&to=${at(0)}`)).toEqual(['Disk is 100 years old']);
  });

  test.each(['from=yesterday', 'to=2026-13-01T00:00:00Z'])('refuses %s by its name', async (query) => {
    const { status, body } = await get(`/api/v1/notifications?${query}`);
    expect([status, body.errors[0].path]).toEqual([422, query.split('=')[0]]);
  });
});

describe('a whole phone number', () => {
  const PHONE = '+4915123456789';
  const search = async (filter: object, role: 'viewer' | 'admin') =>
    (await harness.port.list({ page: 1, per_page: 20, ...filter }, someone({ role }))).total;

  test.each([
    ['recipient', PHONE],
    ['q', '23456'],
    ['q', PHONE],
  ])('is found by %s=%s by administrators, and by no one else', async (name, text) => {
    await send({ channel: 'sms', recipient: PHONE });
    await send({ channel: 'webhook', recipient: `https://chat.example/${PHONE}` });
    expect(await search({ [name]: text }, 'viewer')).toBe(0);
    expect(await search({ [name]: text }, 'admin')).toBeGreaterThan(0);
  });
});

test('an incident shows its notifications with every attempt', async () => {
  web.reply({ status: 500 });
  await send({ channel: 'webhook' });
  await send({ incident_id: 'INC-2' });
  harness.clock.advance(seconds(2));
  await harness.module.drain();
  const { body } = await get('/api/v1/notifications/incident/INC-1').expect(200);
  expect(body.total).toBe(1);
  expect(body.notifications[0]).toMatchObject({ status: 'sent', recipient: 'ops', person: null });
  expect(body.notifications[0].attempts.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['failed', 'sent']);
});

describe('the deliveries of the last hours', () => {
  const deliveries = async (query = '') =>
    (await get(`/api/v1/notifications/stats/deliveries${query}`).expect(200)).body;

  test('are zero, without a median, if only mock recorded something', async () => {
    await send({ channel: 'mock' });
    expect(await deliveries()).toMatchObject({ delivered: 0, failed: 0, median_seconds: null });
  });

  test('are counted as delivered or failed, with the median time', async () => {
    await send({ channel: 'webhook' });
    await send({ channel: 'email', recipient: 'ada@example.com' });
    web.reply({ status: 500 });
    await send({ channel: 'webhook' });
    harness.clock.advance(seconds(2));
    await harness.module.drain();
    expect(await deliveries()).toMatchObject({ delivered: 2, failed: 1, median_seconds: 1 });
    harness.clock.advance(minutes(90));
    expect(await deliveries('?hours=1')).toMatchObject({ delivered: 0, failed: 0 });
    expect(await deliveries('?hours=2')).toMatchObject({ delivered: 2, failed: 1 });
  });

  test.each(['0', '721', 'x'])('are refused for %s hours', async (hours) => {
    const { body } = await get(`/api/v1/notifications/stats/deliveries?hours=${hours}`).expect(422);
    expect(body.errors[0].path).toBe('hours');
  });
});

describe('the channels', () => {
  const hook = { incident_id: 'INC-1', channel: 'webhook' as const, recipient: 'ops', message: 'Fire' };
  const stateOf = async (channel: string) =>
    (await get('/api/v1/channels').expect(200)).body.channels.find(
      (each: { channel: string }) => each.channel === channel,
    );

  test('show whether they are configured', async () => {
    expect(await stateOf('webhook')).toMatchObject({ configured: true });
    expect(await stateOf('email')).toMatchObject({ configured: false, last_sent_at: null, last_failure: null });
  });

  test('show the last delivery, the last failure and how many wait', async () => {
    await send({ channel: 'email', recipient: 'ada@example.com' });
    expect(await stateOf('email')).toMatchObject({ last_failure: 'not_configured' });
    await send({ channel: 'webhook' });
    expect(await stateOf('webhook')).toMatchObject({ queued: 0, last_sent_at: harness.clock.now().toISOString() });
    web.reply({ status: 500 });
    await send({ channel: 'webhook' });
    expect(await stateOf('webhook')).toMatchObject({ queued: 1 });
  });

  test('show whether any reaches people and rooms, and that mock reaches no one', async () => {
    const { can_reach_people, can_reach_rooms } = (await get('/api/v1/channels').expect(200)).body;
    expect({ can_reach_people, can_reach_rooms }).toEqual({ can_reach_people: false, can_reach_rooms: true });
    expect(await stateOf('mock')).toMatchObject({ configured: true, reaches: false });
    const bare = harness.rebuilt({ channelSettings: { WEBHOOK_URL: undefined } });
    expect(await bare.port.channels({}, someone())).toMatchObject({ can_reach_people: false, can_reach_rooms: false });
    await bare.close();
  });

  test('are failing while a configured URL refuses, with the reason and the start', async () => {
    const patient = harness.rebuilt({ giveUpAfterMs: minutes(60) });
    const since = harness.clock.now().toISOString();
    web.reply({ status: 401, body: 'who are you' }, { status: 404 });
    await patient.port.notify(hook, someone());
    expect(await stateOf('webhook')).toMatchObject({ state: 'failing', since, last_error: 'HTTP 401: who are you' });
    harness.clock.advance(seconds(80));
    await patient.module.drain();
    expect(await stateOf('webhook')).toMatchObject({ state: 'failing', since, last_error: 'HTTP 404' });
    harness.clock.advance(minutes(5));
    await patient.module.drain();
    await patient.close();
    expect(await stateOf('webhook')).toMatchObject({ state: 'working', last_error: null });
    expect((await harness.facts()).filter(({ kind }) => kind === 'channel_restored')).toMatchObject([
      { subject: 'webhook', data: { channel: 'webhook' } },
    ]);
  });

  test('do not change by the answer of a URL that a user named', async () => {
    const open = harness.rebuilt({ outgoingAllow: ['127.0.0.1/32'] });
    web.reply({ status: 401 });
    await open.port.notify({ ...hook, recipient: web.url }, someone());
    await open.close();
    expect(await stateOf('webhook')).toMatchObject({ state: 'untried' });
  });

  test('that are configured since the last start are announced once', async () => {
    const without = harness.rebuilt({ channelSettings: { WEBHOOK_URL: undefined } });
    await without.module.start();
    await without.close();
    expect(await stateOf('webhook')).toMatchObject({ state: 'not_configured' });
    for (let start = 0; start < 2; start++) {
      const now = harness.rebuilt({});
      await now.module.start();
      await now.close();
    }
    expect(await stateOf('webhook')).toMatchObject({ state: 'untried' });
    // The key pair of web push is made at a start too.
    const announced = (await harness.facts()).filter(
      ({ kind, subject }) => kind === 'channel_restored' && subject === 'webhook',
    );
    expect(announced).toHaveLength(1);
  });

  test('can be tested, and the test is an event', async () => {
    const { body } = await app().post('/api/v1/channels/webhook/test').send({ address: 'ops' }).expect(200);
    expect(body).toMatchObject({ channel: 'webhook', recipient: 'ops', status: 'sent' });
    expect(web.received).toHaveLength(1);
    expect((await harness.facts()).map(({ kind }) => kind)).toContain('channel_tested');
  });

  test('that do not exist are refused by name', async () => {
    const { status, body } = await app().post('/api/v1/channels/pigeon/test').send({ address: 'ops' });
    expect([status, body.detail]).toEqual([400, expect.stringContaining('channel')]);
  });
});
