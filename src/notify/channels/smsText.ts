import { type Message, shortened } from './channel';

/** Characters of a message that an SMS shows. */
export const SMS_TEXT = 300;
/** Segments of an SMS with a code; a link is long, and needs more. Each segment costs money. */
const SEGMENTS = 4;
const SEGMENTS_WITH_LINK = 8;
/** The limit of the API, in UTF-16 units. */
const LONGEST_BODY = 1_600;

const GSM_BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const GSM_EXTENDED = new Set('^{}\\[~]|€');

/** How many segments a text takes: of 160 or 153 septets in the alphabet of GSM, else of 70 or 67 units of UTF-16. */
export function segmentsOf(text: string): number {
  const points = [...text];
  const isGsm = points.every((point) => GSM_BASIC.has(point) || GSM_EXTENDED.has(point));
  const sizes = points.map((point) => (isGsm ? (GSM_EXTENDED.has(point) ? 2 : 1) : point.length));
  const [alone, joined] = isGsm ? [160, 153] : [70, 67];
  if (sizes.reduce((sum, size) => sum + size, 0) <= alone) return 1;
  let [segments, used] = [1, 0];
  for (const size of sizes) {
    // A character of two units is not split between segments.
    if (used + size > joined) [segments, used] = [segments + 1, 0];
    used += size;
  }
  return segments;
}

const PLAIN: [pattern: RegExp, plain: string][] = [
  [/[\u2018\u2019\u201a\u2032`\u00b4]/g, "'"],
  [/[\u201c\u201d\u201e\u2033\u00ab\u00bb]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, '-'],
  [/\u2026/g, '...'],
  [/[\u2022\u00b7]/g, '-'],
  [/\u00d7/g, 'x'],
  [/\r\n?|[\u2028\u2029]/g, '\n'],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a phone shows control characters as boxes.
  [/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, ' '],
  [/[^\S\n]+/g, ' '],
  [/ *\n[\n ]*/g, '\n'],
];
const PICTURES = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f|\u20e3/gu;

/**
 * The text with the plain form of characters that would double the price of an SMS: typographic quotes and dashes, and
 * pictures, which add nothing to the words. Letters stay as they are.
 */
export function plainText(text: string): string {
  const plain = PLAIN.reduce((result, [pattern, by]) => result.replace(pattern, by), text.toWellFormed());
  const words = plain
    .replace(PICTURES, '')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
  return words === '' ? plain.trim() : words;
}

/** The body of an SMS: what happened first, then how to answer. `replies`: whether a reply reaches us. */
export function smsBody(message: Message, replies: boolean): string {
  const { kind, text, severity, outcome } = message;
  const ledBySeverity = (kind ?? 'page') === 'page' && !outcome && severity && !text.trim().startsWith('[');
  const lead = ledBySeverity ? `${severity.trim().toUpperCase()}: ` : '';
  const [answer, segments] = answerOf(message, replies);
  const whole = [...plainText(text)];
  const bodyWith = (length: number) =>
    `${plainText(lead)}${lead && ' '}${shownOf(whole, length)}${answer && `\n${answer}`}`;
  const fits = (body: string) => body.length <= LONGEST_BODY && segmentsOf(body) <= segments;
  let [fitting, tooLong] = [1, Math.min(whole.length, SMS_TEXT) + 1];
  while (tooLong - fitting > 1) {
    const middle = Math.floor((fitting + tooLong) / 2);
    if (fits(bodyWith(middle))) fitting = middle;
    else tooLong = middle;
  }
  return bodyWith(fitting);
}

function shownOf(points: readonly string[], length: number): string {
  if (points.length <= length) return points.join('');
  return length <= ELLIPSIS.length
    ? points.slice(0, length).join('')
    : `${points.slice(0, length - ELLIPSIS.length).join('')}${ELLIPSIS}`;
}
const ELLIPSIS = '...';

/** How to answer: by the code if replies reach us, else by the link; and how many segments the whole may take. */
function answerOf({ answers, links }: Message, replies: boolean): [answer: string, segments: number] {
  const code = replies ? answers?.code : undefined;
  if (code !== undefined) return [`Reply ${code} to acknowledge, "resolve ${code}" to resolve.`, SEGMENTS];
  if (links.acknowledge !== undefined) return [`Acknowledge: ${links.acknowledge}`, SEGMENTS_WITH_LINK];
  return ['', SEGMENTS];
}

const REPLY_LENGTH = 320;
/** The text of our own answer to a reply. */
export const smsReplyText = (words: readonly string[]): string => shortened(plainText(words.join('\n')), REPLY_LENGTH);
