import { createHmac } from 'node:crypto';
import * as z from 'zod';
import type { Answer } from '../../kernel/http/outgoing';
import type { Outcome } from '../domain';
import { type PostRequest, shortened, TextSetting, type Tools, UrlSetting } from './channel';
import { outcomeOf } from './httpOutcome';

/** Calls of Telegram's Bot API. https://core.telegram.org/bots/api */

export const telegramSettings = {
  TELEGRAM_BOT_TOKEN: {
    schema: TextSetting,
    fallback: '',
    means: 'Token of a Telegram bot, from @BotFather',
    secret: true,
  },
  TELEGRAM_API_URL: {
    schema: UrlSetting.default('https://api.telegram.org'),
    fallback: 'https://api.telegram.org',
    means: "Base of Telegram's Bot API, for a proxy",
  },
  TELEGRAM_UPDATES: {
    schema: z.enum(['webhook', 'poll'], { error: 'must be webhook or poll' }).default('webhook'),
    fallback: 'webhook',
    means: 'How presses of buttons arrive: `webhook`, or `poll` if Telegram cannot reach PUBLIC_URL',
  },
} as const;

/** Groups that became supergroups, by their former id. */
export type MovedChats = Map<string, string>;
export type TelegramTools = Pick<
  Tools<typeof telegramSettings, MovedChats>,
  'settings' | 'post' | 'connection' | 'publicUrl'
>;

export interface TelegramAnswer {
  ok: boolean;
  result?: { message_id?: number; chat?: { id?: number } } | unknown[];
  error_code?: number;
  description?: string;
  parameters?: { retry_after?: number; migrate_to_chat_id?: number };
}

const LONGEST_WORDS = 200;

/** The secret that Telegram repeats in each request to the webhook. It follows from the token, so it is no setting. */
export const webhookSecret = (token: string): string =>
  createHmac('sha256', token).update('tocsin-telegram-webhook').digest('base64url');

/** Calls a method. `answer` is null unless Telegram answered. */
export async function callTelegram(
  { settings, post }: Pick<TelegramTools, 'settings' | 'post'>,
  method: string,
  fields: object,
  at: Date,
  longPoll?: PostRequest['longPoll'],
): Promise<{ outcome: Outcome; answer: TelegramAnswer | null }> {
  let answer: TelegramAnswer | null = null;
  const base = settings.TELEGRAM_API_URL.replace(/\/+$/, '');
  const outcome = await post({
    url: `${base}/bot${settings.TELEGRAM_BOT_TOKEN}/${method}`,
    body: JSON.stringify(fields),
    trusted: true,
    at,
    ...(longPoll && { longPoll }),
    judge(given) {
      answer = jsonOf(given);
      return judged(given, answer, at);
    },
  });
  return { outcome, answer };
}

/** Null if the status alone decides, because the answer is not that of Telegram. */
function judged(given: Answer, answer: TelegramAnswer | null, at: Date): Outcome | null {
  if (answer === null) {
    const accepted = given.status >= 200 && given.status < 300;
    const reason = 'not the API of Telegram';
    return accepted ? { outcome: 'failed', reason, permanent: false, channel: 'failing' } : null;
  }
  if (answer.ok) return { outcome: 'sent', receipt: refOf(answer) ?? 'ok', channel: 'working', ...withRef(answer) };
  const { error_code: code = given.status, description = '', parameters } = answer;
  const reason = shortened(description || `HTTP ${code}`, LONGEST_WORDS);
  if (reason.includes('message is not modified')) return { outcome: 'sent', receipt: null, channel: 'working' };
  // A wrong token is answered 401 or 404.
  if (code === 401 || code === 404)
    return { outcome: 'failed', reason, permanent: false, slowly: true, channel: 'failing' };
  if (code === 400 || code === 403) return { outcome: 'failed', reason, permanent: true, channel: 'working' };
  const pause = parameters?.retry_after;
  const busy = outcomeOf({ ...given, status: 503 }, at, true);
  const retryAfterMs = pause === undefined ? {} : { retryAfterMs: pause * 1_000 };
  return busy.outcome === 'failed' ? { ...busy, ...retryAfterMs, reason } : busy;
}

function refOf({ result }: TelegramAnswer): string | null {
  if (result === undefined || Array.isArray(result)) return null;
  const [chat, id] = [result.chat?.id, result.message_id];
  return chat === undefined || id === undefined ? null : `${chat}:${id}`;
}

function withRef(answer: TelegramAnswer): { ref?: string } {
  const ref = refOf(answer);
  return ref === null ? {} : { ref };
}

/** The chat and the message of a reference; null if it is none. */
export function messageOfRef(ref: string | null | undefined): { chat_id: string; message_id: number } | null {
  const [, chat, id] = /^(-?\d{1,20}):(\d{1,15})$/.exec(ref ?? '') ?? [];
  return chat === undefined || id === undefined ? null : { chat_id: chat, message_id: Number(id) };
}

function jsonOf({ body }: Answer): TelegramAnswer | null {
  try {
    const read: unknown = JSON.parse(body);
    const isAnswer = typeof read === 'object' && read !== null && typeof (read as TelegramAnswer).ok === 'boolean';
    return isAnswer ? (read as TelegramAnswer) : null;
  } catch {
    return null;
  }
}
