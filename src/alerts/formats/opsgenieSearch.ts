import type { RecordColumn, RecordFilter, RecordSearch } from '../domain/vendorRecords';
import { refuseField } from './opsgenieAnswers';
import { priorityOf } from './opsgenieFields';
import { parseInstant, textOf } from './read';

/** Opsgenie's search: conditions such as `status: open AND priority: P1`, all of which must hold, and free words. */

const LONGEST_QUERY = 1_000;
const MOST_CONDITIONS = 20;
const TOKEN = /([A-Za-z][\w.]*)\s*(<=|>=|[:=<>])\s*("[^"]*"|'[^']*'|[^\s()]+)|"[^"]*"|[^\s]+/g;

type Op = '=' | '<' | '>' | '<=' | '>=';

/** The columns of fields that are compared as they are. */
const NUMBERS: Record<string, RecordColumn> = { count: 'count', tinyid: 'number' };
const INSTANTS: Record<string, RecordColumn> = {
  createdat: 'created_at',
  updatedat: 'changed_at',
  lastoccurredat: 'last_seen_at',
};
const TEXTS = ['entity', 'source', 'owner', 'user'];
const NAMES =
  'status, alias, message, priority, tag, acknowledged, entity, source, owner, user, tinyId, count, createdAt, updatedAt, lastOccurredAt, details.<key>, responders';

/** @throws Problem `invalid` that names `query`, for a query with an unknown field, OR, NOT or brackets */
export function filtersOf(query: unknown): RecordFilter[] {
  const text = textOf(query);
  if (text === undefined) return [];
  if (text.length > LONGEST_QUERY) return refuseField('query', `Must be at most ${LONGEST_QUERY} characters`);
  const filters = [...text.matchAll(TOKEN)].flatMap(([token, field, sign, value]): RecordFilter[] => {
    if (field === undefined) return wordFilter(token);
    return [filterOf(field, sign === ':' ? '=' : (sign as Op), unquoted(value as string))];
  });
  return filters.length <= MOST_CONDITIONS
    ? filters
    : refuseField('query', `Must have at most ${MOST_CONDITIONS} conditions`);
}

const unquoted = (text: string): string =>
  text
    .replace(/^(["'])(.*)\1$/s, '$2')
    .replaceAll('\0', '')
    .toWellFormed();

function wordFilter(token: string): RecordFilter[] {
  if (/^and$/i.test(token)) return [];
  if (/^(or|not)$/i.test(token) || /[()]/.test(token))
    return refuseField('query', 'OR, NOT and brackets are not supported');
  return [{ column: 'message', op: 'contains', value: unquoted(token) }];
}

function filterOf(name: string, op: Op, value: string): RecordFilter {
  const field = name.toLowerCase();
  const number = NUMBERS[field];
  if (number !== undefined) {
    return /^\d{1,9}$/.test(value)
      ? { column: number, op, value: Number(value) }
      : refuseField('query', `${name} must be a number`);
  }
  const instant = INSTANTS[field];
  if (instant !== undefined) return { column: instant, op, value: instantOf(name, value) };
  if (op !== '=') return refuseField('query', `${name} cannot be compared by ${op}`);
  return equalFilter(name, value);
}

function equalFilter(name: string, value: string): RecordFilter {
  const field = name.toLowerCase();
  if (field === 'status') {
    if (!/^(open|closed)$/i.test(value)) return refuseField('query', 'status must be open or closed');
    return { column: 'status', op: '=', value: value.toLowerCase() === 'open' ? 'firing' : 'resolved' };
  }
  if (field === 'message') return { column: 'message', op: 'contains', value: value.replaceAll('*', '') };
  if (field === 'alias') {
    return value.includes('*')
      ? { column: 'key', op: 'contains', value: value.replaceAll('*', '') }
      : { column: 'key', op: '=', value };
  }
  if (field === 'priority') {
    return { field: 'priority', value: priorityOf(value) ?? refuseField('query', 'priority must be P1 to P5') };
  }
  if (field === 'acknowledged') return { field: 'acknowledged', value: value.toLowerCase() === 'true' };
  if (field === 'tag' || field === 'tags') return { field: 'tags', value: [value] };
  if (field === 'responders' || field === 'teams') return { field: 'responders', value: [{ name: value }] };
  if (field.startsWith('details.')) return { field: 'details', value: { [name.slice('details.'.length)]: value } };
  if (TEXTS.includes(field)) return { field, value };
  return refuseField('query', `${name} is not supported; use ${NAMES}`);
}

/** Milliseconds since 1970, or RFC 3339. */
function instantOf(name: string, value: string): Date {
  if (/^\d{9,15}$/.test(value)) return new Date(Number(value));
  return parseInstant(value) ?? refuseField('query', `${name} must be milliseconds or an instant`);
}

const SORTED: Record<string, RecordColumn> = {
  ...{ createdat: 'created_at', updatedat: 'changed_at', lastoccurredat: 'last_seen_at', tinyid: 'number' },
  ...{ alias: 'key', message: 'message', status: 'status', count: 'count', priority: 'severity' },
};

/** The search of a list: query, sort, order, offset and limit (20 by default, at most 100). */
export function searchOf(query: Readonly<Record<string, unknown>>): RecordSearch {
  return {
    filters: filtersOf(query['query']),
    sort: SORTED[textOf(query['sort'])?.toLowerCase() ?? ''] ?? 'created_at',
    order: textOf(query['order'])?.toLowerCase() === 'asc' ? 'asc' : 'desc',
    limit: numberIn(query, 'limit', { least: 1, most: 100, fallback: 20 }),
    offset: numberIn(query, 'offset', { least: 0, most: 20_000, fallback: 0 }),
  };
}

/** A whole number of a query. A larger one is cut. @throws Problem `invalid` that names the field */
export function numberIn(
  query: Readonly<Record<string, unknown>>,
  name: string,
  { least, most, fallback }: { least: number; most: number; fallback: number },
): number {
  const text = textOf(query[name]);
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least ? Math.min(value, most) : refuseField(name, `Must be a whole number from ${least}`);
}
