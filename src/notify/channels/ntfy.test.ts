import { type NtfyReply, type NtfyServer, ntfyError, ntfyServer } from '../../testing/ntfyServer';
import type { Message } from './channel';
import { openChannels } from './open';

/** The channel against a server that checks what a server of ntfy checks. */

const PUBLIC_URL = 'https://tocsin.example.com';

const message = (over: Partial<Message> = {}): Message => ({
  notificationId: '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11',
  incidentId: '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10',
  recipient: 'tocsin-h4rdtogu3ss',
  text: 'checkout: cards are declined\nSince this morning',
  severity: 'high',
  links: { view: `${PUBLIC_URL}/l/v`, acknowledge: `${PUBLIC_URL}/l/a` },
  answers: { tokens: { acknowledge: 'signed' }, url: `${PUBLIC_URL}/api/v1/answers` },
  sourceLinks: [],
  at: new Date('2026-01-05T09:00:00Z'),
  ...over,
});

async function sendTo(channelSettings: Record<string, string>, over: Partial<Message> = {}) {
  const channels = openChannels({ channelSettings, timeoutMs: 10_000, outgoingAllow: [], publicUrl: PUBLIC_URL });
  try {
    return await channels.of('ntfy').deliver(message(over));
  } finally {
    await channels.close();
  }
}

let server: NtfyServer;
beforeAll(async () => {
  server = await ntfyServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.messages.length = 0;
  server.reply();
});
const send = (over: Partial<Message> = {}) => sendTo({ NTFY_URL: server.url }, over);

test('a page is a message of the highest priority that is acknowledged from the notification itself', async () => {
  expect(await send()).toEqual({ outcome: 'sent', receipt: 'm1', ref: 'm1', channel: 'working' });
  expect(server.messages).toEqual([
    {
      topic: 'tocsin-h4rdtogu3ss',
      title: '[high] checkout: cards are declined',
      message: 'checkout: cards are declined\nSince this morning',
      priority: 5,
      tags: ['rotating_light', 'high'],
      click: `${PUBLIC_URL}/l/v`,
      actions: [
        {
          ...{ action: 'http', label: 'Acknowledge', url: `${PUBLIC_URL}/api/v1/answers/signed`, method: 'POST' },
          ...{ headers: { Accept: 'application/json' }, clear: true },
        },
        { action: 'view', label: 'View incident', url: `${PUBLIC_URL}/l/v` },
      ],
    },
  ]);
});

test.each<[string, Partial<Message>, number]>([
  ['low urgency does not ring', { urgency: 'low' }, 3],
  ['a notice makes no sound', { kind: 'notice' }, 2],
])('%s', async (_, over, priority) => {
  await send(over);
  expect(server.messages).toMatchObject([{ priority }]);
});

test('without a token the acknowledgement opens its page, and at most three actions are named', async () => {
  const { answers: _, ...without } = message();
  const sourceLinks = [
    { kind: 'runbook', url: 'https://wiki.example/r' },
    { kind: 'dashboard', url: 'https://grafana.example/d' },
  ] as const;
  await send({ ...without, answers: { tokens: {} }, sourceLinks });
  expect(server.messages[0]?.actions).toEqual([
    { action: 'view', label: 'Acknowledge', url: `${PUBLIC_URL}/l/a` },
    { action: 'view', label: 'View incident', url: `${PUBLIC_URL}/l/v` },
    { action: 'view', label: 'Runbook', url: 'https://wiki.example/r' },
  ]);
});

test('a long text is cut to the bytes of a message', async () => {
  expect(await send({ text: '😀'.repeat(5_000) })).toMatchObject({ outcome: 'sent' });
  const bytes = Buffer.byteLength(server.messages[0]?.message ?? '');
  expect(bytes).toBeLessThanOrEqual(4_096);
  expect(bytes).toBeGreaterThan(3_900);
});

test.each([
  ['a token', { NTFY_TOKEN: 'tk_secretsecret' }, '', 'Bearer tk_secretsecret'],
  ['a log-in in the URL', {}, 'ops:p%40ss@', `Basic ${Buffer.from('ops:p@ss').toString('base64')}`],
])('the server is entered by %s', async (_, settings, login, authorization) => {
  const closed = await ntfyServer(authorization);
  const NTFY_URL = closed.url.replace('http://', `http://${login}`);
  const outcomes = [await sendTo({ ...settings, NTFY_URL }), await sendTo({ NTFY_URL: closed.url })];
  await closed.close();
  expect(outcomes).toMatchObject([
    { outcome: 'sent' },
    { reason: 'ntfy 40101: unauthorized', permanent: false, slowly: true, channel: 'failing' },
  ]);
});

test.each<[string, NtfyReply, object]>([
  ['an invalid topic', ntfyError(40009), { permanent: true, channel: 'working' }],
  ['invalid actions', ntfyError(40018), { permanent: true, channel: 'working' }],
  ['a topic that no device uses', ntfyError(50701), { permanent: true, channel: 'working' }],
  ['a message that is too large', ntfyError(41303), { permanent: true, channel: 'working' }],
  ['a forbidden topic', ntfyError(40301), { permanent: false, slowly: true, channel: 'failing' }],
  ['the quota of the day', ntfyError(42908), { permanent: false, slowly: true, channel: 'failing' }],
  ['too many requests', ntfyError(42901, 'slow', { 'retry-after': '7' }), { permanent: false, retryAfterMs: 7_000 }],
  ['a fault without a code', { status: 502, body: '<html>' }, { reason: 'HTTP 502', permanent: false }],
  ['a redirect', { status: 302, headers: { location: 'http://10.0.0.1/' } }, { outcome: 'failed', channel: 'failing' }],
])('%s', async (_, reply, expected) => {
  server.reply(reply);
  expect(await send()).toMatchObject({ outcome: 'failed', ...expected });
  expect(server.messages).toEqual([]);
});

test.each(['', 'a b', 'a/b', 'ä', 'x'.repeat(65), 'a\nb'])('the topic %j is refused', async (recipient) => {
  const channels = openChannels({
    ...{ channelSettings: { NTFY_URL: server.url }, timeoutMs: 10_000 },
    ...{ outgoingAllow: [], publicUrl: PUBLIC_URL },
  });
  expect(channels.of('ntfy').refusal(recipient)).toBe('invalid_recipient');
  await channels.close();
});
