import { seconds } from '../../kernel/clock';
import type { Polling } from './inbound';
import { callTelegram, type TelegramTools } from './telegramApi';
import { contentOf, type Update } from './telegramInbound';

/** Updates of Telegram by long poll, for a server that Telegram cannot reach. https://core.telegram.org/bots/api#getupdates */

export const UPDATE_KINDS = ['message', 'callback_query'];
const WAIT_SECONDS = 25;
const MOST_UPDATES = 20;
/** An update can hold two messages of 4,096 characters, with their markup. */
const LONGEST_UPDATE = 200_000;
const LONG_POLL = { timeoutMs: seconds(WAIT_SECONDS + 10), answerBytes: MOST_UPDATES * LONGEST_UPDATE };

export const telegramPolling: Polling<TelegramTools> = {
  /** The id of the bot, which begins its token and is no secret. */
  account: ({ settings: { TELEGRAM_UPDATES, TELEGRAM_BOT_TOKEN = '' } }) =>
    TELEGRAM_UPDATES === 'poll' ? (TELEGRAM_BOT_TOKEN.split(':', 1)[0] as string).slice(0, 50) : null,
  /** While a webhook is set, Telegram answers 409. */
  prepare: async (tools, at) =>
    (await callTelegram(tools, 'deleteWebhook', { drop_pending_updates: false }, at)).outcome,
  async fetch(from, tools, at) {
    const fields = { offset: from, timeout: WAIT_SECONDS, limit: MOST_UPDATES, allowed_updates: UPDATE_KINDS };
    const { outcome, answer } = await callTelegram(tools, 'getUpdates', fields, at, LONG_POLL);
    if (outcome.outcome === 'failed') return outcome;
    const updates = Array.isArray(answer?.result) ? answer.result.filter(isUpdate) : [];
    return {
      contents: updates.map((update) => contentOf(update, at)).filter((content) => content !== null),
      next: updates.reduce((next, { update_id }) => Math.max(next, update_id + 1), from),
    };
  },
};

const isUpdate = (given: unknown): given is Update & { update_id: number } =>
  typeof given === 'object' && given !== null && Number.isSafeInteger((given as { update_id?: unknown }).update_id);
