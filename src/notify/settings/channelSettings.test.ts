import request from 'supertest';
import { minutes } from '../../kernel/clock';
import { secretBox } from '../../kernel/secretBox';
import { pigeon } from '../../testing/exampleChannel';
import { appOf, someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness, SECRET_KEY } from '../../testing/notify';
import { until } from '../../testing/product';
import { type HttpSink, httpSink } from '../../testing/sink';
import { smtpSink } from '../../testing/smtp';
import type { Channel } from '../channels/channel';
import { type ChannelName, notifyContract } from '../contract';
import { generateMissing } from './generated';

/** Settings of channels that administrators store. */

const LOOPBACK = ['127.0.0.0/8'];
const TOKEN = 'T0KEN-0f-the-hook';
const admin = someone({ actor: 'ada', role: 'admin' });
let one: NotifyHarness;
let two: NotifyHarness;
let sink: HttpSink;
let hook: string;

beforeAll(async () => {
  sink = await httpSink();
  hook = `${sink.url}/${TOKEN}`;
  one = await notifyHarness({ outgoingAllow: LOOPBACK, giveUpAfterMs: minutes(60) });
  two = one.rebuilt({});
  await Promise.all([one.module.start(), two.module.start()]);
});
afterAll(async () => {
  await two.close();
  await one.close();
  await sink.close();
});
beforeEach(async () => {
  sink.clear();
  await one.clean();
  await set({ WEBHOOK_URL: null, WEBHOOK_SECRET: null });
  await set({ SLACK_WEBHOOK_URL: null }, 'slack');
  await until(async () => !(await channel(two)).configured, 5_000);
  await one.clean();
  await one.database.db('channel_states').where({ channel: 'webhook' }).update({ state: 'not_configured' });
});

const set = (given: Record<string, string | null>, name: ChannelName = 'webhook', harness = one) =>
  harness.port.setChannelSettings({ channel: name, ...given }, admin);
const channel = async (harness: NotifyHarness, name: ChannelName = 'webhook', caller = admin) => {
  const { channels } = await harness.port.channels({}, caller);
  return channels.find((each) => each.channel === name) as (typeof channels)[number];
};
const setting = async (harness: NotifyHarness, name: string, of: ChannelName = 'webhook', caller = admin) =>
  (await channel(harness, of, caller)).settings.find((each) => each.name === name);
const send = (harness: NotifyHarness, message = 'm') =>
  harness.port.notify({ incident_id: 'INC-1', channel: 'webhook', recipient: 'ops', message }, someone());
const refusal = (given: Record<string, string | null>, name: ChannelName = 'webhook') =>
  request(appOf(notifyContract, one.port, admin))
    .put(`/api/v1/channels/${name}/settings`)
    .send(given);
const restored = async () => (await one.facts()).filter(({ kind }) => kind === 'channel_restored');

test('a stored setting counts at once, and in another process within a second', async () => {
  expect(await set({ WEBHOOK_URL: hook })).toMatchObject({ configured: true, state: 'untried' });
  expect(await send(one)).toMatchObject({ status: 'sent' });
  await until(async () => (await channel(two)).configured, 1_000);
  expect(await send(two)).toMatchObject({ status: 'sent' });
  expect(sink.received.map(({ path }) => path)).toEqual([`/${TOKEN}`, `/${TOKEN}`]);
});

test('null deletes a setting, in every process', async () => {
  await set({ WEBHOOK_URL: hook });
  await until(async () => (await channel(two)).configured, 1_000);
  expect(await set({ WEBHOOK_URL: null })).toMatchObject({ configured: false, state: 'not_configured' });
  await until(async () => !(await channel(two)).configured, 1_000);
  expect(await send(two)).toMatchObject({ status: 'failed', reason: 'not_configured' });
});

test('a channel that is configured by it is announced once', async () => {
  await set({ WEBHOOK_URL: hook });
  await until(async () => (await channel(two)).configured, 1_000);
  expect(await restored()).toMatchObject([{ subject: 'webhook' }]);
});

test('no answer, event or row shows a secret value', async () => {
  const answer = await set({ WEBHOOK_URL: hook });
  expect(answer.settings).toContainEqual(
    expect.objectContaining({ name: 'WEBHOOK_URL', secret: true, source: 'stored', set: true, value: null }),
  );
  const rows = await one.database.db('channel_settings').select('*');
  const everything = JSON.stringify([answer, await one.facts(), rows, await one.port.channels({}, admin)]);
  expect(everything).not.toContain(TOKEN);
  expect(await one.facts()).toContainEqual(
    expect.objectContaining({
      kind: 'channel_settings_changed',
      subject: 'webhook',
      actor: 'ada',
      data: { set: ['WEBHOOK_URL'], cleared: [] },
    }),
  );
});

test('a server that repeats a stored secret in its answer does not reveal it', async () => {
  await set({ WEBHOOK_URL: hook });
  sink.reply({ status: 400, body: `no entry at /${TOKEN}` });
  expect((await send(one)).reason).toBe('HTTP 400: no entry at …');
});

test('the environment wins, and only administrators see values', async () => {
  expect(await setting(one, 'MAIL_FROM', 'email')).toMatchObject({
    source: 'environment',
    set: true,
    value: 'Tocsin <tocsin@example.com>',
  });
  expect(await setting(one, 'MAIL_FROM', 'email', someone())).toMatchObject({ source: 'environment', value: null });
  const { body } = await refusal({ MAIL_FROM: 'Eve <eve@example.com>' }, 'email').expect(422);
  expect(body.errors).toEqual([{ path: 'MAIL_FROM', message: expect.stringContaining('environment') }]);
});

test.each([
  ['an unknown one', { SMTP_URL: 'smtp://mail.example.com' }, 'SMTP_URL'],
  ['no URL', { WEBHOOK_URL: 'ops' }, 'WEBHOOK_URL'],
  ['a URL of another scheme', { WEBHOOK_URL: 'file:///etc/passwd' }, 'WEBHOOK_URL'],
  ['a private address', { WEBHOOK_URL: 'http://10.0.0.1/x' }, 'WEBHOOK_URL'],
  ['a private address in another notation', { WEBHOOK_URL: 'http://0xa000001/x' }, 'WEBHOOK_URL'],
  ['an address of this machine', { WEBHOOK_URL: 'http://[::1]:8080/' }, 'WEBHOOK_URL'],
  ['a second line', { WEBHOOK_URL: 'https://a.example\r\nX-Evil: 1' }, 'WEBHOOK_URL'],
  ['an empty text', { WEBHOOK_URL: ' ' }, 'WEBHOOK_URL'],
  ['a number', { WEBHOOK_URL: 5 as unknown as string }, 'WEBHOOK_URL'],
  ['a secret that the channel cannot use', { WEBHOOK_SECRET: 'whsec_!' }, 'WEBHOOK_SECRET'],
  ['a name of the language', { constructor: 'x' }, 'constructor'],
])('%s is refused by name, and nothing is stored', async (_, given, path) => {
  const { body } = await refusal(given).expect(422);
  expect(body.errors).toEqual([expect.objectContaining({ path })]);
  expect(await one.database.db('channel_settings').where({ channel: 'webhook' })).toEqual([]);
});

test('one value that is refused stores none of the others', async () => {
  await refusal({ WEBHOOK_URL: hook, WEBHOOK_SECRET: 'whsec_!' }).expect(422);
  expect(await channel(one)).toMatchObject({ configured: false });
});

test('a stored address leads to no private network, also after a look-up of its name', async () => {
  await set({ WEBHOOK_URL: hook });
  const strict = one.rebuilt({ outgoingAllow: [] });
  await strict.module.start();
  expect(await send(strict)).toMatchObject({ status: 'queued', reason: 'address_refused' });
  await strict.close();
  expect(sink.received).toEqual([]);
});

test('a stored mail server is in no private network, and works if its address is allowed', async () => {
  const mail = await smtpSink();
  await set({ SMTP_URL: mail.url }, 'email');
  const page = { incident_id: 'INC-1', channel: 'email', recipient: 'ana@example.com', message: 'm' } as const;
  expect(await one.port.notify(page, someone())).toMatchObject({ status: 'sent' });
  const strict = one.rebuilt({ outgoingAllow: [] });
  await strict.module.start();
  expect(await strict.port.notify(page, someone())).toMatchObject({ status: 'queued', reason: 'address_refused' });
  await strict.close();
  await set({ SMTP_URL: null }, 'email');
  await mail.close();
  expect(mail.mails).toHaveLength(1);
});

test('an attempt under way ends on the old connection', async () => {
  await set({ WEBHOOK_URL: hook });
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  sink.onRequest(() => held);
  const sending = send(one);
  await until(() => sink.received.length === 1, 5_000);
  await set({ WEBHOOK_URL: `${sink.url}/second-hook` });
  release();
  expect(await sending).toMatchObject({ status: 'sent' });
});

test('what waits is delivered soon after the setting is corrected', async () => {
  await set({ WEBHOOK_URL: hook });
  sink.reply({ status: 404 });
  const { id } = await send(one, 'waits');
  expect(await channel(one)).toMatchObject({ state: 'failing' });
  await set({ WEBHOOK_URL: `${sink.url}/correct-hook` });
  expect(await channel(one)).toMatchObject({ state: 'untried', last_error: null });
  one.clock.advance(3_000);
  const sent = async () => {
    await one.module.drain();
    return (await one.port.get({ id }, someone())).status === 'sent';
  };
  await until(sent, 5_000);
});

describe('a changed SECRET_KEY', () => {
  const rekeyed = async () => {
    const harness = one.rebuilt({ secretKey: 'another secret for the tests' });
    await harness.module.start();
    return harness;
  };

  test('is said by the channels whose settings are lost, and by the reason of what they cannot send', async () => {
    await set({ WEBHOOK_URL: hook });
    const other = await rekeyed();
    expect(await other.port.channels({}, someone())).toMatchObject({
      lost_settings: expect.arrayContaining(['WEBHOOK_URL']),
    });
    expect(await channel(other)).toMatchObject({
      configured: false,
      state: 'failing',
      last_error: expect.stringContaining('WEBHOOK_URL cannot be read, because SECRET_KEY has changed'),
    });
    expect(await setting(other, 'WEBHOOK_URL')).toMatchObject({ problem: 'lost', set: false });
    expect(await send(other)).toMatchObject({ status: 'failed', reason: 'settings_lost' });
    await other.close();
  });

  test('is repaired by setting the value again', async () => {
    await set({ WEBHOOK_URL: hook });
    const other = await rekeyed();
    await set({ WEBHOOK_URL: hook }, 'webhook', other);
    expect(await other.port.channels({}, admin)).toMatchObject({
      lost_settings: expect.not.arrayContaining(['WEBHOOK_URL']),
    });
    expect(await send(other)).toMatchObject({ status: 'sent' });
    await other.close();
  });
});

describe('settings that a channel generates', () => {
  const generating = (settings: Record<string, string>): Channel<ChannelName> =>
    ({ ...pigeon, id: 'webhook', generate: () => settings }) as unknown as Channel<ChannelName>;
  const generate = (settings: Record<string, string>, environment: string[] = []) =>
    generateMissing(
      one.database.db,
      { all: [generating(settings)], inEnvironment: (name) => environment.includes(name) },
      secretBox([SECRET_KEY]),
      one.clock.now(),
    );
  const stored = () => one.database.db('channel_settings').where('name', 'like', 'PIGEON%').orderBy('name');
  afterEach(() => one.database.db('channel_settings').where('name', 'like', 'PIGEON%').delete());

  test('are made once, by one of several processes, and stored encrypted', async () => {
    const pair = { PIGEON_URL: 'https://loft.example.com', PIGEON_RING: 'ring-0001' };
    await Promise.all([generate(pair), generate(pair), generate(pair)]);
    const rows = await stored();
    await generate({ PIGEON_URL: 'https://other.example.com', PIGEON_RING: 'ring-0002' });
    expect(await stored()).toEqual(rows);
    expect(rows.map(({ name, updated_by }) => [name, updated_by])).toEqual([
      ['PIGEON_RING', 'system'],
      ['PIGEON_URL', 'system'],
    ]);
    expect(JSON.stringify(rows)).not.toContain('ring-0001');
  });

  test('are not made if the environment has a part of them', async () => {
    await generate({ PIGEON_URL: 'https://loft.example.com', PIGEON_RING: 'r' }, ['PIGEON_RING']);
    expect(await stored()).toEqual([]);
  });
});

test('metrics hold no stored value', async () => {
  await set({ WEBHOOK_URL: hook });
  await send(one);
  expect(await one.registry.metrics()).not.toContain(TOKEN);
});
