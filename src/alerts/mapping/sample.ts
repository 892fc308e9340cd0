import { maskText } from '../../kernel/mask';

/** A payload as it is kept for the page of its integration: shortened, and without what looks like a secret. */

const MOST_CHARACTERS = 32 * 1024;
const LONGEST_TEXT = 1_000;
const MOST_ITEMS = 20;
const DEEPEST = 20;
const LEFT_OUT = '…';

/** Names of fields that suggest a secret. */
const SECRET = /passw|secret|token|api_?key|authorization|credential/i;

/**
 * A payload as JSON of at most 32 Ki characters and a bit. Long texts are cut, long lists end early, and what lies beyond the
 * size or 20 levels deep is replaced by `…`.
 */
export function sampleOf(payload: unknown): string {
  let room = MOST_CHARACTERS;

  function shortened(value: unknown, depth: number): unknown {
    if (room <= 0 || depth > DEEPEST) return LEFT_OUT;
    if (typeof value === 'string') {
      const text = maskText(value.slice(0, LONGEST_TEXT)).toWellFormed();
      room -= text.length + 2;
      return value.length > LONGEST_TEXT ? text + LEFT_OUT : text;
    }
    room -= 8;
    if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map((item) => shortened(item, depth + 1));
    return typeof value === 'object' && value !== null ? objectOf(value, depth) : value;
  }

  function objectOf(value: object, depth: number): Record<string, unknown> {
    const kept: [string, unknown][] = [];
    for (const [name, item] of Object.entries(value)) {
      if (room <= 0) break;
      room -= name.length + 4;
      if (name.length > LONGEST_TEXT) continue;
      kept.push([name, SECRET.test(name) ? LEFT_OUT : shortened(item, depth + 1)]);
    }
    return Object.fromEntries(kept);
  }

  return JSON.stringify(shortened(payload, 0)) ?? 'null';
}
