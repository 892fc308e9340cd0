import { escapeHtml } from '../../kernel/escapeHtml';
import { defineChannel, LINK_WORDS, type Message, subjectOf, UrlSetting } from './channel';

const TEXT_LENGTH = 3_000;

/**
 * Slack by an incoming webhook. It posts to the one Slack channel it was made for, so the recipient is only shown.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export const slack = defineChannel({
  id: 'slack',
  title: 'Slack',
  settings: {
    SLACK_WEBHOOK_URL: { schema: UrlSetting, fallback: '', means: 'Slack incoming webhook', secret: true },
  },
  needs: 'SLACK_WEBHOOK_URL',
  setup: 'Set SLACK_WEBHOOK_URL, and start the server again.',
  address: {
    kind: 'room',
    hint: 'The channel of the room, such as ops-team.',
    example: { text: 'ops-team', shown: 'ops-team' },
    prefix: '#',
    defaultRoom: 'ops-team',
  },
  limits: { text: TEXT_LENGTH },
  accepted: 'Slack answers 2xx',
  server: { protocol: 'http', setting: 'SLACK_WEBHOOK_URL' },
  configured: ({ SLACK_WEBHOOK_URL }) => SLACK_WEBHOOK_URL !== undefined,
  send: (message, { settings, post }) =>
    post({
      url: settings.SLACK_WEBHOOK_URL as string,
      body: JSON.stringify(payloadOf(message)),
      trusted: true,
      at: message.at,
    }),
});

function payloadOf(message: Message): object {
  const { text, recipient, links, sourceLinks } = message;
  const buttons = [
    ...(links.acknowledge === undefined ? [] : [button('Acknowledge', links.acknowledge, 'primary')]),
    ...(links.view === undefined ? [] : [button('View incident', links.view)]),
    ...sourceLinks.map(({ kind, url }) => button(LINK_WORDS[kind], url)),
  ];
  return {
    text: escaped(subjectOf(message)),
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: escaped(text) } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: `For ${escaped(recipient)}` }] },
      ...(buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons }]),
    ],
  };
}

const button = (text: string, url: string, style?: 'primary') => ({
  type: 'button',
  text: { type: 'plain_text', text },
  url,
  ...(style !== undefined && { style }),
});

const SPECIAL = '&<>';

/** Escapes Slack's three special characters, and cuts at the limit without splitting an entity. */
function escaped(text: string): string {
  let result = '';
  for (const point of text) {
    const next = SPECIAL.includes(point) ? escapeHtml(point) : point;
    if (result.length + next.length > TEXT_LENGTH) break;
    result += next;
  }
  return result;
}
