/**
 * Marks in a line of a note: code, bold, italic, links to http(s) and bare addresses. The text is read once from left
 * to right. The end of a mark is searched at most once for each place, so the time grows linearly with the length.
 */
export type Mark =
  | { kind: 'text' | 'code' | 'strong' | 'em'; text: string }
  | { kind: 'link'; text: string; href: string };

/** A line with more marks than this shows the rest unchanged. */
const MOST_MARKS = 2_000;
const SCHEME = /https?:\/\//y;
const BARE = /https?:\/\/[^\s<>)"'`]+/y;
const TARGET = /https?:\/\/[^\s)]+(?=\))/y;

/** A mark, and the index after it. */
type Found = { mark: Mark; end: number } | null;

export function marksOf(text: string): Mark[] {
  const next = nextOf(text);
  const target = targetOf(text);
  const marks: Mark[] = [];
  let plain = 0;
  for (let at = 0; at < text.length && marks.length < MOST_MARKS; ) {
    const found = markAt(text, at, next, target);
    if (found === null) {
      at += 1;
      continue;
    }
    if (at > plain) marks.push({ kind: 'text', text: text.slice(plain, at) });
    marks.push(found.mark);
    at = found.end;
    plain = at;
  }
  if (plain < text.length) marks.push({ kind: 'text', text: text.slice(plain) });
  return marks;
}

type Next = (character: string, from: number) => number;

function markAt(text: string, at: number, next: Next, target: Target): Found {
  const character = text[at];
  const doubled = text[at + 1] === character;
  if (character === '`') return between(text, at, next, '`', 'code');
  if (character === '*') return doubled ? between(text, at, next, '**', 'strong') : italicAt(text, at, next);
  if (character === '_') return doubled ? between(text, at, next, '__', 'strong') : null;
  if (character === '[') return linkAt(text, at, next, target);
  return character === 'h' ? addressAt(text, at) : null;
}

/** The text between two marks, if it does not contain the character of the mark. */
function between(text: string, at: number, next: Next, mark: string, kind: 'code' | 'strong' | 'em'): Found {
  const from = at + mark.length;
  const to = next(mark[0] as string, from);
  if (to <= from || !text.startsWith(mark, to)) return null;
  return { mark: { kind, text: text.slice(from, to) }, end: to + mark.length };
}

const italicAt = (text: string, at: number, next: Next): Found =>
  /\s/.test(text[at + 1] ?? ' ') ? null : between(text, at, next, '*', 'em');

function linkAt(text: string, at: number, next: Next, target: Target): Found {
  const close = next(']', at + 1);
  const href = close > at + 1 ? target(close) : null;
  if (href === null) return null;
  return { mark: { kind: 'link', text: text.slice(at + 1, close), href }, end: close + href.length + 3 };
}

function addressAt(text: string, at: number): Found {
  if (matchAt(SCHEME, text, at) === null) return null;
  const href = matchAt(BARE, text, at);
  return href === null ? null : { mark: { kind: 'link', text: href, href }, end: at + href.length };
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** The next index of a character, -1 if there is none. Callers search from left to right. */
function nextOf(text: string): Next {
  const known = new Map<string, number>();
  return (character, from) => {
    const last = known.get(character) ?? -2;
    if (last === -1 || last >= from) return last;
    const place = text.indexOf(character, from);
    known.set(character, place);
    return place;
  };
}

type Target = (close: number) => string | null;

/** The address in parentheses after a `]`; searched once for all `[` that it can close. */
function targetOf(text: string): Target {
  let known = { close: -1, href: null as string | null };
  return (close) => {
    if (known.close !== close) {
      known = { close, href: text[close + 1] === '(' ? matchAt(TARGET, text, close + 2) : null };
    }
    return known.href;
  };
}
