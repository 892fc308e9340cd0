import { createHmac } from 'node:crypto';
import { withTimeout } from '../../kernel/async/withTimeout';
import { seconds } from '../../kernel/clock';
import { sameSecret } from '../../kernel/http/edge';
import type { Tools, ValuesOf } from './channel';
import type { AnswerResult, InboundContent, InboundReply, InboundRequest, OtherResults } from './inbound';
import { callSlack, type SlackApi, type slackSettings } from './slackApi';
import { actionOf, escaped } from './slackBlocks';
import { readCommand } from './slackCommands';

/** Requests of Slack: buttons and slash commands. https://docs.slack.dev/authentication/verifying-requests-from-slack */

export type SlackTools = Tools<typeof slackSettings, SlackPeople>;

/** E-mail addresses of Slack users, so that a click does not wait for Slack twice. */
export type SlackPeople = Map<string, { email: string; until: number }>;

const REPLAY_MS = seconds(300);
/** Slack waits three seconds for the whole answer. */
const PATIENCE_MS = seconds(1);
const PERSON_KEPT_MS = seconds(600);
const MOST_PEOPLE = 10_000;

const NOTHING: InboundReply = { status: 200 };
const REFUSED: InboundReply = { status: 401, body: 'The signature is not valid.' };

/** Verifies and reads a request. */
export async function readSlack(
  request: InboundRequest,
  tools: SlackTools,
): Promise<InboundContent | { reply: InboundReply }> {
  const secret = tools.settings.SLACK_SIGNING_SECRET;
  if (secret === undefined) return { reply: { status: 404, body: 'SLACK_SIGNING_SECRET is not set.' } };
  if (!isSigned(request, secret)) return { reply: REFUSED };
  const text = request.body.toString('utf8');
  if (request.headers['content-type']?.startsWith('application/json')) return { reply: challenged(text) };
  const form = new URLSearchParams(text);
  const payload = form.get('payload');
  if (payload !== null) return readClick(payload, request, tools);
  return form.has('command') ? readTyped(form, request, tools) : { reply: NOTHING };
}

function isSigned({ headers, body, at }: InboundRequest, secret: string): boolean {
  const sentAt = headers['x-slack-request-timestamp'] ?? '';
  if (!/^\d{1,12}$/.test(sentAt) || Math.abs(at.getTime() - Number(sentAt) * 1_000) > REPLAY_MS) return false;
  const hash = createHmac('sha256', secret).update(`v0:${sentAt}:`).update(body).digest('hex');
  return sameSecret(headers['x-slack-signature'] ?? '', `v0=${hash}`);
}

function challenged(text: string): InboundReply {
  const { type, challenge } = jsonOf(text) as { type?: unknown; challenge?: unknown };
  return type === 'url_verification' && typeof challenge === 'string' ? { status: 200, body: challenge } : NOTHING;
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Only the fields that are needed: names of users and teams are absent in some workspaces. */
interface Click {
  type?: string;
  trigger_id?: string;
  user?: { id?: string };
  actions?: { action_id?: string; value?: string; action_ts?: string }[];
  response_url?: string;
}

async function readClick(
  text: string,
  request: InboundRequest,
  tools: SlackTools,
): Promise<InboundContent | { reply: InboundReply }> {
  const click = jsonOf(text) as Click;
  const [first] = click.actions ?? [];
  const [action, sender] = [actionOf(first?.action_id), click.user?.id];
  // A click on a link button is reported too.
  if (click.type !== 'block_actions' || action === null || !first?.value || !sender) return { reply: NOTHING };
  const email = await emailOf(sender, request.at, tools);
  const id = `${click.trigger_id ?? first.action_ts ?? ''}:${sender}`.slice(0, 200);
  return {
    answers: [{ id, sender, ...(email && { senderEmail: email }), action, target: { incidentId: first.value } }],
    context: {
      at: request.at.toISOString(),
      response_url: click.response_url,
    },
  };
}

async function readTyped(
  form: URLSearchParams,
  request: InboundRequest,
  tools: SlackTools,
): Promise<InboundContent | { reply: InboundReply }> {
  const sender = form.get('user_id');
  const typed = readCommand(form.get('command') ?? '', await named(form.get('text') ?? '', request.at, tools));
  if (sender === null || typed === null) return { reply: NOTHING };
  if ('usage' in typed) return { reply: privately(typed.usage) };
  if ('code' in typed) return { link: { sender, code: typed.code } };
  const email = await emailOf(sender, request.at, tools);
  const id = `${form.get('trigger_id') ?? ''}:${sender}`.slice(0, 200);
  return { command: { id, sender, ...(email && { senderEmail: email }), command: typed.command } };
}

/** Replaces the first mention of a user, `<@U123|ana>`, by their e-mail address. */
async function named(text: string, at: Date, tools: SlackTools): Promise<string> {
  const [mention, user] = /<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>/.exec(text) ?? [];
  if (mention === undefined || user === undefined) return text;
  return text.replace(mention, (await emailOf(user, at, tools)) ?? mention);
}

/** The e-mail address of a user; undefined if Slack does not return it in time, or the app may not read it. */
async function emailOf(user: string, at: Date, tools: SlackTools): Promise<string | undefined> {
  const people = tools.connection;
  const known = people.get(user);
  if (known !== undefined && known.until > at.getTime()) return known.email;
  const api = apiOf(tools, at);
  if (api === null) return undefined;
  const { answer } = await withTimeout(callSlack(api, 'users.info', { user }), PATIENCE_MS).catch(() => ({
    answer: null,
  }));
  const found = answer?.['user'] as { deleted?: boolean; is_bot?: boolean; profile?: { email?: string } } | undefined;
  const email = found?.deleted || found?.is_bot ? undefined : found?.profile?.email;
  if (email === undefined) return undefined;
  if (people.size >= MOST_PEOPLE) people.clear();
  people.set(user, { email, until: at.getTime() + PERSON_KEPT_MS });
  return email;
}

/** The Web API; null without a bot token. */
export function apiOf(
  { settings, post }: { settings: ValuesOf<typeof slackSettings>; post: SlackApi['post'] },
  at: Date,
) {
  const { SLACK_BOT_TOKEN: token, SLACK_API_URL: url } = settings;
  return token === undefined ? null : { url: url.replace(/\/+$/, ''), token, post, at };
}

interface ClickContext {
  at: string;
  response_url?: string;
}

/** Answers a click. If it changed nothing, the sender learns privately why; a change updates the messages of the incident. */
export async function replySlack(
  { context }: InboundContent,
  results: AnswerResult[],
  tools: SlackTools,
  { commandWords, linkWords }: OtherResults,
): Promise<InboundReply> {
  const words = commandWords ?? linkWords;
  if (words !== null) return privately(words);
  const [result] = results;
  if (result === undefined || context === undefined) return NOTHING;
  const click = context as unknown as ClickContext;
  // Slack shows an error if the answer is late, although the incident has changed.
  if (result.result !== 'done') await withTimeout(whisper(click, result, tools), PATIENCE_MS).catch(() => undefined);
  return NOTHING;
}

/** Sends the words to the person alone. */
async function whisper({ at, response_url: url }: ClickContext, { words }: AnswerResult, tools: SlackTools) {
  if (url === undefined) return;
  const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, text: escaped(words) });
  // The signed request names the URL, and it may only lead to a public address or to the API that the operator set.
  const trusted = url.startsWith(new URL('/', tools.settings.SLACK_API_URL).href);
  await tools.post({ url, body, trusted, at: new Date(at) });
}

const privately = (text: string): InboundReply => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify({ response_type: 'ephemeral', text: escaped(text) }),
});
