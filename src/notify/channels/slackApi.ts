import type { Answer } from '../../kernel/http/outgoing';
import type { Outcome } from '../domain';
import { type Post, shortened, TextSetting, UrlSetting } from './channel';
import { outcomeOf } from './httpOutcome';

/** Calls of Slack's Web API. It answers refusals with status 200 and `{"ok":false,"error":"…"}`. */

export const slackSettings = {
  SLACK_WEBHOOK_URL: { schema: UrlSetting, fallback: '', means: 'Slack incoming webhook', secret: true },
  SLACK_BOT_TOKEN: {
    schema: TextSetting,
    fallback: '',
    means: 'Token of a Slack app (`xoxb-…`), which posts to any channel and to people',
    secret: true,
  },
  SLACK_SIGNING_SECRET: {
    schema: TextSetting,
    fallback: '',
    means: 'Signing secret of the Slack app, for its buttons and slash commands',
    secret: true,
  },
  SLACK_API_URL: {
    schema: UrlSetting.default('https://slack.com/api'),
    fallback: 'https://slack.com/api',
    means: "Base of Slack's Web API, for a proxy",
  },
} as const;

export interface SlackApi {
  url: string;
  token: string;
  post: Post;
  /** When this attempt began. */
  at: Date;
}

export type SlackAnswer = { ok: boolean; error?: string } & Record<string, unknown>;

const LONGEST_ERROR = 100;

/** This recipient or message will never be accepted. https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const PERMANENT = new Set([
  ...['channel_not_found', 'is_archived', 'not_in_channel', 'user_not_found', 'users_not_found', 'user_disabled'],
  ...['user_not_visible', 'cannot_dm_bot', 'restricted_action', 'messages_tab_disabled', 'msg_too_long', 'no_text'],
  ...['invalid_blocks', 'invalid_blocks_format', 'invalid_arguments', 'message_not_found', 'cant_update_message'],
  ...['edit_window_closed', 'invalid_channel'],
]);
/** The operator must repair the token or the rights of the app. */
const OPERATOR = new Set([
  ...['invalid_auth', 'not_authed', 'token_revoked', 'token_expired', 'account_inactive', 'missing_scope'],
  ...['no_permission', 'not_allowed_token_type', 'ekm_access_denied', 'org_login_required', 'access_denied'],
  ...['team_access_not_granted', 'enterprise_is_restricted', 'two_factor_setup_required'],
]);

/** Calls a method. The outcome is that of the call; `answer` is null unless Slack answered with JSON. */
export async function callSlack(
  { url, token, post, at }: SlackApi,
  method: string,
  fields: Record<string, unknown>,
): Promise<{ outcome: Outcome; answer: SlackAnswer | null }> {
  let answer: SlackAnswer | null = null;
  // Methods that only read take no JSON.
  const reads = method.startsWith('users.');
  const type = reads ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8';
  const outcome = await post({
    url: `${url}/${method}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    body: reads ? new URLSearchParams(fields as Record<string, string>).toString() : JSON.stringify(fields),
    trusted: true,
    at,
    judge(given) {
      answer = jsonOf(given);
      return judged(given, answer, at);
    },
  });
  return { outcome, answer };
}

/** Null if the status alone decides. */
function judged(given: Answer, answer: SlackAnswer | null, at: Date): Outcome | null {
  if (given.status < 200 || given.status >= 300) return null;
  if (answer === null)
    return { outcome: 'failed', reason: 'not the API of Slack', permanent: false, channel: 'failing' };
  if (answer.ok) return { outcome: 'sent', receipt: receiptOf(answer), channel: 'working', ...refOf(answer) };
  const reason = shortened(String(answer.error ?? 'unknown_error'), LONGEST_ERROR);
  if (PERMANENT.has(reason)) return { outcome: 'failed', reason, permanent: true, channel: 'working' };
  if (OPERATOR.has(reason)) return { outcome: 'failed', reason, permanent: false, slowly: true, channel: 'failing' };
  // Overload and faults of Slack, such as `ratelimited` and `fatal_error`.
  const busy = outcomeOf({ ...given, status: 503 }, at, true);
  return busy.outcome === 'failed' ? { ...busy, reason } : busy;
}

const receiptOf = ({ channel, ts }: SlackAnswer): string | null =>
  typeof ts === 'string' ? `${String(channel)}, ${ts}` : null;

/** The reference of a message, for updates and threads. */
const refOf = ({ channel, ts }: SlackAnswer): { ref?: string } =>
  typeof channel === 'string' && typeof ts === 'string' ? { ref: `${channel}:${ts}` } : {};

/** The parts of a reference; null if it is none. */
export function placeOf(ref: string | null | undefined): { channel: string; ts: string } | null {
  const [, channel, ts] = /^([A-Z0-9]{1,30}):(\d{1,12}\.\d{1,12})$/.exec(ref ?? '') ?? [];
  return channel === undefined || ts === undefined ? null : { channel, ts };
}

function jsonOf({ body }: Answer): SlackAnswer | null {
  try {
    const read: unknown = JSON.parse(body);
    const isAnswer = typeof read === 'object' && read !== null && typeof (read as SlackAnswer).ok === 'boolean';
    return isAnswer ? (read as SlackAnswer) : null;
  } catch {
    return null;
  }
}
