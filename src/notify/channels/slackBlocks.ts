import { escapeHtml } from '../../kernel/escapeHtml';
import { idOf } from '../../kernel/ports/values';
import { LINK_WORDS, type Message, shortened, subjectOf } from './channel';
import type { AnswerAction } from './inbound';

/** Messages as Block Kit. https://docs.slack.dev/reference/block-kit/blocks */

export const TEXT_LENGTH = 3_000;
const LONGEST_URL = 3_000;
const LONGEST_LABEL = 75;
const MOST_BUTTONS = 25;
/** The prefix of our action ids. */
const ACTION = 'tocsin_';
const STATE_BLOCK = 'tocsin_state';

export type Block = { type: string; block_id?: string } & Record<string, unknown>;

const LABELS: Record<AnswerAction, string> = { acknowledge: 'Acknowledge', resolve: 'Resolve', escalate: 'Escalate' };
const STATE_WORDS = { open: null, acknowledged: 'Acknowledged', in_progress: 'In progress', resolved: 'Resolved' };

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
      ...(incident && STATE_WORDS[incident.status] ? [stateBlock(stateOf(incident))] : []),
      { type: 'context', elements: [{ type: 'mrkdwn', text: `For ${escaped(recipient)}` }] },
      ...(buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons }]),
    ],
  };
}

const stateOf = ({ status, by }: NonNullable<Message['incident']>): string =>
  `${STATE_WORDS[status]}${by === null ? '' : ` by ${by}`}`;

/** The line with the state of the incident. */
const stateBlock = (words: string): Block => ({
  type: 'context',
  block_id: STATE_BLOCK,
  elements: [{ type: 'mrkdwn', text: escaped(words) }],
});

/** The blocks of a message after an answer: with the state that it led to, and the buttons that still make sense. */
export function afterAnswer(blocks: readonly Block[], words: string, left: readonly AnswerAction[]): Block[] {
  const kept = blocks.filter(({ block_id }) => block_id !== STATE_BLOCK);
  const state = stateBlock(words);
  const at = kept.findIndex(({ type }) => type === 'context');
  const shown = at < 0 ? [...kept, state] : [...kept.slice(0, at), state, ...kept.slice(at)];
  return shown.flatMap((block) => (block.type === 'actions' ? withActions(block, left) : [block]));
}

function withActions(block: Block, left: readonly AnswerAction[]): Block[] {
  const elements = (block['elements'] as { action_id?: string }[]).filter(({ action_id }) => {
    const action = actionOf(action_id);
    return action === null || left.includes(action);
  });
  return elements.length === 0 ? [] : [{ ...block, elements }];
}

/** The action of one of our buttons; null for any other element. */
export function actionOf(actionId: unknown): AnswerAction | null {
  const name = typeof actionId === 'string' && actionId.startsWith(ACTION) ? actionId.slice(ACTION.length) : '';
  return name in LABELS ? (name as AnswerAction) : null;
}

/** The answers that make sense in a state. */
export const ANSWERS_LEFT: Record<NonNullable<Message['incident']>['status'], readonly AnswerAction[]> = {
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
