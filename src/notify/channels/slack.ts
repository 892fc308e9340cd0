import type { Outcome } from '../domain';
import { defineChannel, type Message } from './channel';
import { callSlack, placeOf, type SlackApi, slackSettings } from './slackApi';
import { slackMessage, TEXT_LENGTH } from './slackBlocks';
import { apiOf, readSlack, replySlack, type SlackPeople } from './slackInbound';

/**
 * Slack by an incoming webhook, which posts to the one channel it was made for, or by the bot token of an app, which posts to
 * any channel and to people, with buttons that act.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export const slack = defineChannel({
  id: 'slack',
  title: 'Slack',
  settings: slackSettings,
  needs: 'SLACK_WEBHOOK_URL or SLACK_BOT_TOKEN',
  setup:
    'Set SLACK_WEBHOOK_URL for one channel. For people and buttons, set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET of an app, whose URL for interactivity and for the commands /oncall, /page, /incident and /link is PUBLIC_URL/api/v1/inbound/slack.',
  address: {
    kind: 'room',
    people: true,
    hint: 'A channel such as ops-team, the id of a channel or a user, or the e-mail address of a user.',
    example: { text: 'ops-team', shown: 'ops-team' },
    prefix: '#',
    defaultRoom: 'ops-team',
    spelling: (address) => address.replace(/^#/, ''),
  },
  threads: true,
  limits: { text: TEXT_LENGTH },
  accepted: 'Slack answers 2xx, and `ok` if a bot token is set',
  server: { protocol: 'http', setting: 'SLACK_WEBHOOK_URL' },
  can: { answers: true, updates: true },
  configured: ({ SLACK_WEBHOOK_URL, SLACK_BOT_TOKEN }) =>
    SLACK_WEBHOOK_URL !== undefined || SLACK_BOT_TOKEN !== undefined,
  open: (): SlackPeople => new Map(),
  linkCommand: '/link',
  inbound: { read: readSlack, reply: replySlack },
  async send(message, tools) {
    const api = apiOf(tools, message.at);
    if (api !== null) return sendByBot(message, api, tools.settings.SLACK_SIGNING_SECRET !== undefined);
    return tools.post({
      url: tools.settings.SLACK_WEBHOOK_URL as string,
      body: JSON.stringify(slackMessage(message, false)),
      trusted: true,
      at: message.at,
    });
  },
  async update(ref, message, tools) {
    const [api, place] = [apiOf(tools, message.at), placeOf(ref)];
    if (api === null || place === null) return LOST;
    const shown = slackMessage(message, tools.settings.SLACK_SIGNING_SECRET !== undefined);
    const { outcome } = await callSlack(api, 'chat.update', { ...place, ...shown });
    return outcome.outcome === 'failed' && GONE.has(outcome.reason) ? { ...outcome, gone: true } : outcome;
  },
});

/** The message, or its channel, was deleted, or Slack lets nobody change the message any more. */
const GONE = new Set(['message_not_found', 'channel_not_found', 'cant_update_message', 'edit_window_closed']);
const LOST: Outcome = { outcome: 'failed', reason: 'message_not_found', permanent: true, gone: true };

async function sendByBot(message: Message, api: SlackApi, answers: boolean): Promise<Outcome> {
  const found = await channelOf(message.recipient, api);
  if (typeof found !== 'string') return found;
  const place = placeOf(message.thread?.ref);
  const isPage = message.kind === 'page';
  const { outcome } = await callSlack(api, 'chat.postMessage', {
    channel: found,
    ...slackMessage(message, answers),
    unfurl_links: false,
    // Slack does not notify people of messages in a thread, so a page is shown in the conversation too.
    ...(place !== null && { thread_ts: place.ts, ...(isPage && { reply_broadcast: true }) }),
  });
  return outcome;
}

/** The channel of a recipient: the id of a channel or a user as it is, the user of an e-mail address, else a name. */
async function channelOf(recipient: string, api: SlackApi): Promise<string | Outcome> {
  if (/^[CDGUW][A-Z0-9]{5,30}$/.test(recipient)) return recipient;
  if (!recipient.includes('@')) return `#${recipient.replace(/^#/, '')}`;
  const { outcome, answer } = await callSlack(api, 'users.lookupByEmail', { email: recipient });
  const id = (answer?.['user'] as { id?: unknown } | undefined)?.id;
  if (outcome.outcome === 'failed') return outcome;
  return typeof id === 'string' ? id : { outcome: 'failed', reason: 'users_not_found', permanent: true };
}
