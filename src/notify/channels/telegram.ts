import type { Outcome } from '../domain';
import { defineChannel, type Message } from './channel';
import {
  callTelegram,
  type MovedChats,
  messageOfRef,
  type TelegramTools,
  telegramSettings,
  webhookSecret,
} from './telegramApi';
import { readTelegram, replyTelegram } from './telegramInbound';
import { telegramPolling, UPDATE_KINDS } from './telegramPoll';
import { TEXT_LENGTH, telegramMessage } from './telegramText';

/** Telegram by a bot, with buttons that act. */
export const telegram = defineChannel({
  id: 'telegram',
  title: 'Telegram',
  settings: telegramSettings,
  needs: 'TELEGRAM_BOT_TOKEN',
  setup:
    'Set TELEGRAM_BOT_TOKEN. Buttons and /link need a PUBLIC_URL with https that Telegram can reach, whose webhook is PUBLIC_URL/api/v1/inbound/telegram, or TELEGRAM_UPDATES=poll.',
  address: {
    kind: 'room',
    people: true,
    moves: true,
    hint: 'The id of a chat, or the @name of a public channel. People link their account by /link.',
    example: { text: '-1001234567890', shown: '-1001234567890' },
    accepts: (address) => /^(-?\d{1,20}|@[A-Za-z]\w{3,31})$/.test(address),
  },
  threads: true,
  limits: { text: TEXT_LENGTH },
  accepted: 'Telegram answers `ok`',
  server: { protocol: 'telegram', setting: 'TELEGRAM_BOT_TOKEN' },
  can: { answers: true, updates: true },
  configured: ({ TELEGRAM_BOT_TOKEN }) => TELEGRAM_BOT_TOKEN !== undefined,
  open: (): MovedChats => new Map(),
  linkCommand: '/link',
  inbound: { read: readTelegram, reply: replyTelegram },
  polling: telegramPolling,
  async register(tools, at) {
    if (tools.settings.TELEGRAM_UPDATES === 'poll' || !tools.publicUrl.startsWith('https:')) return null;
    const webhook = {
      url: `${tools.publicUrl}/api/v1/inbound/telegram`,
      secret_token: webhookSecret(tools.settings.TELEGRAM_BOT_TOKEN as string),
      allowed_updates: UPDATE_KINDS,
    };
    return (await callTelegram(tools, 'setWebhook', webhook, at)).outcome;
  },
  send: (message, tools) => sendTo(tools.connection.get(message.recipient) ?? message.recipient, message, tools),
  async update(ref, message, tools) {
    const place = messageOfRef(ref);
    if (place === null) return LOST;
    const edited = { ...place, ...telegramMessage(message) };
    const { outcome } = await callTelegram(tools, 'editMessageText', edited, message.at);
    return outcome.outcome === 'failed' && GONE.test(outcome.reason) ? { ...outcome, gone: true } : outcome;
  },
});

/** The message or its chat was deleted, or Telegram lets no one change the message any more. */
const GONE = /message to edit not found|message can't be edited|message_id_invalid|chat not found/i;
const LOST: Outcome = { outcome: 'failed', reason: 'message to edit not found', permanent: true, gone: true };

/** Sends a message. A group that became a supergroup has a new id, which the answer names; it is sent there at once. */
async function sendTo(chat: string, message: Message, tools: TelegramTools): Promise<Outcome> {
  const first = messageOfRef(message.thread?.ref);
  const fields = {
    ...telegramMessage(message),
    ...(first !== null && { reply_parameters: { message_id: first.message_id, allow_sending_without_reply: true } }),
    // A page makes a sound, and what follows it does not wake anyone.
    ...((message.kind === 'notice' || message.kind === 'detail') && { disable_notification: true }),
  };
  const { outcome, answer } = await callTelegram(tools, 'sendMessage', { chat_id: chat, ...fields }, message.at);
  const moved = answer?.parameters?.migrate_to_chat_id;
  if (moved === undefined || tools.connection.has(message.recipient)) return outcome;
  tools.connection.set(message.recipient, String(moved));
  const again = await callTelegram(tools, 'sendMessage', { chat_id: String(moved), ...fields }, message.at);
  return { ...again.outcome, movedTo: String(moved) };
}
