import { setFlagsFromString } from 'node:v8';
import { costOf } from './patternCost';

/**
 * Regular expressions of matchers: RE2's syntax, anchored at both ends, without back-references and look-around. V8's
 * linear engine runs them (flag `l`), so that no pattern can run away. Patterns of plain words are compared directly.
 */

/** A pattern that is refused, with the reason for the person who wrote it. */
export class PatternRefused extends Error {
  override readonly name = 'PatternRefused';
}

/** What a compiled pattern accepts. */
export interface Pattern {
  test(value: string): boolean;
  /** All values that it accepts, if it is a list of words as in `a|b`; otherwise null. */
  words: readonly string[] | null;
  /** What a match costs at most, in parts of a pattern; 0 if it is compared directly. */
  cost: number;
}

export const LONGEST_PATTERN = 500;

/** A variable, because the language does not know the flag. */
const LINEAR = 'l';
let enabled = false;

/** The engine can be enabled at any time, so the product needs no option of Node at its start. */
function enableLinearEngine(): void {
  if (!enabled) setFlagsFromString('--enable-experimental-regexp-engine');
  enabled = true;
}

/**
 * Compiles a pattern.
 * @throws PatternRefused
 */
export function compilePattern(text: string): Pattern {
  if (text.length > LONGEST_PATTERN) throw new PatternRefused(`A pattern has at most ${LONGEST_PATTERN} characters`);
  const { flags, source } = inlineFlags(text);
  const translated = translate(source);
  const words = flags === '' ? wordsOf(source) : null;
  if (words !== null) return { words, cost: 0, test: inWords(words) };
  requireSyntax(translated);
  const direct = shortcut(flags === '' ? source : null);
  if (direct !== null) return { words: null, cost: 0, test: direct };
  const cost = boundedCost(translated);
  const engine = linear(flags.includes('i') ? lowerCase(translated) : translated, flags.includes('s'));
  const test = flags.includes('i')
    ? (value: string) => engine.test(value.toLowerCase())
    : (value: string) => engine.test(value);
  return { words: null, cost, test };
}

/**
 * Most parts of the patterns of one list of matchers. With more of them, a match of a value of 2,000 characters takes
 * longer than 50 ms.
 */
export const MOST_PARTS = 128;
/** A pattern without `*` and `+` stops after its own length, so its parts cost less. */
const BOUNDED_SHARE = 0.25;

function boundedCost(source: string): number {
  const { parts, unbounded } = costOf(source);
  const cost = Math.ceil(unbounded ? parts : parts * BOUNDED_SHARE);
  if (cost <= MOST_PARTS) return cost;
  throw new PatternRefused(`The pattern has ${parts} parts after repetition, which takes too long to match`);
}

/** Flags at the beginning, as in `(?i)`; RE2 knows more places, which are refused as invalid syntax. */
function inlineFlags(text: string): { flags: string; source: string } {
  const [all = '', flags = ''] = /^\(\?([is]{1,2})\)/.exec(text) ?? [];
  return { flags, source: text.slice(all.length) };
}

/** Escapes that mean something else in RE2, or nothing there. */
const FOREIGN = /[pPukcxCQEAz0-9]/;
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/;

/** Writes RE2's syntax as that of JavaScript. @throws PatternRefused for an escape without a counterpart */
function translate(source: string): string {
  let out = '';
  let inClass = false;
  for (let i = 0; i < source.length; i++) {
    const sign = source[i] as string;
    if (sign === '\\') {
      out += escapeOf(source[++i], inClass);
      continue;
    }
    if (sign === '[') inClass = true;
    else if (sign === ']') inClass = false;
    out += sign;
  }
  return out.replace(/\(\?P?<[A-Za-z_]\w*>/g, '(');
}

function escapeOf(sign: string | undefined, inClass: boolean): string {
  if (sign === undefined) throw new PatternRefused('A pattern must not end with a backslash');
  if (FOREIGN.test(sign)) throw new PatternRefused(`The escape \\${sign} is not supported`);
  if (/\w/.test(sign) || SYNTAX.test(sign) || (sign === '-' && inClass)) return `\\${sign}`;
  return sign;
}

/** With the flag `u` JavaScript refuses what it otherwise reads in its own way, such as `[[:alpha:]]`. */
function requireSyntax(source: string): void {
  try {
    new RegExp(source, 'u');
  } catch (error) {
    throw new PatternRefused(reasonOf(error));
  }
}

function linear(source: string, dotAll: boolean): RegExp {
  enableLinearEngine();
  try {
    return new RegExp(`^(?:${source})$`, dotAll ? `${LINEAR}s` : LINEAR);
  } catch (error) {
    throw new PatternRefused(reasonOf(error));
  }
}

/** The words of V8 without the expression itself, which the reader has before them. */
const reasonOf = (error: unknown): string => {
  const text = String((error as Error).message)
    .split(': ')
    .at(-1) as string;
  if (/linear time/i.test(text)) return 'The pattern cannot be matched in linear time';
  return `The pattern is invalid: ${text}`;
};

/** The linear engine knows no flag `i`, so pattern and value are lower-cased. Escapes keep their case. */
function lowerCase(source: string): string {
  if (/\\x/.test(source)) throw new PatternRefused('The escape \\x is not supported with (?i)');
  return source.replace(/\\.|[^\\]+/gs, (part) => (part.startsWith('\\') ? part : part.toLowerCase()));
}

const MOST_WORDS = 100;

/** The words of a pattern like `a|b\.c`; null if it holds anything else. */
function wordsOf(source: string): string[] | null {
  const words: string[] = [];
  let word = '';
  for (let i = 0; i < source.length; i++) {
    const sign = source[i] as string;
    if (sign === '|') {
      words.push(word);
      word = '';
    } else if (sign === '\\' && /\W/.test(source[i + 1] ?? 'w')) word += source[++i];
    else if (SYNTAX.test(sign) && sign !== '/') return null;
    else word += sign;
  }
  return words.length >= MOST_WORDS ? null : [...words, word];
}

function inWords(words: readonly string[]): (value: string) => boolean {
  const known = new Set(words);
  return (value) => known.has(value);
}

/** `.` matches no end of a line. */
const LINE_END = /[\n\r\u2028\u2029]/;
const ANY = '.*';

/** A direct comparison for `word.*`, `.*word` and `.*word.*`; null for every other pattern. */
function shortcut(source: string | null): ((value: string) => boolean) | null {
  if (source === null) return null;
  const open = source.startsWith(ANY);
  const rest = open ? source.slice(ANY.length) : source;
  const closed = rest.endsWith(ANY) && !rest.endsWith(`\\${ANY}`);
  const words = wordsOf(closed ? rest.slice(0, -ANY.length) : rest);
  if (words === null || words.length > 1 || (!open && !closed)) return null;
  const [word = ''] = words;
  const found = open && closed ? includes(word) : open ? endsWith(word) : startsWith(word);
  // The word itself can hold an end of a line; the rest must not.
  return LINE_END.test(word) ? null : (value) => found(value) && !LINE_END.test(value);
}

const includes = (word: string) => (value: string) => value.includes(word);
const startsWith = (word: string) => (value: string) => value.startsWith(word);
const endsWith = (word: string) => (value: string) => value.endsWith(word);
