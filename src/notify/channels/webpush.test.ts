import { type PushAnswer, type PushService, pushService } from '../../testing/pushService';
import type { Message } from './channel';
import { type Channels, openChannels } from './open';
import { webpush } from './webpush';

/** Web push against a push service that checks and decrypts as those of browser vendors and browsers do. */

const PUBLIC_URL = 'https://tocsin.example.com';
const INCIDENT = '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10';

let service: PushService;
let key: string;
let channels: Channels;

function open({
  allow = ['127.0.0.1'],
  timeoutMs = 10_000,
  publicUrl = PUBLIC_URL,
  contact = undefined as string | undefined,
  privateKey = key as string | null,
} = {}): Channels {
  const channelSettings = { WEBPUSH_PRIVATE_KEY: privateKey ?? undefined, WEBPUSH_CONTACT: contact };
  return openChannels({ channelSettings, timeoutMs, outgoingAllow: allow, publicUrl });
}

async function newKey(): Promise<string> {
  const made = (await webpush.generate?.()) as Record<string, string>;
  return made['WEBPUSH_PRIVATE_KEY'] as string;
}

async function by<T>(options: Parameters<typeof open>[0], work: (channels: Channels) => Promise<T>): Promise<T> {
  const other = open(options);
  try {
    return await work(other);
  } finally {
    await other.close();
  }
}

beforeAll(async () => {
  service = await pushService();
  key = await newKey();
  channels = open();
});
afterAll(async () => {
  await channels.close();
  await service.close();
});
beforeEach(() => {
  service.messages.length = 0;
  service.answer();
});

const message = (over: Partial<Message> = {}): Message => ({
  notificationId: '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11',
  incidentId: INCIDENT,
  recipient: service.subscribe({ applicationServerKey: channels.of('webpush').deviceKey() as string }),
  text: 'checkout: cards are declined\nSince this morning',
  severity: 'high',
  links: { view: `${PUBLIC_URL}/l/v`, acknowledge: `${PUBLIC_URL}/l/a` },
  answers: { tokens: { acknowledge: 'signed' }, url: `${PUBLIC_URL}/api/v1/answers` },
  sourceLinks: [],
  at: new Date('2026-01-05T09:00:00Z'),
  ...over,
});

const send = (over: Partial<Message> = {}) => channels.of('webpush').deliver(message(over));
const shown = () => JSON.parse(service.messages[0]!.text).notification;

describe('a page by web push', () => {
  test('is a declarative message that only the device of the subscription can read', async () => {
    expect(await send()).toEqual({ outcome: 'sent', receipt: 'HTTP 201', channel: 'working' });
    expect(JSON.parse(service.messages[0]!.text)).toEqual({
      web_push: 8030,
      notification: {
        title: '[high] checkout: cards are declined',
        body: 'Since this morning',
        navigate: `${PUBLIC_URL}/l/v`,
        ...{ lang: 'en', dir: 'auto', tag: INCIDENT, silent: false, requireInteraction: true },
        actions: [
          { action: 'acknowledge', title: 'Acknowledge', navigate: `${PUBLIC_URL}/l/a` },
          { action: 'view', title: 'View', navigate: `${PUBLIC_URL}/l/v` },
        ],
        data: {
          ...{ kind: 'page', at: '2026-01-05T09:00:00.000Z' },
          ...{ acknowledge: `${PUBLIC_URL}/api/v1/answers/signed`, page: `${PUBLIC_URL}/l/a` },
        },
      },
      mutable: true,
    });
  });

  test('is signed by the key of this installation, for the push service alone', async () => {
    await send();
    const { claims, applicationServerKey } = service.messages[0]!;
    expect(claims).toMatchObject({ aud: service.url, sub: PUBLIC_URL });
    expect(applicationServerKey).toBe(channels.of('webpush').deviceKey());
  });

  test('names the contact that the operator set', async () => {
    const contact = 'mailto:ops@example.com';
    await by({ contact }, (other) => other.of('webpush').deliver(message()));
    expect(service.messages[0]!.claims.sub).toBe(contact);
  });

  test('names some contact on a machine without a public address', async () => {
    await by({ publicUrl: 'http://localhost:3000' }, (other) => other.of('webpush').deliver(message()));
    expect(service.messages[0]!.claims.sub).toBe('mailto:tocsin@localhost');
  });

  test.each<[string, Partial<Message>, { ttl: number; urgency: string; topic: unknown }]>([
    ['a page of high urgency wakes the device', {}, { ttl: 14_400, urgency: 'high', topic: expect.any(String) }],
    [
      'a page of low urgency may wait',
      { urgency: 'low' },
      { ttl: 14_400, urgency: 'normal', topic: expect.any(String) },
    ],
    ['a notice waits for a day', { kind: 'notice' }, { ttl: 86_400, urgency: 'normal', topic: expect.any(String) }],
    ['a code is soon worthless', { kind: 'code' }, { ttl: 600, urgency: 'high', topic: undefined }],
  ])('%s', async (_, over, expected) => {
    await send(over);
    expect(service.messages[0]).toMatchObject(expected);
  });

  test('replaces only an undelivered message about the same incident', async () => {
    await send();
    await send({ kind: 'notice' });
    await send({ incidentId: '00000000-0b3a-4a50-9d5e-6a1b6a4c7d10' });
    const [first, second, other] = service.messages.map(({ topic }) => topic);
    expect([first === second, first === other]).toEqual([true, false]);
  });

  test('opens the page of the incident to acknowledge if it has no token', async () => {
    const { answers: _, ...without } = message();
    await channels.of('webpush').deliver(without);
    expect(shown()).toMatchObject({
      actions: [{ navigate: `${PUBLIC_URL}/l/a` }, {}],
      data: { page: `${PUBLIC_URL}/l/a` },
    });
    expect(shown().data).not.toHaveProperty('acknowledge');
  });

  test('fits into one record, however wide its characters are', async () => {
    for (const text of [
      '😀'.repeat(2_000),
      `a\n${'\u0001'.repeat(5_000)}`,
      `a\n${'"\\'.repeat(2_000)}`,
      `a\n${'ü'.repeat(5_000)}`,
    ]) {
      expect(await send({ text })).toMatchObject({ outcome: 'sent' });
    }
    const sizes = service.messages.map(({ bytes }) => bytes);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4_096);
    expect(Math.min(...sizes.slice(1))).toBeGreaterThan(2_500);
  });

  test('is refused if even its links do not fit', async () => {
    const view = `${PUBLIC_URL}/l/${'v'.repeat(5_000)}`;
    expect(await send({ links: { view } })).toMatchObject({ reason: 'message_too_large', permanent: true });
  });
});

test('a notice is silent and asks for nothing', async () => {
  await send({
    kind: 'notice',
    outcome: 'acknowledged',
    links: { view: `${PUBLIC_URL}/l/v` },
    answers: { tokens: {} },
  });
  expect(shown()).toMatchObject({ silent: true, requireInteraction: false, tag: INCIDENT });
  expect(shown()).not.toHaveProperty('actions');
});

test('a code reaches the device apart from the text, so that the device can confirm it', async () => {
  await send({
    kind: 'code',
    text: 'Your code is 042137. It is valid for 10 minutes.',
    links: {},
    answers: { tokens: {} },
  });
  expect(shown()).toMatchObject({ tag: 'code', navigate: `${PUBLIC_URL}/`, data: { kind: 'code', code: '042137' } });
});

describe('an answer of the push service', () => {
  test.each<[string, PushAnswer, object]>([
    ['404', { status: 404 }, { reason: 'subscription_gone', permanent: true, channel: 'working' }],
    ['410', { status: 410 }, { reason: 'subscription_gone', permanent: true, channel: 'working' }],
    ['413', { status: 413 }, { reason: 'message_too_large', permanent: true, channel: 'working' }],
    ['400', { status: 400, body: 'no' }, { reason: 'HTTP 400: no', permanent: true }],
    [
      '429 with a pause',
      { status: 429, headers: { 'retry-after': '90' } },
      { permanent: false, retryAfterMs: 90_000, channel: 'suspect' },
    ],
    ['500', { status: 500 }, { reason: 'HTTP 500', permanent: false, channel: 'suspect' }],
    ['403', { status: 403, body: 'BadJwtToken' }, { permanent: false, slowly: true, channel: 'suspect' }],
    ['a redirect', { status: 307, headers: { location: '/elsewhere' } }, { permanent: true }],
    ['a closed connection', 'reset', { reason: 'connection_lost', permanent: false }],
  ])('of %s', async (_, answer, expected) => {
    service.answer(answer);
    expect(await send()).toMatchObject({ outcome: 'failed', ...expected });
    expect(service.messages).toEqual([]);
  });

  test('that does not come ends the attempt at its deadline', async () => {
    service.answer('hang');
    const outcome = await by({ timeoutMs: 100 }, (other) => other.of('webpush').deliver(message()));
    expect(outcome).toMatchObject({ reason: 'timeout', permanent: false });
  });

  test('that the subscription belongs to another key is tried again slowly', async () => {
    const recipient = service.subscribe({ applicationServerKey: 'another' });
    expect(await send({ recipient })).toMatchObject({ permanent: false, slowly: true });
  });
});

test('no message goes to a private address that the operator does not allow', async () => {
  const outcome = await by({ allow: [] }, (other) => other.of('webpush').deliver(message()));
  expect(outcome).toMatchObject({ reason: 'address_refused', permanent: true });
  expect(service.messages).toEqual([]);
});

describe('an address', () => {
  const keys = JSON.parse(webpush.address.example.text).keys;
  const refusal = (address: unknown) =>
    channels.of('webpush').refusal(typeof address === 'string' ? address : JSON.stringify(address));
  const endpoint = 'https://push.example.com/send/1';

  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['a bare endpoint', endpoint],
    ['no keys', { endpoint }],
    ['http elsewhere', { endpoint: 'http://push.example.com/send/1', keys }],
    ['another protocol', { endpoint: 'ftp://push.example.com/send/1', keys }],
    ['a user in the endpoint', { endpoint: 'https://a:b@push.example.com/', keys }],
    ['a line end in the endpoint', { endpoint: 'https://push.example.com/\r\nx', keys }],
    ['an endpoint without end', { endpoint: `https://push.example.com/${'x'.repeat(1_000)}`, keys }],
    ['a short key', { endpoint, keys: { ...keys, p256dh: keys.p256dh.slice(0, 40) } }],
    ['a key that is no point', { endpoint, keys: { ...keys, p256dh: `B${'A'.repeat(86)}` } }],
    ['a short secret', { endpoint, keys: { ...keys, auth: 'abcd' } }],
    ['a secret in another alphabet', { endpoint, keys: { ...keys, auth: '!!!!!!!!!!!!!!!!!!!!!!' } }],
  ])('with %s is refused', (_, address) => {
    expect(refusal(address)).toBe('invalid_recipient');
  });

  test('has one spelling', () => {
    const { spelling } = webpush.address;
    const given = JSON.stringify(
      { keys: { auth: keys.auth, p256dh: keys.p256dh }, expirationTime: null, endpoint },
      null,
      2,
    );
    expect(spelling?.(given)).toBe(JSON.stringify({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } }));
    expect(spelling?.('{')).toBe('{');
  });
});

test('the subscription of a device is shown without its keys, and apart from other devices', () => {
  const { shown } = webpush.address;
  const [one, other] = [service.subscribe(), service.subscribe()].map((address) => shown?.(address));
  expect(one).toMatch(/^127\.0\.0\.1:\d+ #[0-9a-f]{8}$/);
  expect(one).not.toBe(other);
  expect(shown?.('{')).toBe('a device');
});

describe('the key', () => {
  test('is another one in each installation', async () => {
    const other = await newKey();
    expect(other).toMatch(/^[\w-]{43}$/);
    expect(other).not.toBe(key);
  });

  test('that is missing leaves the channel without a configuration', async () => {
    const facts = await by({ privateKey: null }, async (other) => {
      const own = other.of('webpush');
      return [own.configured(), own.deviceKey(), own.refusal(webpush.address.example.text)];
    });
    expect(facts).toEqual([false, null, 'not_configured']);
  });

  test.each(['short', `${'A'.repeat(43)}`, '_'.repeat(43)])('%s names its setting', (privateKey) => {
    expect(() => open({ privateKey })).toThrow('WEBPUSH_PRIVATE_KEY must be a private key of P-256');
  });
});
