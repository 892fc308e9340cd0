import { sameSecret } from '../../kernel/http/edge';
import { shortened } from './channel';
import type { AnswerResult, InboundContent, InboundReply, InboundRequest, OtherResults } from './inbound';
import { callTelegram, type TelegramTools, webhookSecret } from './telegramApi';
import { escaped, readButton } from './telegramText';

/** Updates of Telegram: pressed buttons, and `/link CODE` or `/start CODE` in a private chat. */

const NOTHING: InboundReply = { status: 200 };
const LONGEST_TOAST = 200;
const USAGE = 'Open Tocsin, Account → How you are reached, and send the code that it shows: /link CODE';

export interface Update {
  callback_query?: {
    id?: string;
    from?: { id?: number };
    data?: string;
  };
  message?: { text?: string; chat?: { id?: number; type?: string } };
}

/** Verifies and reads an update. */
export async function readTelegram(
  { headers, body, at }: InboundRequest,
  { settings }: TelegramTools,
): Promise<InboundContent | { reply: InboundReply }> {
  const given = headers['x-telegram-bot-api-secret-token'] ?? '';
  if (!sameSecret(given, webhookSecret(settings.TELEGRAM_BOT_TOKEN as string))) {
    return { reply: { status: 401, body: 'The secret token is not valid.' } };
  }
  return contentOf(jsonOf(body.toString('utf8')), at) ?? { reply: NOTHING };
}

/** What an update asks of us; null if nothing. */
export const contentOf = (update: Update, at: Date): InboundContent | null => pressed(update, at) ?? linked(update, at);

function pressed({ callback_query: query }: Update, at: Date): InboundContent | null {
  const button = readButton(query?.data);
  const { id, from } = query ?? {};
  if (button === null || id === undefined || from?.id === undefined) return null;
  const { action, incidentId } = button;
  return {
    answers: [{ id, sender: String(from.id), action, target: { incidentId } }],
    context: {
      at: at.toISOString(),
      query: id,
    },
  };
}

/** In a private chat, the id of the chat is that of the person. */
function linked({ message }: Update, at: Date): InboundContent | null {
  const command = /^\/(?:link|start)(?:@\w+)?(?:\s+(\S{1,40}))?\s*$/.exec(message?.text ?? '');
  if (command === null || message?.chat?.type !== 'private' || message.chat.id === undefined) return null;
  const [, code] = command;
  const chat = String(message.chat.id);
  return { ...(code !== undefined && { link: { sender: chat, code } }), context: { at: at.toISOString(), chat } };
}

function jsonOf(text: string): Update {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? (read as Update) : {};
  } catch {
    return {};
  }
}

interface Context {
  at: string;
  query?: string;
  chat?: number | string;
}

/** Answers an update by a short text on the pressed button, or by a message. A change updates the messages of the incident. */
export async function replyTelegram(
  { context }: InboundContent,
  results: AnswerResult[],
  tools: TelegramTools,
  { linkWords }: OtherResults,
): Promise<InboundReply> {
  const { at, query, chat } = context as unknown as Context;
  const now = new Date(at);
  const [result] = results;
  if (query === undefined || result === undefined) {
    const text = escaped(linkWords ?? USAGE);
    await callTelegram(tools, 'sendMessage', { chat_id: chat, text, parse_mode: 'HTML' }, now);
    return NOTHING;
  }
  const toast = {
    callback_query_id: query,
    text: shortened(result.words, LONGEST_TOAST),
    show_alert: result.result !== 'done',
  };
  await callTelegram(tools, 'answerCallbackQuery', toast, now);
  return NOTHING;
}
