import { idOf } from '../../kernel/ports/values';
import { LINK_WORDS, type Message, shortened } from './channel';
import type { AnswerAction } from './inbound';

/** Messages of Telegram: HTML text, and an inline keyboard whose buttons act. */

export const TEXT_LENGTH = 3_500;
const LONGEST_URL = 2_000;
const MOST_LINKS = 20;
/** Begins the line with the state of the incident. */
const STATE_MARK = '— ';

export interface Button {
  text: string;
  callback_data?: string;
  url?: string;
}

const LABELS: Record<AnswerAction, string> = { acknowledge: 'Acknowledge', resolve: 'Resolve', escalate: 'Escalate' };
const STATE_WORDS = { open: null, acknowledged: 'Acknowledged', in_progress: 'In progress', resolved: 'Resolved' };

/** The answers that make sense in a state. */
export const ANSWERS_LEFT: Record<NonNullable<Message['incident']>['status'], readonly AnswerAction[]> = {
  open: ['acknowledge', 'resolve', 'escalate'],
  acknowledged: ['resolve', 'escalate'],
  in_progress: ['resolve', 'escalate'],
  resolved: [],
};

/** The fields of a message. `acts`: its buttons answer. */
export function telegramMessage(message: Message) {
  const { incident, text } = message;
  const state = incident && STATE_WORDS[incident.status];
  const line = state ? `\n\n${STATE_MARK}${state}${incident.by === null ? '' : ` by ${incident.by}`}` : '';
  return {
    text: escaped(`${shortened(text, TEXT_LENGTH)}${line}`),
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
    reply_markup: { inline_keyboard: [answerRow(message), ...linkRows(message)].filter((row) => row.length > 0) },
  };
}

/** `callback_data` has at most 64 bytes: one letter, and the id of the incident. */
function answerRow({ incidentId, outcome, kind, incident, answers }: Message): Button[] {
  if (idOf(incidentId) === null || outcome || answers === undefined || kind === 'code' || kind === 'test') return [];
  return ANSWERS_LEFT[incident?.status ?? 'open'].map((action) => ({
    text: LABELS[action],
    callback_data: `${action[0]}:${incidentId}`,
  }));
}

function linkRows({ links: { view }, sourceLinks }: Message): Button[][] {
  const all = [...(view === undefined ? [] : [{ text: 'View incident', url: view }])];
  const ofSource = sourceLinks.slice(0, MOST_LINKS).map(({ kind, url }) => ({ text: LINK_WORDS[kind], url }));
  return [...all, ...ofSource].filter(({ url }) => isLinkable(url)).map((link) => [link]);
}

/** Telegram refuses a whole message with a button to a host that is no domain. */
const isLinkable = (url: string): boolean =>
  url.length <= LONGEST_URL && URL.canParse(url) && /\.[a-z]{2,}$/i.test(new URL(url).hostname);

/** The action and the incident of a button; null for any other data. */
export function readButton(data: unknown): { action: AnswerAction; incidentId: string } | null {
  const [, letter, id] = /^([are]):([0-9a-f-]{36})$/.exec(typeof data === 'string' ? data : '') ?? [];
  const action = (Object.keys(LABELS) as AnswerAction[]).find((one) => one[0] === letter);
  return action === undefined || id === undefined ? null : { action, incidentId: id };
}

/** The message after an answer, from its plain text and its buttons. */
export function afterAnswer(text: string, keyboard: readonly Button[][], line: string, left: readonly AnswerAction[]) {
  const kept = text.replace(new RegExp(`\\n\\n${STATE_MARK}[^\\n]*$`), '');
  const stays = ({ callback_data }: Button): boolean => {
    const button = readButton(callback_data);
    return button === null || left.includes(button.action);
  };
  return {
    text: escaped(`${kept}\n\n${STATE_MARK}${line}`),
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
    reply_markup: { inline_keyboard: keyboard.map((row) => row.filter(stays)).filter((row) => row.length > 0) },
  };
}

/** Telegram knows these three entities. */
export const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[one] as string);
