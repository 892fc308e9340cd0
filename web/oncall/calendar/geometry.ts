import type { Span } from './days';

/** Converts instants to positions. A position along the time is a share of the whole; text sizes are in pixels. */

/** The width of a letter in the widest system font, in pixels. */
const LETTER_PX = 6.8;
const LABEL_PADDING_PX = 9;
const SHORT_LABEL_PX = 20;
const SHORT_LABEL_LETTERS = 2;

/** 0 to 1; less or more for an instant outside the view. */
export const shareOf = (view: Span, instant: number): number => (instant - view.from) / (view.to - view.from);
export const instantAt = (view: Span, share: number): number => view.from + share * (view.to - view.from);

export const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

/** The visible part of a span, or null. */
export function clipped<T extends Span>(view: Span, span: T): T | null {
  const from = Math.max(view.from, span.from);
  const to = Math.min(view.to, span.to);
  return from < to ? { ...span, from, to } : null;
}

/**
 * The longest form of a name that fits: the name, its first word, two letters, or nothing. The title holds the full
 * name.
 */
export function labelFor(name: string, widthPx: number): string {
  const [first = name] = name.split(' ');
  const fits = (text: string): boolean => widthPx >= [...text].length * LETTER_PX + LABEL_PADDING_PX;
  if (fits(name)) return name;
  if (fits(first) && !first.endsWith(',')) return first;
  return widthPx >= SHORT_LABEL_PX ? [...name].slice(0, SHORT_LABEL_LETTERS).join('') : '';
}

export type Packed<T> = T & { row: number };

/** Puts each span into the first row in which it overlaps no other span. */
export function packed<T extends Span>(spans: readonly T[]): { spans: Packed<T>[]; rows: number } {
  const ends: number[] = [];
  const inOrder = spans
    .map((span, order) => ({ span, order }))
    .sort((a, b) => a.span.from - b.span.from || a.order - b.order);
  const placed = inOrder.map(({ span }) => {
    const free = ends.findIndex((end) => end <= span.from);
    const row = free === -1 ? ends.length : free;
    ends[row] = span.to;
    return { ...span, row };
  });
  return { spans: placed, rows: Math.max(1, ends.length) };
}

/** Joins adjacent spans that are equal, so that the end of a day does not split a shift. */
export function joined<T extends Span>(spans: readonly T[], same: (a: T, b: T) => boolean): T[] {
  const all: T[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const before = all.findIndex((each) => each.to === span.from && same(each, span));
    if (before === -1) all.push(span);
    else all[before] = { ...(all[before] as T), to: span.to };
  }
  return all;
}
