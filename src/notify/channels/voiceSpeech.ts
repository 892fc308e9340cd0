/** Text as a voice can speak it. */

/** Characters of a message that a call speaks: about half a minute. */
export const SPOKEN_TEXT = 400;

const SPOKEN: [pattern: RegExp, spoken: string][] = [
  [/\bhttps?:\/\/\S+/gi, ' a link '],
  [/\s*[\r\n\u2028\u2029]+\s*/g, '. '],
  [/&/g, ' and '],
  [/(\d)\s*%/g, '$1 percent'],
  [/<=/g, ' at most '],
  [/>=/g, ' at least '],
  [/</g, ' less than '],
  [/>/g, ' more than '],
  [/[[\](){}|*_~^`"#\\]+/g, ' '],
  [/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f|\u20e3/gu, ' '],
  [/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]/gu, ' '],
  [/\s+/g, ' '],
  [/ ([.,:;!?])/g, '$1'],
  [/([.:;!?])(?:[.:;]\s?)+/g, '$1 '],
];
/** The text without links, mark-up and pictures, in at most `length` characters, cut after a whole word. */
export function spokenText(text: string, length = SPOKEN_TEXT): string {
  const words = SPOKEN.reduce((result, [pattern, by]) => result.replace(pattern, by), text.toWellFormed()).trim();
  const points = [...words];
  if (points.length <= length) return words;
  const cut = points.slice(0, length).join('');
  const end = cut.lastIndexOf(' ');
  return end > length / 2 ? cut.slice(0, end) : cut;
}

/** A verification code is spoken one digit at a time. */
export const spokenCode = (text: string): string =>
  text.replace(/\d{4,8}/g, (code) => `${[...code].join(', ')},`).replace(/,(?=[.,])/g, '');
