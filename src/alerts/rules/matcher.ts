import { compilePattern, PatternRefused } from './pattern';

/** A condition on one label or name, in Alertmanager's syntax: `env="prod"`, `service=~"pay.*"`, `!=`, `!~`. */
export interface Matcher {
  name: string;
  operator: Operator;
  value: string;
}

export const OPERATORS = ['=', '!=', '=~', '!~'] as const;
export type Operator = (typeof OPERATORS)[number];

/** A matcher that is ready to compare. A label that an alert does not have counts as an empty text. */
export interface CompiledMatcher {
  name: string;
  /** Values of which one must be equal; null if other values can match as well. For an index. */
  values: readonly string[] | null;
  /** See `Pattern.cost`; 0 for an operator without a pattern. */
  cost: number;
  test(value: string): boolean;
}

/** A text that is not a list of matchers, with the reason. */
export class MatcherRefused extends Error {
  override readonly name = 'MatcherRefused';
}

export const LONGEST_NAME = 128;
export const LONGEST_VALUE = 1_024;

/**
 * Reads a list of matchers, with or without braces, as in `{env="prod", service=~"pay.*"}`. Names and values may be
 * quoted; a name in quotes can hold any character.
 * @throws MatcherRefused
 */
export function parseMatchers(text: string): Matcher[] {
  const reader = readerOf(text);
  const braced = reader.take('{');
  const found: Matcher[] = [];
  while (!reader.atEnd() && !(braced && reader.sees('}'))) {
    found.push(readMatcher(reader));
    if (!reader.take(',')) break;
  }
  if (braced && !reader.take('}')) throw new MatcherRefused("A list that begins with '{' must end with '}'");
  if (!reader.atEnd()) throw new MatcherRefused(`Unexpected '${reader.rest().slice(0, 20)}'`);
  return found;
}

function readMatcher(reader: Reader): Matcher {
  const name = reader.text(/[^\s{}!=~,"'`\\]/);
  const operator = OPERATORS.findLast((sign) => reader.take(sign));
  if (name === '' || operator === undefined) {
    throw new MatcherRefused('A matcher has the form name="value", with one of = != =~ !~');
  }
  const value = reader.text(/[^{},"`\\]/);
  if (name.length > LONGEST_NAME) throw new MatcherRefused(`A name has at most ${LONGEST_NAME} characters`);
  if (value.length > LONGEST_VALUE) throw new MatcherRefused(`A value has at most ${LONGEST_VALUE} characters`);
  return { name, operator, value };
}

interface Reader {
  atEnd(): boolean;
  rest(): string;
  sees(sign: string): boolean;
  /** Skips a sign, if it is next. */
  take(sign: string): boolean;
  /** A quoted text, or the next characters of a kind. */
  text(unquoted: RegExp): string;
}

/** Reads a text from left to right; blanks before a part do not count. */
function readerOf(text: string): Reader {
  let at = 0;
  const skip = (): void => {
    while (/\s/.test(text[at] ?? '')) at++;
  };
  const sees = (sign: string): boolean => {
    skip();
    return text.startsWith(sign, at);
  };
  return {
    sees,
    atEnd() {
      skip();
      return at >= text.length;
    },
    rest: () => text.slice(at),
    take(sign) {
      const seen = sees(sign);
      if (seen) at += sign.length;
      return seen;
    },
    text(unquoted) {
      if (!sees('"')) {
        const from = at;
        while (at < text.length && unquoted.test(text[at] as string)) at++;
        return text.slice(from, at).trimEnd();
      }
      const { value, end } = readQuoted(text, at + 1);
      at = end;
      return value;
    },
  };
}

/** An unknown escape stays as it is, so that patterns such as `"\d+"` need no second backslash. */
function readQuoted(text: string, from: number): { value: string; end: number } {
  let value = '';
  for (let at = from; at < text.length; at++) {
    const sign = text[at] as string;
    if (sign === '"') return { value, end: at + 1 };
    if (sign !== '\\') {
      value += sign;
      continue;
    }
    const next = text[++at] ?? '';
    value += next === 'n' ? '\n' : next === '"' || next === '\\' ? next : `\\${next}`;
  }
  throw new MatcherRefused('A quotation mark is missing');
}

const PLAIN_NAME = /^[A-Za-z_:][A-Za-z0-9_:]*$/;

/** The matcher as text, which `parseMatchers` reads as the same matcher. */
export const matcherText = ({ name, operator, value }: Matcher): string =>
  `${PLAIN_NAME.test(name) ? name : quoted(name)}${operator}${quoted(value)}`;

/** Control characters, which JSON escapes in its own way. */
const CONTROL = /\p{Cc}/u;

/** JSON has the same escapes for all other texts, and writes them five times as fast. */
const quoted = (text: string): string =>
  CONTROL.test(text) || !text.isWellFormed()
    ? `"${text.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`))}"`
    : JSON.stringify(text);

/** @throws MatcherRefused for a pattern that the linear engine does not take */
export function compileMatcher({ name, operator, value }: Matcher): CompiledMatcher {
  if (operator === '=') return { name, values: [value], cost: 0, test: (given) => given === value };
  if (operator === '!=') return { name, values: null, cost: 0, test: (given) => given !== value };
  const { words, cost, test } = patternOf(value);
  // A direct comparison is faster than the look-up.
  const remembered = cost === 0 ? test : remember(test);
  if (operator === '=~') return { name, values: words, cost, test: remembered };
  return { name, values: null, cost, test: (given) => !remembered(given) };
}

function patternOf(value: string) {
  try {
    return compilePattern(value);
  } catch (error) {
    if (error instanceof PatternRefused) throw new MatcherRefused(error.message);
    throw error;
  }
}

const REMEMBERED = 200;
const LONGEST_REMEMBERED = 200;
/** Long values rarely repeat. These are of the reports that are being decided about; see `matchAhead`. */
const LONG_REMEMBERED = 4;

/** Keeps the results for the latest values: labels repeat, and a look-up is much faster than the linear engine. */
function remember(test: (value: string) => boolean): (value: string) => boolean {
  const [short, long] = [new Map<string, boolean>(), new Map<string, boolean>()];
  return (value) => {
    const isLong = value.length > LONGEST_REMEMBERED;
    const known = isLong ? long : short;
    const before = known.get(value);
    if (before !== undefined) return before;
    const result = test(value);
    if (known.size >= (isLong ? LONG_REMEMBERED : REMEMBERED)) known.clear();
    known.set(value, result);
    return result;
  };
}

/** Whether matchers accept an alert on which nothing is set; such a list would match every alert. */
export const matchesEverything = (matchers: readonly CompiledMatcher[]): boolean =>
  matchers.every(({ test }) => test(''));
