import { masked, maskText, maskUrlsOf } from '../../kernel/mask';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { type Behaviour, SECRET, type StandIn, standIn } from '../../testing/standIn';
import type { ChannelName } from '../contract';
import { channels } from '.';
import type { Message } from './channel';
import { openChannels } from './open';
import { channelSetup } from './settings';

/** Contract tests of every channel of the list and of one that only tests have, against a stand-in for its server. */

jest.mock('.', () => {
  const { channels: listed } = jest.requireActual<typeof import('.')>('.');
  const { pigeon: added } =
    jest.requireActual<typeof import('../../testing/exampleChannel')>('../../testing/exampleChannel');
  return { channels: [...listed, added] };
});
jest.mock('../contract/channels', () => ({
  CHANNELS: jest.requireMock<typeof import('.')>('.').channels.map(({ id }) => id),
}));

/** The longest message that the contract accepts. */
const LONGEST = 5_000;
const TIMEOUT_MS = 10_000;
const AT = new Date('2026-01-05T09:00:00Z');

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const listed = channels.map((channel) => [channel.id, channel] as const);
const sending = listed.filter(([, { server }]) => server !== null);

type Listed = (typeof channels)[number];
type Values = Readonly<Record<string, unknown>>;

/** What a process parses of the environment that holds these variables. */
const parsed = ({ settings, sharesSettings }: Listed, env: Record<string, string> = {}): Values => {
  const shared = channels.find(({ id }) => id === sharesSettings)?.settings;
  const all = Object.entries({ ...shared, ...settings });
  return Object.fromEntries(all.map(([name, { schema }]) => [name, schema.parse(env[name])]));
};

function open({ id }: Listed, channelSettings: Values, timeoutMs = TIMEOUT_MS) {
  const publicUrl = 'https://tocsin.example.com';
  const all = openChannels({ channelSettings, timeoutMs, outgoingAllow: [], publicUrl });
  opened.push(all.close);
  return all.of(id);
}

/** The channel before a server that behaves like this. */
async function before(channel: Listed, behaviour: Behaviour, timeoutMs?: number) {
  const { protocol, setting } = channel.server as NonNullable<Listed['server']>;
  const server: StandIn = await standIn(protocol, behaviour);
  opened.push(server.close);
  const settings = parsed(channel, server.settings ?? { [setting]: server.url });
  return { server, settings, open: open(channel, settings, timeoutMs) };
}

/** An address that leads to the configured server. */
const roomOf = ({ address: { example, isTarget } }: Listed): string =>
  isTarget?.(example.text) ? 'ops-team' : example.text;

const message = (channel: Listed, over: Partial<Message> = {}): Message => ({
  notificationId: '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11',
  incidentId: '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10',
  recipient: roomOf(channel),
  text: 'checkout: cards are declined',
  severity: 'high',
  links: {},
  sourceLinks: [],
  at: AT,
  ...over,
});

test('the list has a channel of each name, and one that records what reaches no one', () => {
  const names = channels.map(({ id }) => id as string);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9]*$/);
  expect(channels.filter(({ recordsOnly }) => recordsOnly).map(({ id }) => id)).toEqual(['mock']);
});

test('no two channels share a variable', () => {
  const names = channelSetup.settings.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(listed)('%s', (_id, channel) => {
  test('has its documentation', () => {
    const { title, address, accepted, settings } = channel;
    for (const text of [title, address.hint, accepted]) expect(text.trim()).not.toBe('');
    for (const [name, { means }] of Object.entries(settings)) {
      expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
      expect(means).toMatch(/\S[^.]$/);
    }
  });

  test('accepts its own example of an address, and shows it without its secret', () => {
    maskUrlsOf(channelSetup.secretUrls);
    const { id, address } = channel;
    expect(address.accepts?.(address.example.text) ?? true).toBe(true);
    expect(masked({ channel: id, recipient: address.example.text }).recipient).toBe(address.example.shown);
    expect(maskText(`${id}:${address.example.text}`)).toBe(`${id}:${address.example.shown}`);
  });

  test('parses an empty environment, and its defaults are those that documentation shows', () => {
    for (const { schema, fallback } of Object.values(channel.settings)) {
      expect(schema.parse(undefined)).toEqual(fallback === '' ? undefined : schema.parse(fallback));
    }
  });
});

describe.each(sending)('%s', (_id, channel) => {
  test('is not configured without its server, and refuses what needs it', () => {
    const bare = open(channel, parsed(channel));
    expect([bare.configured(), bare.refusal(roomOf(channel))]).toEqual([false, 'not_configured']);
    expect([channel.needs, channel.setup]).toEqual([
      expect.stringContaining(channel.server!.setting),
      expect.stringContaining(channel.server!.setting),
    ]);
  });

  test('delivers to a server that takes the message', async () => {
    const { open: own, server } = await before(channel, 'takes');
    expect([own.configured(), own.refusal(roomOf(channel))]).toEqual([true, null]);
    expect(await own.deliver(message(channel))).toMatchObject({ outcome: 'sent', channel: 'working' });
    expect(server.texts().join()).toContain('cards are declined');
  });

  test('fails at once if the message is refused for good', async () => {
    const { open: own } = await before(channel, 'refuses the message');
    expect(await own.deliver(message(channel))).toMatchObject({
      outcome: 'failed',
      permanent: true,
      channel: 'working',
    });
  });

  test('is tried again, and shown as failing, if the operator must repair something', async () => {
    const { open: own } = await before(channel, 'refuses the operator');
    expect(await own.deliver(message(channel))).toMatchObject({
      outcome: 'failed',
      permanent: false,
      channel: 'failing',
    });
  });

  test('is tried again after a failure that may pass', async () => {
    const { open: own } = await before(channel, 'is overloaded');
    expect(await own.deliver(message(channel))).toMatchObject({ outcome: 'failed', permanent: false });
  });

  test('ends at the deadline if the server does not answer', async () => {
    const { open: own } = await before(channel, 'does not answer', 100);
    expect(await own.deliver(message(channel))).toMatchObject({ reason: 'timeout', permanent: false });
  });

  test('shows of the longest message as much as it declares', async () => {
    const { open: own, server } = await before(channel, 'takes');
    const text = `begin ${'x'.repeat(LONGEST - 6)}`;
    expect(await own.deliver(message(channel, { text }))).toMatchObject({ outcome: 'sent' });
    const runs = server.texts().flatMap((taken) => taken.match(/x+(?:…|\.\.\.)?/g) ?? []);
    const longest = Math.max(...runs.map(({ length }) => length));
    expect(longest + 6).toBe(Math.min(LONGEST, channel.limits.text));
  });

  test('shows no more of a message than that, if the message has a megabyte of markup', async () => {
    const { open: own, server } = await before(channel, 'takes');
    const text = `\r\nBcc: a@example.com\r\n.\r\n${'<b>&*_`~[x](y) </Say></script>'.repeat(35_000)}`;
    expect(await own.deliver(message(channel, { text }))).toMatchObject({ outcome: 'sent' });
    expect(server.texts().length).toBeLessThan(3);
    // An escaped character has at most six.
    expect(server.texts().join('').length).toBeLessThan(6 * channel.limits.text + 5_000);
  });

  test.each<Behaviour>(['takes', 'refuses the message', 'refuses the operator', 'is overloaded'])(
    'never repeats a secret of its settings, even if the server does: one that %s',
    async (behaviour) => {
      const { open: own } = await before(channel, behaviour);
      expect(JSON.stringify(await own.deliver(message(channel)))).not.toContain(SECRET);
    },
  );
});

describe('a message that fails at first', () => {
  let harness: NotifyHarness;
  beforeAll(async () => {
    harness = await notifyHarness({ giveUpAfterMs: 3_600_000 });
  });
  afterAll(() => harness.close());

  test.each(sending)('by %s is tried again and delivered when the server is back', async (id, channel) => {
    const { settings } = await before(channel, 'is overloaded');
    const broken = harness.rebuilt({ channelSettings: settings, timeoutMs: TIMEOUT_MS });
    opened.push(broken.close);
    const input = { incident_id: 'X-1', channel: id as ChannelName, recipient: roomOf(channel), message: 'm' };
    const first = await broken.port.notify(input, someone());
    expect(first).toMatchObject({ channel: id, status: 'queued' });
    const { settings: good } = await before(channel, 'takes');
    const repaired = harness.rebuilt({ channelSettings: good, timeoutMs: TIMEOUT_MS });
    opened.push(repaired.close);
    harness.clock.advance(60_000);
    await repaired.module.drain();
    const { status, attempts } = await repaired.port.get({ id: first.id }, someone());
    expect([status, attempts.map(({ outcome }) => outcome)]).toEqual(['sent', ['failed', 'sent']]);
  });
});
