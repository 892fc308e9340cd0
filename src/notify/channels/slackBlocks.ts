import { escapeHtml } from '../../kernel/escapeHtml';
import { idOf } from '../../kernel/ports/values';
import { factsLine, statusLine } from '../domain/incidentMessage';
import { type IncidentState, LINK_WORDS, type Message, shortened, subjectOf } from './channel';
import type { AnswerAction } from './inbound';

/** Messages as Block Kit. https://docs.slack.dev/reference/block-kit/blocks */

export const TEXT_LENGTH = 3_000;
const LONGEST_URL = 3_000;
const LONGEST_LABEL = 75;
const MOST_BUTTONS = 25;
/** The prefix of our action ids. */
const ACTION = 'tocsin_';

export type Block = { type: string } & Record<string, unknown>;

const LABELS: Record<AnswerAction, string> = { acknowledge: 'Acknowledge', resolve: 'Resolve', escalate: 'Escalate' };

/** The text and the blocks of a message. `answers`: its buttons act, because the app has a signing secret. */
export function slackMessage(message: Message, answers: boolean): { text: string; blocks: Block[] } {
  const { text, recipient, incident } = message;
  const buttons = [...(answers ? answerButtons(message) : linkButton(message)), ...links(message)].slice(
    0,
    MOST_BUTTONS,
  );
  return {
    text: escaped(subjectOf(message)),
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: escaped(text) } },
      ...(incident ? stateBlocks(incident) : []),
      { type: 'context', elements: [{ type: 'mrkdwn', text: `For ${escaped(recipient)}` }] },
      ...(buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons }]),
    ],
  };
}

/** The lines with the state of the incident. */
const stateBlocks = (incident: IncidentState): Block[] =>
  [statusLine(incident), factsLine(incident)]
    .filter((line) => line !== null)
    .map((line) => ({ type: 'context', elements: [{ type: 'mrkdwn', text: escaped(line) }] }));

/** The action of one of our buttons; null for any other element. */
export function actionOf(actionId: unknown): AnswerAction | null {
  const name = typeof actionId === 'string' && actionId.startsWith(ACTION) ? actionId.slice(ACTION.length) : '';
  return name in LABELS ? (name as AnswerAction) : null;
}

/** The answers that make sense in a state. */
const ANSWERS_LEFT: Record<IncidentState['status'], readonly AnswerAction[]> = {
  open: ['acknowledge', 'resolve', 'escalate'],
  acknowledged: ['resolve', 'escalate'],
  in_progress: ['resolve', 'escalate'],
  resolved: [],
};

/** Anyone who reads the message may press them: the signed request of Slack names the person. */
function answerButtons({ incidentId, kind, outcome, incident, answers }: Message): object[] {
  if (idOf(incidentId) === null || outcome || answers === undefined || kind === 'code' || kind === 'test') return [];
  return ANSWERS_LEFT[incident?.status ?? 'open'].map((action) => ({
    type: 'button',
    action_id: `${ACTION}${action}`,
    text: { type: 'plain_text', text: LABELS[action] },
    value: incidentId,
    ...(action === 'acknowledge' && { style: 'primary' }),
  }));
}

const linkButton = ({ links: { acknowledge } }: Message): object[] =>
  acknowledge === undefined ? [] : [button('Acknowledge', acknowledge, { style: 'primary' })];

const links = ({ links: { view }, sourceLinks }: Message): object[] => [
  ...(view === undefined ? [] : [button('View incident', view)]),
  ...sourceLinks.filter(({ url }) => url.length <= LONGEST_URL).map(({ kind, url }) => button(LINK_WORDS[kind], url)),
];

const button = (text: string, url: string, more: object = {}) => ({
  type: 'button',
  text: { type: 'plain_text', text: shortened(text, LONGEST_LABEL) },
  url,
  ...more,
});

const SPECIAL = '&<>';

/** Escapes Slack's three special characters, and cuts at the limit without splitting an entity. */
export function escaped(text: string): string {
  let result = '';
  for (const point of text) {
    const next = SPECIAL.includes(point) ? escapeHtml(point) : point;
    if (result.length + next.length > TEXT_LENGTH) break;
    result += next;
  }
  return result;
}
