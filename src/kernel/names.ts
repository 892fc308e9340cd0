import confusables from './confusables.json';
import { MODULES, SERVICE_NAMES } from './modules';

/**
 * Names of users and API keys that people confuse. Two names with the same **look** count as one name: `admin`, `Admin`,
 * `adm1n`, `ádmin`, `ad min`, `аdmin` with a Cyrillic а. The table is derived from confusables.txt (UTS #39, Unicode 13;
 * © Unicode, Inc., Unicode License), grouped by what the characters look like, after NFKC and lower case.
 */
const LOOKS = new Map(
  Object.entries(confusables).flatMap(([look, characters]) => [...characters].map((one) => [one, look] as const)),
);

/** Characters without a shape of their own: joiners, directions, variation selectors. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu;
/** Combining diacritics. Vowel signs of Indic scripts and voicing marks of kana make another letter, so they stay. */
const DIACRITICS = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/gu;
/** Spaces, dots, hyphens and other punctuation, and spacing accents. */
const SEPARATORS = /[\p{Z}\p{P}\p{Sk}]/gu;
const ONLY_SEPARATORS = /^[\p{Z}\p{P}\p{Sk}]+$/u;
const LETTER_OF_A_SCRIPT = /^(?!\p{Script=Latin})\p{Lo}$/u;

const compatible = (text: string): string => text.normalize('NFKC');
const withoutMarks = (text: string): string =>
  compatible(text.normalize('NFKD').replace(INVISIBLE, '').replace(DIACRITICS, ''));
const caseFolded = (text: string): string => [...text].map((one) => one.toUpperCase().toLowerCase()).join('');

/** A letter that looks like a dot or an apostrophe stays the letter that it is. */
function shapeOf(character: string): string {
  const look = LOOKS.get(character) ?? character;
  return LETTER_OF_A_SCRIPT.test(character) && ONLY_SEPARATORS.test(look) ? character : look;
}

/**
 * The skeleton of a name, equal for names that people confuse: NFKC, case folded, without diacritics, invisible
 * characters and separators, with one character for all that look like it (0 and o, 1, l and i, 5 and s). Not for display.
 * @example lookOf('ｒооt') === lookOf('root')
 * @example lookOf('Adm1n.') === lookOf('ádmin')
 */
export function lookOf(name: string): string {
  const plain = withoutMarks(caseFolded(compatible(name)));
  const shapes = withoutMarks([...plain].map(shapeOf).join(''))
    .replaceAll('i', 'l')
    .replaceAll('5', 's');
  return shapes.replace(SEPARATORS, '') || shapes;
}

/** Names that Tocsin and its services sign with, and words that timelines use for an actor or a target. */
const RESERVED = new Set(
  [
    ...['system', 'anonymous', 'unknown', 'tocsin', 'room', 'policy', 'fallback', 'on-call', 'heartbeats'],
    ...['somebody', 'someone', 'nobody', 'no one', 'everybody', 'everyone', 'anybody', 'anyone'],
    ...MODULES,
    ...Object.values(SERVICE_NAMES),
  ].map(lookOf),
);
const ENVIRONMENT_KEY = lookOf('environment key');

/** Whether a user or key of this name would be taken for Tocsin itself. */
export function isReserved(name: string): boolean {
  const look = lookOf(name);
  return RESERVED.has(look) || look.startsWith(ENVIRONMENT_KEY);
}
