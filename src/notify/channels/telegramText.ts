import { idOf } from '../../kernel/ports/values';
import { factsLine, statusLine } from '../domain/incidentMessage';
import { type IncidentState, LINK_WORDS, type Message, shortened } from './channel';
import type { AnswerAction } from './inbound';

/** Messages of Telegram: HTML text, and an inline keyboard whose buttons act. */

export const TEXT_LENGTH = 3_500;
const LONGEST_URL = 2_000;
const MOST_LINKS = 20;

interface Button {
  text: string;
  callback_data?: string;
  url?: string;
}

const LABELS: Record<AnswerAction, string> = { acknowledge: 'Acknowledge', resolve: 'Resolve', escalate: 'Escalate' };

/** The answers that make sense in a state. */
const ANSWERS_LEFT: Record<IncidentState['status'], readonly AnswerAction[]> = {
  open: ['acknowledge', 'resolve', 'escalate'],
  acknowledged: ['resolve', 'escalate'],
  in_progress: ['resolve', 'escalate'],
  resolved: [],
};

/** The fields of a message. `acts`: its buttons answer. */
export function telegramMessage(message: Message) {
  const { incident, text } = message;
  const lines = incident ? [statusLine(incident), factsLine(incident)].filter((line) => line !== null) : [];
  const state = lines.length === 0 ? '' : `\n\n${lines.map((line) => `— ${line}`).join('\n')}`;
  return {
    text: escaped(`${shortened(text, TEXT_LENGTH)}${state}`),
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

/** Telegram knows these three entities. */
export const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[one] as string);
