import {
  saidIn,
  TWILIO_ACCOUNT,
  TWILIO_SENDER,
  TWILIO_TOKEN,
  type TwilioStandIn,
  twilioStandIn,
} from '../../testing/twilio';
import { type WebhookServer, webhookServer } from '../../testing/twilioWebhook';
import type { Message } from './channel';
import type { AnswerResult, ChannelAnswer, Inbound } from './inbound';
import { type Channels, openChannels } from './open';
import { voice } from './voice';

const PHONE = '+14155552671';
const PUBLIC_URL = 'https://ops.example.com/tocsin/api/v1/inbound/voice';

let provider: TwilioStandIn;
let webhook: WebhookServer;
let channels: Channels;
let act: (answer: ChannelAnswer) => Partial<AnswerResult>;

beforeAll(async () => {
  const reach = (url: string) => url.replace(PUBLIC_URL, webhook.url);
  provider = await twilioStandIn({ reach });
  const settings = {
    TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT,
    TWILIO_AUTH_TOKEN: TWILIO_TOKEN,
    TWILIO_API_URL: provider.url,
    VOICE_FROM: TWILIO_SENDER,
  };
  const tools = { connection: voice.open?.(settings, 1_000) };
  webhook = await webhookServer(voice.inbound as Inbound<unknown>, {
    tools,
    publicUrl: PUBLIC_URL,
    act: (answer) => ({ words: 'Acknowledged.', result: 'done', ...act(answer) }) as AnswerResult,
  });
  const publicUrl = 'https://ops.example.com/tocsin';
  channels = openChannels({ channelSettings: settings, timeoutMs: 10_000, outgoingAllow: [], publicUrl });
});
afterAll(async () => {
  await channels.close();
  await Promise.all([provider.close(), webhook.close()]);
});
beforeEach(() => {
  provider.calls.length = 0;
  webhook.contents.length = 0;
  act = () => ({});
});

const message = (over: Partial<Message> = {}): Message => ({
  notificationId: '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11',
  incidentId: '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10',
  recipient: PHONE,
  text: 'checkout: cards are declined',
  severity: 'high',
  links: {},
  sourceLinks: [],
  answers: { tokens: {}, code: '4' },
  receiptUrl: `${PUBLIC_URL}/receipts/signed.id-1`,
  at: new Date('2026-01-05T09:00:00Z'),
  ...over,
});

async function call(over: Partial<Message> = {}) {
  const outcome = await channels.of('voice').deliver(message(over));
  expect(outcome).toMatchObject({ outcome: 'sent', channel: 'working' });
  return provider.calls[0]!;
}
const answers = () => webhook.contents.flatMap(({ answers: given = [] }) => given);
const receipts = () => webhook.contents.flatMap(({ receipts: given = [] }) => given.map(({ state }) => state));

test('calls the number and speaks what happened, twice', async () => {
  const { fields, twiml, sid } = await call();
  expect(sid).toMatch(/^CA/);
  expect([fields.get('To'), fields.get('From')]).toEqual([PHONE, TWILIO_SENDER]);
  expect(saidIn(twiml).filter((text) => text === 'high severity. checkout: cards are declined')).toHaveLength(2);
  expect(fields.getAll('StatusCallbackEvent')).toEqual(['initiated', 'ringing', 'answered', 'completed']);
  expect(fields.get('StatusCallback')).toBe(`${PUBLIC_URL}/receipts/signed.id-1`);
});

test('key 4 acknowledges and is the receipt, and the call speaks the result', async () => {
  act = () => ({ words: 'Already acknowledged by Ana & Bo at 03:12.' });
  const said = await provider.press(await call(), '4');
  expect(said).toEqual(['Already acknowledged by Ana and Bo at 03:12.', 'Goodbye.']);
  expect(answers()).toEqual([
    { id: `${provider.calls[0]!.sid}:1`, sender: PHONE, action: 'acknowledge', target: { code: '4' } },
  ]);
  expect(webhook.contents[0]!.receipts).toEqual([
    { attempt: 'signed.id-1', state: 'delivered', reason: null, permanent: false },
  ]);
});

test('key 0 repeats the message, and then key 6 resolves', async () => {
  const taken = await call({ text: 'Größe > 5 "x" 東京' });
  expect(await provider.press(taken, '0')).toContain('high severity. Größe more than 5 x 東京');
  await provider.press(taken, '6');
  expect(answers()).toMatchObject([{ action: 'resolve', target: { code: '4' } }]);
});

test('another key acts on nothing, and the call waits for the next one', async () => {
  const taken = await call();
  expect(await provider.press(taken, '7')).toContain('This key has no meaning.');
  expect(answers()).toEqual([]);
  await provider.press(taken, '4');
  expect(answers()).toHaveLength(1);
});

test('a key that could not be carried out can be pressed again, as another answer', async () => {
  act = () => ({ result: 'failed', words: 'This did not work. Try again.' });
  const taken = await call();
  await provider.press(taken, '4');
  act = () => ({});
  expect(await provider.press(taken, '4')).toContain('Acknowledged.');
  expect(new Set(answers().map(({ id }) => id)).size).toBe(2);
});

test('voice mail acknowledges nothing', async () => {
  const taken = await call();
  expect(await provider.press(taken, '4', { AnsweredBy: 'machine_start' })).toEqual([]);
  expect([answers(), receipts()]).toEqual([[], []]);
});

test('the states of a call are receipts, but none of them is a delivery', async () => {
  const taken = await call();
  for (const CallStatus of ['initiated', 'ringing', 'in-progress', 'completed', 'no-answer', 'what'])
    expect(await provider.report(taken, { CallStatus })).toBe(204);
  expect(receipts()).toEqual(['sent', 'sent', 'sent', 'sent', 'undelivered']);
});

test('a request that another key signed is refused', async () => {
  const stranger = await twilioStandIn({ token: 'other', reach: (url) => url.replace(PUBLIC_URL, webhook.url) });
  const { status } = await stranger.call(`${PUBLIC_URL}/keys/signed.id-1?s=x`, {
    CallSid: 'CA1',
    To: PHONE,
    Digits: '4',
  });
  await stranger.close();
  expect([status, answers()]).toEqual([403, []]);
});

test.each([
  ['keys/signed.id-1', { CallSid: 'CA1', To: PHONE, Digits: '4' }],
  ['keys/signed.id-1?s=x', { CallSid: 'CA1', To: PHONE, Digits: '4' }],
  ['keys/', {}],
  ['', { CallSid: 'CA1', From: PHONE, To: TWILIO_SENDER }],
] as [string, Record<string, string>][])(
  'a signed request to %j without a state ends the call',
  async (path, fields) => {
    const { status, body } = await provider.call(`${PUBLIC_URL}/${path}`, fields);
    expect([status, body]).toEqual([200, expect.stringContaining('<Hangup/>')]);
    expect(answers()).toEqual([]);
  },
);

test('a verification code is spoken one digit at a time, and asks for no key', async () => {
  const { twiml } = await call({ kind: 'code', severity: null, answers: { tokens: {} }, text: 'Your code is 402815.' });
  expect(saidIn(twiml).filter((text) => text === 'Your code is 4, 0, 2, 8, 1, 5.')).toHaveLength(2);
  expect(twiml).not.toContain('Gather');
});

test('a call that nothing can reach back asks for no key', async () => {
  const { twiml, fields } = await call({ receiptUrl: 'http://localhost:8080/r' });
  expect(twiml).not.toContain('Gather');
  expect(fields.has('StatusCallback')).toBe(false);
});

test.each([
  ['of letters', 'x '.repeat(2_500)],
  ['of rare characters', '\u{20b9f}'.repeat(2_500)],
  ['of apostrophes', "'".repeat(5_000)],
  ['of mark-up', '</Say><Hangup/>&amp;'.repeat(200)],
])('the longest text %s fits into a call', async (_what, text) => {
  const { twiml } = await call({ text });
  expect(twiml.length).toBeLessThanOrEqual(4_000);
  expect(twiml.match(/<Hangup\/>/g)).toHaveLength(1);
});

test('a busy line or an unknown number has the words of the provider', async () => {
  provider.behave({ status: 400, code: 21211 });
  expect(await channels.of('voice').deliver(message())).toMatchObject({ outcome: 'failed', permanent: true });
  provider.behave({ status: 401, code: 20003 });
  expect(await channels.of('voice').deliver(message())).toMatchObject({ slowly: true, channel: 'failing' });
});
