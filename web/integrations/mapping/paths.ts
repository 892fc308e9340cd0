import type { Mapping } from '../../../src/alerts/contract';

/** From a place in a payload to an expression of JSONata. */

export type Field = keyof Mapping;
/** Expressions by field, as they are typed; an empty text is none. */
export type Draft = Partial<Record<Field, string>>;
/** Names and indexes from the payload to a value in it. */
export type Path = readonly (string | number)[];

/** Words of the language, which must be quoted as names. */
const WORDS = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

const nameOf = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !WORDS.has(name) ? name : `\`${name}\``;

/** The expression of a path, or `null` if a name cannot be written: it holds a backtick. */
export function expressionOf(path: Path, root = '$'): string | null {
  if (path.some((part) => typeof part === 'string' && part.includes('`'))) return null;
  const written = path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? nameOf(part) : `${text}.${nameOf(part)}`,
    root === '$' ? '' : root,
  );
  if (written === '') return root;
  return written.startsWith('[') ? `$${written}` : written;
}

/** How many parts of a path lead to the first item of a list: alerts of one payload. -1 if there is no list. */
const itemAt = (path: Path): number => path.findIndex((part) => typeof part === 'number');

/**
 * The draft after a value was chosen for a field. A value in a list of objects splits the payload at that list; values
 * outside of it are then read from the whole payload.
 */
export function chosen(draft: Draft, field: Field, path: Path, value: unknown): Draft {
  if (field === 'split') return withText(draft, 'split', expressionOf(path));
  const at = itemAt(path);
  const list = at > 0 ? expressionOf(path.slice(0, at)) : null;
  const split = draft.split ?? '';
  // A text or a number of a list is a part of one alert, not an alert.
  const splits = list !== null && path.length > at + 1 && (split === '' || split === list);
  const next = splits && split === '' ? { ...draft, split: list } : draft;
  const text =
    splits || at === 0 ? expressionOf(path.slice(at + 1)) : expressionOf(path, split === '' ? '$' : '$payload');
  if (text === null) return draft;
  return withText(next, field, field === 'labels' ? labelsWith(draft.labels ?? '', path, value, text) : text);
}

const withText = (draft: Draft, field: Field, text: string | null): Draft =>
  text === null ? draft : { ...draft, [field]: text };

/** An object with one more label. A chosen object is the labels itself. */
function labelsWith(before: string, path: Path, value: unknown, text: string): string {
  if (typeof value === 'object' && value !== null) return text;
  const name = JSON.stringify(String(path.findLast((part) => typeof part === 'string') ?? 'value'));
  const inside = /^\s*\{(.*)\}\s*$/s.exec(before)?.[1]?.trim() ?? '';
  return `{ ${inside === '' ? '' : `${inside}, `}${name}: ${text} }`;
}

/** The mapping of a draft, in the order of names; null if it has no expression. */
export function mappingOf(draft: Draft): Mapping | null {
  const entries = Object.entries(draft)
    .filter(([, text]) => text.trim() !== '')
    .sort();
  return entries.length === 0 ? null : (Object.fromEntries(entries) as Mapping);
}
