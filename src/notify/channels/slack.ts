import type { Outgoing } from '../../kernel/http';
import { outcomeOf } from './answers';
import { type Channel, LINK_WORDS, type Message, subjectOf } from './channel';

export interface SlackOptions {
  outgoing: Outgoing;
  /** An incoming webhook: it posts to the channel it was made for, so the recipient is only shown. */
  webhookUrl: string | undefined;
  timeoutMs: number;
}

const TEXT_LENGTH = 3_000;

export const slackChannel = ({ outgoing, webhookUrl, timeoutMs }: SlackOptions): Channel => ({
  name: 'slack',
  configured: () => webhookUrl !== undefined,
  refusal: () => (webhookUrl === undefined ? 'not_configured' : null),
  async deliver(message) {
    const answer = await outgoing.send({
      url: webhookUrl as string,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payloadOf(message)),
      timeoutMs,
      trusted: true,
    });
    return outcomeOf(answer, message.at, true);
  },
  close: async () => {},
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

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Slack's three special characters as entities, and never half an entity at the limit. */
function escaped(text: string): string {
  let result = '';
  for (const point of text) {
    const next = ENTITIES[point] ?? point;
    if (result.length + next.length > TEXT_LENGTH) break;
    result += next;
  }
  return result;
}
