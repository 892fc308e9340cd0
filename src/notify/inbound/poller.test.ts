import { systemCaller } from '../../kernel/ports/contract';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { until } from '../../testing/product';
import { refusal, type TelegramServer, telegramServer } from '../../testing/telegram';

/** Fetched updates, by Telegram's long poll. */

const TOKEN = '110201543:a-token-of-the-test';
const PATIENCE_MS = 60_000;
const reader = systemCaller('r');

let harness: NotifyHarness;
let server: TelegramServer;
const opened: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  server = await telegramServer(TOKEN);
  harness = await notifyHarness({ channelSettings: settings() });
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  await harness.close();
  await server.close();
});

const settings = (over: object = {}) => ({
  ...{ TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: server.url, TELEGRAM_UPDATES: 'poll', ...over },
});
const link = (code: string) => ({ message: { text: `/link ${code}`, chat: { id: 42, type: 'private' } } });
const polled = async () => (await harness.facts()).filter(({ kind }) => kind === 'update_polled');
const fetches = () => server.calls.filter(({ method }) => method === 'getUpdates');
const arrived = (count: number) => until(async () => (await polled()).length === count, PATIENCE_MS);
const codes = async () => {
  const rows = await harness.database.db('polled_updates').orderByRaw(`content -> 'link' ->> 'code'`);
  return rows.map(({ content }) => content.link.code);
};
/** A process more on the same database, started. */
async function process(over: object = {}): Promise<NotifyHarness> {
  const other = harness.rebuilt({ channelSettings: settings(over) });
  await other.module.start();
  opened.push(other.module.stop);
  return other;
}

test('the webhook is deleted first, and each update becomes one event that holds none of its text', async () => {
  await process();
  await until(() => fetches().length === 1, PATIENCE_MS);
  expect(server.calls.map(({ method }) => method)).toEqual(['deleteWebhook', 'getUpdates']);
  server.update(link('one'), { message: { text: 'hello', chat: { id: 1, type: 'private' } } }, link('two'));
  await arrived(2);
  expect((await polled())[0]).toMatchObject({ actor: 'system', data: { channel: 'telegram' } });
  expect(await codes()).toEqual(['one', 'two']);
  await until(() => fetches().length === 2, PATIENCE_MS);
  expect(fetches()[1]?.fields['offset']).toBe(4);
});

test('of two processes one polls, and the other one continues where it stopped', async () => {
  const first = await process();
  await until(() => fetches().length === 1, PATIENCE_MS);
  await process();
  server.update(link('one'));
  await arrived(1);
  await until(() => fetches().length === 2, PATIENCE_MS);
  const [poll] = await harness.database.db('polls');
  expect(poll).toMatchObject({ channel: 'telegram', account: '110201543', next_update: 2 });
  await first.module.stop();
  server.update(link('two'));
  await arrived(2);
  expect(await codes()).toEqual(['one', 'two']);
  const [now] = await harness.database.db('polls');
  expect(now.holder).not.toBe(poll.holder);
});

test('a process that lost the poll while it waited stores nothing', async () => {
  await process();
  await until(() => fetches().length === 1, PATIENCE_MS);
  const { db } = harness.database;
  await db('polls').update({ holder: '00000000-0000-4000-8000-000000000000', held_until: 'infinity' });
  server.update(link('one'));
  await db('polls').update({ held_until: '-infinity' });
  await arrived(1);
  expect(fetches()[1]?.fields['offset']).toBe(0);
  expect(await codes()).toEqual(['one']);
});

test('after a conflict with another program the webhook is deleted again, and polling goes on', async () => {
  server.fail(
    { status: 200, body: '{"ok":true,"result":true}' },
    refusal(409, "Conflict: can't use getUpdates method while webhook is active"),
    refusal(502, 'Bad Gateway'),
  );
  await process();
  await until(() => fetches().length === 1, PATIENCE_MS);
  expect(server.calls.map(({ method }) => method)).toEqual(['deleteWebhook', 'getUpdates']);
  server.update(link('one'));
  await arrived(1);
});

test('another bot is asked from its first update on', async () => {
  await harness.database.db('polls').insert({ channel: 'telegram', account: '7', next_update: 900 });
  await process();
  await until(() => fetches().length === 1, PATIENCE_MS);
  expect(fetches()[0]?.fields['offset']).toBe(0);
});

test('with a webhook nothing is polled', async () => {
  const other = await process({ TELEGRAM_UPDATES: 'webhook' });
  await other.module.drain();
  expect(await harness.database.db('polls')).toEqual([]);
  expect(fetches()).toEqual([]);
});

test('a process that waits for Telegram stops at once', async () => {
  const other = await process();
  await until(() => fetches().length === 1, PATIENCE_MS);
  const started = Date.now();
  await other.module.stop();
  expect(Date.now() - started).toBeLessThan(20_000);
});

test('an update is translated when the gateway takes it, and one that is gone is null', async () => {
  await process();
  const { db } = harness.database;
  server.update({
    callback_query: { id: 'q1', from: { id: 42 }, data: 'a:0f3c1f4e-8f5a-4c55-9f3b-0d5a4f6f2a11' },
  });
  await arrived(1);
  const id = (await polled())[0]!.subject;
  const { read } = await harness.port.takePolled({ id }, reader);
  expect(read).toMatchObject({
    channel: 'telegram',
    answers: [{ action: 'acknowledge', result: { result: 'unknown_sender' } }],
  });
  await db('polled_updates').delete();
  expect(await harness.port.takePolled({ id }, reader)).toEqual({ read: null });
});

test('a group that became a supergroup is found at its new id by every process, also after a restart', async () => {
  const send = async (by: NotifyHarness) => {
    const input = { incident_id: 'X-1', channel: 'telegram' as const, recipient: '-7', message: String(Math.random()) };
    return (await by.port.notify(input, systemCaller(input.message))).status;
  };
  server.fail(refusal(400, 'Bad Request: group chat was upgraded', { migrate_to_chat_id: -100_777 }));
  expect(await send(harness)).toBe('sent');
  const restarted = harness.rebuilt({ channelSettings: settings() });
  opened.push(restarted.module.stop);
  expect(await send(restarted)).toBe('sent');
  expect(server.calls.map(({ fields }) => fields['chat_id'])).toEqual(['-100777', '-100777']);
});
