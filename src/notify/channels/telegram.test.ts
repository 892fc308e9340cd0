import { refusal, type TelegramServer, telegramServer } from '../../testing/telegram';
import type { Message } from './channel';
import type { InboundContent, InboundRequest } from './inbound';
import { type OpenChannel, openChannels } from './open';
import { webhookSecret } from './telegramApi';

/** Telegram, against a server that checks what the Bot API checks. */

const TOKEN = '110201543:a-token-of-the-test';
const INCIDENT = '0f3c1f4e-8f5a-4c55-9f3b-0d5a4f6f2a11';
const AT = new Date('2026-01-05T09:00:00Z');

let server: TelegramServer;
let telegram: OpenChannel;
let closeAll: () => Promise<void>;
beforeAll(async () => {
  server = await telegramServer(TOKEN);
  ({ telegram, closeAll } = opened({}));
});
beforeEach(() => {
  server.calls.length = 0;
  server.fail();
});
afterAll(async () => {
  await closeAll();
  await server.close();
});

function opened(settings: Record<string, unknown>, publicUrl = 'https://tocsin.example.com') {
  const all = openChannels({
    channelSettings: { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: server.url, ...settings },
    timeoutMs: 2_000,
    outgoingAllow: [],
    publicUrl,
  });
  return { telegram: all.of('telegram'), closeAll: all.close };
}

const message = (over: Partial<Message> = {}): Message => ({
  notificationId: 'b5a2ad0e-5d2c-4a7a-8a3e-0a2f1a1f0e11',
  incidentId: INCIDENT,
  recipient: '42',
  text: 'Disk <full> & hot',
  severity: 'high',
  links: { view: 'https://tocsin.example.com/l/x' },
  sourceLinks: [],
  kind: 'page',
  answers: { tokens: {} },
  at: AT,
  ...over,
});
interface Fields {
  text: string;
  reply_markup: { inline_keyboard: { text: string; callback_data?: string }[][] };
}
const last = () => server.calls.at(-1) as { method: string; fields: Fields & Record<string, unknown> };
const labels = () =>
  last()
    .fields.reply_markup.inline_keyboard.flat()
    .map(({ text }) => text);

test('a page is escaped, and its buttons answer', async () => {
  expect(await telegram.deliver(message())).toMatchObject({ outcome: 'sent', ref: expect.stringMatching(/^42:\d+$/) });
  expect(last().fields.text).toBe('Disk &lt;full&gt; &amp; hot');
  expect(labels()).toEqual(['Acknowledge', 'Resolve', 'Escalate', 'View incident']);
});

test('the longest text with markup and a link to a host without a domain are accepted', async () => {
  const over = { text: '<&>'.repeat(1_700), links: { view: 'http://localhost:8080/l/x' } };
  expect(await telegram.deliver(message(over))).toMatchObject({ outcome: 'sent' });
  expect(labels()).not.toContain('View incident');
});

test('a later message replies to the first one', async () => {
  await telegram.deliver(message({ thread: { ref: '42:7', notificationId: 'x', subject: 'x' } }));
  expect(last().fields['reply_parameters']).toMatchObject({ message_id: 7 });
});

test.each([
  ['page', undefined],
  ['notice', true],
  ['detail', true],
] as const)('a %s makes a sound only if it is a page', async (kind, silent) => {
  await telegram.deliver(message({ kind }));
  expect(last().fields['disable_notification']).toBe(silent);
});

test('an update shows the state and the buttons that are left', async () => {
  const incident = { title: 'Disk full', service: 'db', status: 'acknowledged' as const, by: 'Ann' };
  expect(await telegram.update('42:7', message({ incident }))).toMatchObject({ outcome: 'sent' });
  expect(last()).toMatchObject({ method: 'editMessageText', fields: { chat_id: '42', message_id: 7 } });
  expect(last().fields.text).toContain('— Acknowledged by Ann');
  expect(labels()).toEqual(['Resolve', 'Escalate', 'View incident']);
});

test('a message that shows the state already counts as updated', async () => {
  server.fail(refusal(400, 'Bad Request: message is not modified'));
  expect(await telegram.update('42:7', message())).toMatchObject({ outcome: 'sent' });
});

test.each([
  [refusal(403, 'Forbidden: bot was blocked by the user'), { permanent: true, channel: 'working' }],
  [refusal(400, 'Bad Request: chat not found'), { permanent: true, channel: 'working' }],
  [refusal(403, 'Forbidden: user is deactivated'), { permanent: true }],
  [refusal(401, 'Unauthorized'), { permanent: false, slowly: true, channel: 'failing' }],
  [refusal(404, 'Not Found'), { permanent: false, slowly: true, channel: 'failing' }],
  [refusal(429, 'Too Many Requests', { retry_after: 9 }), { permanent: false, retryAfterMs: 9_000 }],
  [
    { status: 500, body: 'oops' },
    { permanent: false, channel: 'failing' },
  ],
  [
    { status: 200, body: '<html>' },
    { permanent: false, channel: 'failing' },
  ],
])('%j is %j', async (fault, outcome) => {
  server.fail(fault);
  expect(await telegram.deliver(message())).toMatchObject({ outcome: 'failed', ...outcome });
});

test('a group that became a supergroup gets the message at its new id, also the next time', async () => {
  const moved = refusal(400, 'Bad Request: group chat was upgraded', { migrate_to_chat_id: -100_777 });
  server.fail(moved);
  expect(await telegram.deliver(message({ recipient: '-7' }))).toMatchObject({
    outcome: 'sent',
    ref: expect.stringMatching(/^-100777:/),
  });
  await telegram.deliver(message({ recipient: '-7' }));
  expect(server.calls.map(({ fields }) => fields['chat_id'])).toEqual(['-100777', '-100777']);
});

test('the webhook is set with a secret if the product has an https address', async () => {
  expect(await telegram.register(AT)).toMatchObject({ outcome: 'sent' });
  expect(last()).toMatchObject({
    method: 'setWebhook',
    fields: { url: 'https://tocsin.example.com/api/v1/inbound/telegram', secret_token: webhookSecret(TOKEN) },
  });
  const other = opened({}, 'http://localhost:8080');
  expect(await other.telegram.register(AT)).toBeNull();
  await other.closeAll();
});

describe('updates of Telegram', () => {
  const requestOf = (update: object | string, secret = webhookSecret(TOKEN)): InboundRequest => ({
    ...{ method: 'POST', url: 'https://tocsin.example.com/api/v1/inbound/telegram', path: '', query: {}, at: AT },
    headers: { 'x-telegram-bot-api-secret-token': secret },
    body: Buffer.from(typeof update === 'string' ? update : JSON.stringify(update)),
  });
  const read = (request: InboundRequest) => telegram.inbound()?.read(request) as Promise<InboundContent>;
  const press = (data: string) => ({ callback_query: { id: 'q1', from: { id: 42 }, data } });

  test('a wrong secret is refused', async () => {
    expect(await read(requestOf(press(`a:${INCIDENT}`), 'wrong'))).toMatchObject({ reply: { status: 401 } });
  });

  test.each(['', 'nonsense', '[]', 'null', '{"message":{"text":"hello","chat":{"id":1,"type":"private"}}}'])(
    'an update of %j changes nothing',
    async (update) => {
      expect(await read(requestOf(update))).toEqual({ reply: { status: 200 } });
    },
  );

  test('a pressed button is an answer of the account', async () => {
    const { answers } = await read(requestOf(press(`r:${INCIDENT}`)));
    expect(answers).toEqual([{ id: 'q1', sender: '42', action: 'resolve', target: { incidentId: INCIDENT } }]);
  });

  test('the press is confirmed', async () => {
    const content = await read(requestOf(press(`a:${INCIDENT}`)));
    const done = { action: 'acknowledge' as const, result: 'done' as const, incidentId: INCIDENT, title: 'x' };
    const result = { ...done, by: 'Ann', at: AT.toISOString(), words: 'Acknowledged: x' };
    await telegram.inbound()?.reply(content, [result], { commandWords: null, linkWords: null });
    expect(server.calls).toEqual([
      {
        method: 'answerCallbackQuery',
        fields: expect.objectContaining({ show_alert: false, text: 'Acknowledged: x' }),
      },
    ]);
  });

  test('a stranger gets an alert of their own, and the message stays', async () => {
    const content = await read(requestOf(press(`a:${INCIDENT}`)));
    const nothing = { action: 'acknowledge' as const, incidentId: null, title: null, by: null, at: null };
    const refused = { ...nothing, result: 'unknown_sender' as const, words: 'Not known. '.repeat(40) };
    await telegram.inbound()?.reply(content, [refused], { commandWords: null, linkWords: null });
    expect(server.calls).toEqual([
      { method: 'answerCallbackQuery', fields: expect.objectContaining({ show_alert: true }) },
    ]);
  });

  test.each(['/link abc-123', '/start abc-123', '/link@tocsin_bot abc-123'])('%s links the account', async (text) => {
    const content = await read(requestOf({ message: { text, chat: { id: 42, type: 'private' } } }));
    expect(content.link).toEqual({ sender: '42', code: 'abc-123' });
    await telegram.inbound()?.reply(content, [], { commandWords: null, linkWords: 'Linked.' });
    expect(last()).toMatchObject({ method: 'sendMessage', fields: { chat_id: '42', text: 'Linked.' } });
  });

  test('/link in a group links no one', async () => {
    const update = { message: { text: '/link abc-123', chat: { id: -7, type: 'group' } } };
    expect(await read(requestOf(update))).toEqual({ reply: { status: 200 } });
  });
});
