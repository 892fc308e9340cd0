/**
 * Upper bound of what a match costs, counted before a pattern is used. The linear engine follows at most one thread for each
 * part of a pattern, and for each character of the value. A part is a character, a class or a dot; repetitions count as
 * often as they repeat.
 */
export interface PatternCost {
  parts: number;
  /** Whether it can match values of any length. */
  unbounded: boolean;
}

/** Counts the parts of a pattern whose syntax is valid. Stops counting at a million. */
export function costOf(source: string): PatternCost {
  const state = { at: 0, unbounded: false };
  const parts = countSequence(source, state);
  return { parts: Math.min(parts, 1_000_000), unbounded: state.unbounded };
}

interface State {
  at: number;
  unbounded: boolean;
}

/** Counts up to the end of a group, or of the pattern. */
function countSequence(source: string, state: State): number {
  let parts = 0;
  while (state.at < source.length) {
    const sign = source[state.at++];
    if (sign === ')') break;
    if (sign === '|' || sign === '^' || sign === '$') continue;
    parts += countItem(source, state, sign) * repeats(source, state);
  }
  return parts;
}

function countItem(source: string, state: State, sign: string | undefined): number {
  if (sign === '(') {
    if (source.startsWith('?:', state.at)) state.at += 2;
    return Math.max(1, countSequence(source, state));
  }
  if (sign === '[') state.at = endOfClass(source, state.at);
  else if (sign === '\\') state.at++;
  return 1;
}

function endOfClass(source: string, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
  return at + 1;
}

const QUANTIFIER = /(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y;

/** How often the quantifier after an item repeats it; 1 without one. */
function repeats(source: string, state: State): number {
  QUANTIFIER.lastIndex = state.at;
  const found = QUANTIFIER.exec(source);
  if (found === null) return 1;
  state.at = QUANTIFIER.lastIndex;
  const [text, least, range, most] = found;
  if (text.startsWith('?')) return 1;
  if (least === undefined || (range !== undefined && most === '')) {
    state.unbounded = true;
    return Number(least ?? 0) + 1;
  }
  return Math.max(1, Number(most ?? least));
}
