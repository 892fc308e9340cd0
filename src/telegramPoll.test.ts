import { register } from 'prom-client';
import { API_KEY, type Harness, startHarness, type Wiring } from './testing/harness';
import { until } from './testing/product';
import { type TelegramServer, telegramServer } from './testing/telegram';

/** Telegram by long poll through the whole product, which Telegram cannot reach: link, page, and answer by a button. */

const TOKEN = '110201543:a-token-of-the-test';
const ANN = { name: 'Ann', email: 'ann@example.com', role: 'primary' };
const PATIENCE_MS = 60_000;

let harness: Harness;
let server: TelegramServer;
afterEach(async () => {
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

interface Seen {
  status: string;
  timeline: { event_type: string; actor: string; detail: object }[];
}

test.each<Wiring>(['monolith', 'split'])(
  'a page is acknowledged by its button, and the message shows it (%s)',
  async (wiring) => {
    register.clear();
    server = await telegramServer(TOKEN);
    harness = await startHarness(wiring, {
      ...{ TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: server.url, TELEGRAM_UPDATES: 'poll' },
      PUBLIC_URL: 'http://10.0.0.7:8080',
    });
    const account = { username: 'ann', password: 'a long enough password' };
    await ask('POST', '/api/v1/users', { ...account, role: 'responder', email: ANN.email });
    await ask('POST', '/api/v1/schedules', { team: 'ops', rotation_type: 'weekly', members: [ANN] });
    const session = (await ask<{ api_key: string }>('POST', '/api/v1/auth/login', account)).api_key;
    await harness.start();

    const { code, channels } = await ask<{ code: string; channels: object[] }>(
      'POST',
      '/api/v1/account-links',
      {},
      session,
    );
    expect(channels).toContainEqual({ channel: 'telegram', title: 'Telegram', send: `/link ${code}` });
    server.update({ message: { text: `/link ${code}`, chat: { id: 42, type: 'private' } } });
    const said = (method: string) => server.calls.filter((call) => call.method === method).map(({ fields }) => fields);
    const linked = () => said('sendMessage').some(({ text }) => String(text).includes('linked to ann@example.com'));
    await until(linked, PATIENCE_MS);

    const { id } = await ask<{ id: string }>('POST', '/api/v1/incidents', {
      title: 'Disk full',
      service: 'ops',
      severity: 'high',
    });
    const page = () =>
      said('sendMessage').find(({ text, reply_markup }) => reply_markup && String(text).includes('Disk full'));
    await until(async () => {
      await harness.drain();
      return page() !== undefined;
    }, PATIENCE_MS);
    const { inline_keyboard: keyboard } = page()!['reply_markup'] as {
      inline_keyboard: { callback_data: string }[][];
    };
    const message = { message_id: 7, chat: { id: 42 }, text: 'Disk full', reply_markup: { inline_keyboard: keyboard } };
    server.update({ callback_query: { id: 'q1', from: { id: 42 }, data: keyboard[0]?.[0]?.callback_data, message } });
    await until(() => said('answerCallbackQuery').length === 1, PATIENCE_MS);
    const { status, timeline } = await ask<Seen>('GET', `/api/v1/incidents/${id}`);
    expect(status).toBe('acknowledged');
    const detail = expect.objectContaining({ via: 'telegram' });
    expect(timeline).toContainEqual(expect.objectContaining({ event_type: 'acknowledged', actor: 'ann', detail }));
    await until(
      () => said('editMessageText').some(({ text }) => String(text).includes('Acknowledged by')),
      PATIENCE_MS,
    );
  },
  240_000,
);
