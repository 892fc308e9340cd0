import { register } from 'prom-client';
import { minutes, seconds } from './kernel/clock';
import { API_KEY, type Harness, startHarness } from './testing/harness';
import { until } from './testing/product';
import { type TelegramServer, telegramServer } from './testing/telegram';

/** Telegram through the whole product: an account is linked by a code, and its owner answers from the message. */

const TOKEN = '110201543:a-token-of-the-test';
const ANN = { name: 'Ann', email: 'ann@example.com', role: 'primary' };

let harness: Harness;
let server: TelegramServer;
let session: string;
let secret: string;
beforeAll(async () => {
  register.clear();
  server = await telegramServer(TOKEN);
  harness = await startHarness('monolith', {
    ...{ TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: server.url, PUBLIC_URL: 'https://tocsin.example.com' },
  });
  const account = { username: 'ann', password: 'a long enough password' };
  await ask('POST', '/api/v1/users', { ...account, role: 'responder', email: ANN.email });
  await ask('POST', '/api/v1/schedules', { team: 'ops', rotation_type: 'weekly', members: [ANN] });
  session = (await ask<{ api_key: string }>('POST', '/api/v1/auth/login', account)).api_key;
  await harness.start();
  await harness.drain();
  secret = String(server.calls.find(({ method }) => method === 'setWebhook')?.fields['secret_token']);
}, 60_000);
beforeEach(() => {
  server.calls.length = 0;
});
afterAll(async () => {
  await harness.stop();
  await server.close();
});

async function ask<T>(method: string, path: string, body?: object, key = API_KEY): Promise<T> {
  const answer = await fetch(harness.url + path, {
    method,
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const update = async (body: object): Promise<number> =>
  (
    await fetch(`${harness.url}/api/v1/inbound/telegram`, {
      method: 'POST',
      headers: { 'x-telegram-bot-api-secret-token': secret, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  ).status;
const write = (text: string, chat = 42) => update({ message: { text, chat: { id: chat, type: 'private' } } });
let presses = 0;
const press = (from: number, incident: string) =>
  update({ callback_query: { id: `q${++presses}`, from: { id: from }, data: `a:${incident}` } });
const said = () => server.calls.map(({ fields }) => String(fields['text']));
const newCode = async () => (await ask<{ code: string }>('POST', '/api/v1/account-links', {}, session)).code;
const methods = async () =>
  (await ask<{ contact_methods: object[] }>('GET', '/api/v1/contact-methods', undefined, session)).contact_methods;
const opened = async () =>
  (await ask<{ id: string }>('POST', '/api/v1/incidents', { title: 'Disk full', service: 'ops', severity: 'high' })).id;

test('a code links the account once, as a verified contact method', async () => {
  const code = await newCode();
  expect(await write(`/link ${code.toUpperCase()}`)).toBe(200);
  expect(said()).toEqual(['This account is linked to ann@example.com. Tocsin can page you here.']);
  expect(await methods()).toEqual([expect.objectContaining({ channel: 'telegram', address: '42', state: 'verified' })]);
  await write(`/link ${code}`, 43);
  expect(said()[1]).toContain('This code is not valid any more');
  expect(await methods()).toHaveLength(1);
});

test('a code expires after ten minutes, and an unknown one links nothing', async () => {
  const code = await newCode();
  harness.clock.advance(minutes(10));
  for (const text of [`/link ${code}`, '/start aaaaaaaaaa']) await write(text, 44);
  expect(said()).toEqual([expect.stringContaining('not valid'), expect.stringContaining('not valid')]);
  expect(await methods()).toHaveLength(1);
});

test('the linked account acknowledges under the name of its user, which proves the address', async () => {
  const id = await opened();
  await until(() => server.calls.some(({ fields }) => JSON.stringify(fields).includes(`a:${id}`)), seconds(60));
  expect(await press(42, id)).toBe(200);
  const { status, timeline } = await ask<{ status: string; timeline: object[] }>('GET', `/api/v1/incidents/${id}`);
  expect(status).toBe('acknowledged');
  const detail = expect.objectContaining({ via: 'telegram' });
  expect(timeline).toContainEqual(expect.objectContaining({ event_type: 'acknowledged', actor: 'ann', detail }));
  expect(await methods()).toEqual([expect.objectContaining({ last_answered_at: harness.clock.now().toISOString() })]);
  const shows = ({ method, fields }: (typeof server.calls)[number]) =>
    method === 'editMessageText' && String(fields['text']).includes('Acknowledged by Ann at ');
  await until(() => server.calls.some(shows), seconds(60));
});

test('an account that is not linked is refused', async () => {
  const id = await opened();
  await press(99, id);
  const answers = server.calls.filter(({ method }) => method === 'answerCallbackQuery');
  expect(answers).toEqual([
    expect.objectContaining({ fields: expect.objectContaining({ text: expect.stringContaining('does not know') }) }),
  ]);
  expect((await ask<{ status: string }>('GET', `/api/v1/incidents/${id}`)).status).toBe('open');
});

test('an account of another person is not linked, and no one has more than twenty contact methods', async () => {
  const account = { username: 'ben', password: 'a long enough password' };
  await ask('POST', '/api/v1/users', { ...account, role: 'responder', email: 'ben@example.com' });
  const ben = (await ask<{ api_key: string }>('POST', '/api/v1/auth/login', account)).api_key;
  const code = async () => (await ask<{ code: string }>('POST', '/api/v1/account-links', {}, ben)).code;
  await write(`/link ${await code()}`);
  expect(said().at(-1)).toContain('belongs to another person');
  for (let chat = 100; chat < 121; chat++) await write(`/link ${await code()}`, chat);
  expect(said().at(-1)).toContain('at most 20 contact methods');
  const own = await ask<{ contact_methods: object[] }>('GET', '/api/v1/contact-methods', undefined, ben);
  expect(own.contact_methods).toHaveLength(20);
});

test('an API key links no account', async () => {
  await expect(ask('POST', '/api/v1/account-links', {})).rejects.toThrow('422');
});
