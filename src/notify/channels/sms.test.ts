import { TWILIO_ACCOUNT, TWILIO_SENDER, TWILIO_TOKEN, type TwilioStandIn, twilioStandIn } from '../../testing/twilio';
import type { Message } from './channel';
import type { AnswerResult, InboundContent, InboundReply, InboundRequest } from './inbound';
import { type Channels, openChannels } from './open';
import { sms } from './sms';

const PHONE = '+14155552671';
const AT = new Date('2026-01-05T09:00:00Z');
const RECEIPTS = 'https://tocsin.example.com/api/v1/inbound/sms/receipts/signed-id';

let provider: TwilioStandIn;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  provider = await twilioStandIn();
  closing.push(provider.close);
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const settingsOf = (over: Record<string, string | undefined> = {}) => ({
  TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT,
  TWILIO_AUTH_TOKEN: TWILIO_TOKEN,
  TWILIO_API_URL: provider.url,
  SMS_FROM: TWILIO_SENDER,
  ...over,
});

function opened(over: Record<string, string | undefined> = {}, timeoutMs = 10_000): Channels {
  const channels = openChannels({
    channelSettings: settingsOf(over),
    timeoutMs,
    outgoingAllow: [],
    publicUrl: 'https://tocsin.example.com',
  });
  closing.push(channels.close);
  return channels;
}

const message = (over: Partial<Message> = {}): Message => ({
  notificationId: '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11',
  incidentId: '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10',
  recipient: PHONE,
  text: 'checkout: cards are declined',
  severity: 'high',
  links: {},
  sourceLinks: [],
  answers: { tokens: {}, code: '4' },
  receiptUrl: RECEIPTS,
  at: AT,
  ...over,
});
const send = (over: Partial<Message> = {}, settings = {}) => opened(settings).of('sms').deliver(message(over));

test('sends the number, the sender, the text and the address of receipts, and keeps the id of the provider', async () => {
  expect(await send()).toEqual({
    outcome: 'sent',
    receipt: provider.messages[0]!.sid,
    ref: provider.messages[0]!.sid,
    channel: 'working',
  });
  expect(Object.fromEntries(provider.messages[0]!.fields)).toEqual({
    To: PHONE,
    From: TWILIO_SENDER,
    Body: 'HIGH: checkout: cards are declined\nReply 4 to acknowledge, "resolve 4" to resolve.',
    StatusCallback: RECEIPTS,
  });
});

test('sends by a messaging service, and by an API below a path', async () => {
  const service = `MG${'1'.repeat(32)}`;
  const other = await twilioStandIn({ base: '/api/laml' });
  closing.push(other.close);
  await send({}, { TWILIO_API_URL: `${other.url}/2010-04-01/`, SMS_FROM: service });
  expect(other.messages[0]!.fields.get('MessagingServiceSid')).toBe(service);
  expect(other.messages[0]!.fields.has('From')).toBe(false);
});

test('asks for no reply if the sender is a name, or if nothing reaches us', async () => {
  const links = { acknowledge: 'https://tocsin.example.com/l/a' };
  await send({ links }, { SMS_FROM: 'Tocsin' });
  const { receiptUrl: _absent, ...local } = message({ links });
  await opened().of('sms').deliver(local);
  const bodies = provider.messages.map(({ fields }) => fields.get('Body'));
  expect(bodies).toEqual([
    expect.stringContaining('Acknowledge: https'),
    expect.stringContaining('Acknowledge: https'),
  ]);
  expect(bodies.join()).not.toContain('Reply');
});

test.each([
  'http://localhost:8080/r',
  'http://127.0.0.1/r',
  'http://192.168.1.5/r',
  'http://[::1]/r',
  'http://tocsin/r',
  'https://tocsin.local/r',
  'https://tocsin.corp.internal/r',
])('names no address of receipts that the provider cannot reach, such as %s', async (receiptUrl) => {
  expect(await send({ receiptUrl })).toMatchObject({ outcome: 'sent' });
  expect(provider.messages[0]!.fields.has('StatusCallback')).toBe(false);
});

test.each(['https://tocsin.example.com:8443/sub/r', 'https://203.0.114.7/r'])('names %s', async (receiptUrl) => {
  await send({ receiptUrl });
  expect(provider.messages[0]!.fields.get('StatusCallback')).toBe(receiptUrl);
});

test('writes a number in any spelling as E.164', async () => {
  await send({ recipient: ' 001 (415) 555-2671 ' });
  expect(provider.messages[0]!.fields.get('To')).toBe(PHONE);
});

test.each([
  '4155552671',
  '+1415',
  '+999123456789',
  'maria',
  '+14155552671x5',
  '+14155552671;ext=5',
  '',
  `+${'1'.repeat(60)}`,
])('does not try the number %j', (number) => {
  expect(opened().of('sms').refusal(number)).toBe('invalid_recipient');
});

test('is configured only with account, token and sender', () => {
  const states = ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'SMS_FROM'].map((name) =>
    opened({ [name]: undefined })
      .of('sms')
      .configured(),
  );
  expect(states).toEqual([false, false, false]);
  expect(opened({ TWILIO_API_URL: undefined }).of('sms').configured()).toBe(true);
});

describe('a refusal of the provider', () => {
  test.each([
    [400, 21211, { permanent: true, channel: 'working', reason: '21211: this is no valid phone number' }],
    [400, 21610, { permanent: true, channel: 'working', reason: '21610: the owner of this number replied STOP' }],
    [400, 21614, { permanent: true, channel: 'working' }],
    [401, 20003, { permanent: false, slowly: true, channel: 'failing', reason: '20003: Refused' }],
    [403, 30002, { permanent: false, slowly: true, channel: 'failing' }],
    [400, 21606, { permanent: false, slowly: true, channel: 'failing' }],
    [400, 21408, { permanent: false, slowly: true, channel: 'failing' }],
    [400, 21611, { permanent: false }],
    [400, 21617, { permanent: true, channel: 'working' }],
    [404, 20404, { permanent: false, slowly: true, channel: 'failing' }],
    [500, 20500, { permanent: false, channel: 'failing' }],
  ])('HTTP %i with %i', async (status, code, expected) => {
    provider.behave({ status, code });
    expect(await send()).toMatchObject({ outcome: 'failed', ...expected });
  });

  test('429 is tried again no sooner than it asks', async () => {
    provider.behave({ status: 429, code: 20429, headers: { 'retry-after': '7' } });
    expect(await send()).toMatchObject({ permanent: false });
    provider.behave({ status: 429, headers: { 'retry-after': '7' } });
    expect(await send()).toMatchObject({ permanent: false, retryAfterMs: 7_000 });
  });

  test.each(['', '<html>Log in</html>', '{"status":"queued"}', '[]', '{"sid":""}', '{"sid":4}'])(
    'an answer 200 with %j is no acceptance',
    async (body) => {
      provider.behave({ status: 200, body });
      expect(await send()).toMatchObject({ outcome: 'failed', permanent: false, channel: 'failing' });
    },
  );

  test('a message that failed at once is no acceptance', async () => {
    provider.behave({ status: 201, body: '{"sid":"SM1","status":"failed","error_code":30006}' });
    expect(await send()).toMatchObject({ outcome: 'failed', permanent: true });
  });

  test('a lost connection, a redirect and silence may pass', async () => {
    provider.behave('reset', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'hang');
    const channel = opened({}, 200).of('sms');
    const reasons = [];
    for (let no = 0; no < 3; no += 1) reasons.push(await channel.deliver(message()));
    expect(reasons).toEqual([
      expect.objectContaining({ reason: 'connection_lost', permanent: false }),
      expect.objectContaining({ reason: expect.stringContaining('HTTP 302'), permanent: false }),
      expect.objectContaining({ reason: 'timeout', permanent: false }),
    ]);
  });
});

describe('two accounts', () => {
  const second = () => ({
    TWILIO_2_ACCOUNT_SID: TWILIO_ACCOUNT,
    TWILIO_2_AUTH_TOKEN: 'token-of-the-second',
    TWILIO_2_API_URL: provider.url,
    SMS_2_FROM: '+14155550199',
  });

  test('are two providers with names of their own', () => {
    expect(sms.providers?.(settingsOf(second()) as never)).toEqual([
      new URL(provider.url).host,
      `${new URL(provider.url).host} (2)`,
    ]);
  });

  test('never repeat the token of either one', async () => {
    const leaky = await twilioStandIn({ token: 'x', leak: 'token-of-the-second' });
    closing.push(leaky.close);
    const channel = opened({ ...second(), TWILIO_API_URL: leaky.url }).of('sms');
    expect(JSON.stringify(await channel.deliver(message()))).not.toContain('token-of-the-second');
  });
});

/** The webhook of the channel, without the types of its tools. */
const webhook = sms.inbound as unknown as {
  read(request: InboundRequest, tools: object): Promise<InboundContent | { reply: InboundReply }>;
  reply(content: object, results: AnswerResult[], tools: object, others: object): Promise<InboundReply>;
};

describe('inbound', () => {
  const URL_ = 'https://tocsin.example.com/api/v1/inbound/sms';

  /** What the channel makes of a signed request to the URL with this path below it. */
  async function read(fields: Record<string, string>, path = '', over: Partial<InboundRequest> = {}, settings = {}) {
    const url = path === '' ? URL_ : `${URL_}/${path}`;
    const sink = await twilioSigned(url, fields);
    const request: InboundRequest = {
      method: 'POST',
      url,
      path,
      headers: sink.headers,
      query: {},
      body: sink.body,
      at: AT,
      ...over,
    };
    const values = settingsOf(settings);
    const tools = { settings: values, connection: sms.open?.(values, 1_000), timeoutMs: 1_000, post: async () => ({}) };
    return { tools, content: await webhook.read(request, tools) };
  }
  const result = (words: string): AnswerResult =>
    ({ action: 'acknowledge', result: 'done', incidentId: 'i', title: 't', by: null, at: null, words }) as AnswerResult;
  const replyTo = async (fields: Record<string, string>, results: AnswerResult[] = []): Promise<InboundReply> => {
    const { content, tools } = await read(fields);
    return webhook.reply(content, results, tools, {});
  };

  const from = (Body: string, more = {}) => ({ From: PHONE, To: TWILIO_SENDER, MessageSid: 'SM9', Body, ...more });

  test('a reply is an answer of its sender, once by the id of the message', async () => {
    expect((await read(from('resolve 4 5'))).content).toMatchObject({
      answers: [
        { id: 'SM9', sender: PHONE, action: 'resolve', target: { code: '4' } },
        { id: 'SM9:1', sender: PHONE, action: 'resolve', target: { code: '5' } },
      ],
    });
  });

  test('STOP and START are the consent of the sender', async () => {
    expect((await read(from('STOP'))).content).toMatchObject({ consent: { sender: PHONE, given: false } });
    expect((await read(from('start'))).content).toMatchObject({ consent: { sender: PHONE, given: true } });
  });

  test.each([
    ['delivered', '', { state: 'delivered', reason: null, permanent: false }],
    ['sent', '', { state: 'sent', reason: null, permanent: false }],
    ['undelivered', '30003', { state: 'undelivered', permanent: false }],
    ['undelivered', '30005', { state: 'undelivered', permanent: true }],
    ['failed', '30006', { state: 'undelivered', permanent: true }],
    ['failed', '21610', { state: 'undelivered', permanent: true }],
    ['failed', '30002', { state: 'undelivered', permanent: false }],
    ['failed', '', { state: 'undelivered', reason: 'failed', permanent: false }],
  ])('a status %s with code "%s" is a receipt of the attempt', async (MessageStatus, ErrorCode, expected) => {
    const fields = { MessageSid: 'SM9', MessageStatus, ...(ErrorCode !== '' && { ErrorCode }) };
    const { content } = await read(fields, 'receipts/signed.id-1');
    expect(content).toMatchObject({ receipts: [{ attempt: 'signed.id-1', ...expected }] });
  });

  test('a status that we do not know changes nothing', async () => {
    expect((await read({ MessageStatus: 'teleported' }, 'receipts/x')).content).toEqual({ reply: { status: 204 } });
  });

  test('a request with another signature is refused', async () => {
    const { content } = await read(from('4'), '', { url: 'https://tocsin.example.com/elsewhere' });
    expect(content).toEqual({ reply: expect.objectContaining({ status: 403 }) });
  });

  test('a request is accepted with the signing key of the account', async () => {
    const keys = { TWILIO_AUTH_TOKEN: 'the API token', TWILIO_SIGNING_KEY: TWILIO_TOKEN };
    expect((await read(from('4'), '', {}, keys)).content).toMatchObject({ answers: [{ sender: PHONE }] });
  });

  test('the answer holds the result, with mark-up as text', async () => {
    const reply = await replyTo(from('4'), [result('Acknowledged: "<b>" & more')]);
    expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' } });
    expect(reply.body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Message>Acknowledged: &#34;&#60;b&#62;&#34; &#38; more</Message></Response>',
    );
  });

  test('STOP gets no answer, because the provider confirms it', async () => {
    expect((await replyTo(from('STOP'))).body).toContain('<Response></Response>');
    expect((await replyTo(from('START'))).body).toContain('Pages come to this number again');
    expect((await replyTo(from('START', { OptOutType: 'START' }))).body).toContain('<Response></Response>');
  });

  test('other text gets a hint, but not for ever', async () => {
    const { content, tools } = await read(from('I am on a train'));
    const bodies = [];
    for (let no = 0; no < 5; no += 1) bodies.push((await webhook.reply(content, [], tools, {})).body);
    expect(bodies.filter((body) => body?.includes('Reply with the code'))).toHaveLength(3);
  });

  test('a request without a sender or an id is answered with nothing', async () => {
    for (const fields of [{}, { From: 'anonymous', Body: '4', MessageSid: 'SM1' }, { From: PHONE, Body: '4' }])
      expect((await read(fields as Record<string, string>)).content).toEqual({
        reply: expect.objectContaining({ status: 200 }),
      });
  });
});

/** A request that the provider signs for a URL. */
async function twilioSigned(url: string, fields: Record<string, string>) {
  const { httpSink } = await import('../../testing/sink');
  const sink = await httpSink();
  const signer = await twilioStandIn({ reach: () => sink.url });
  await signer.call(url, fields);
  await Promise.all([signer.close(), sink.close()]);
  const [{ headers, body }] = sink.received as [(typeof sink.received)[number]];
  return { headers: headers as Record<string, string>, body: Buffer.from(body) };
}
