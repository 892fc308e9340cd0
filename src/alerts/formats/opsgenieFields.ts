import type { Severity } from '../../kernel/ports/values';
import { refuseField } from './opsgenieAnswers';
import { clip, firstText, isRecord, textOf } from './read';
import { severityOf } from './severity';

/** The fields of an Opsgenie alert, within the vendor's limits. Long texts are cut and never refused. */

export type Priority = 'P1' | 'P2' | 'P3' | 'P4' | 'P5';
const PRIORITIES: readonly string[] = ['P1', 'P2', 'P3', 'P4', 'P5'];

export interface Responder {
  type: string;
  id?: string;
  name?: string;
  username?: string;
}

/** The record of an Opsgenie alert, beside the alert itself. Instants are RFC 3339. */
export interface Fields {
  priority: Priority;
  description: string;
  source: string;
  entity: string;
  user: string;
  tags: readonly string[];
  actions: readonly string[];
  details: Readonly<Record<string, string>>;
  responders: readonly Responder[];
  owner: string;
  acknowledged: boolean;
  acknowledgedBy: string | null;
  snoozedUntil: string | null;
  closedBy: string | null;
}

/** Fields of an alert that no request has described. */
export const NO_FIELDS: Fields = {
  ...{ priority: 'P3', description: '', source: '', entity: '', user: '', owner: '' },
  ...{ tags: [], actions: [], details: {}, responders: [] },
  ...{ acknowledged: false, acknowledgedBy: null, snoozedUntil: null, closedBy: null },
};

/** Stored fields with defaults for those that are missing. */
export const fieldsOf = (stored: Readonly<Record<string, unknown>>): Fields => ({ ...NO_FIELDS, ...stored }) as Fields;

export const ALIAS_LENGTH = 512;
export const NOTE_LENGTH = 25_000;
const DESCRIPTION_LENGTH = 15_000;
const DETAILS_LENGTH = 8_000;
const DETAIL_KEY_LENGTH = 128;
const SHORT = 512;
const NAME = 100;

const clipped = (value: unknown, max: number): string => clip(textOf(value) ?? '', max);

/** The body as an object; an absent one is empty. @throws Problem `invalid` for any other value */
export function objectOf(body: unknown): Record<string, unknown> {
  if (body === undefined || body === null) return {};
  return isRecord(body) ? body : refuseField('', 'The body must be a JSON object');
}

const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

/** At most 20 tags of 50 characters, each once. A text with commas is a list. */
export function tagsOf(value: unknown): string[] {
  const texts = listOf(value).flatMap((item) => (typeof item === 'string' ? item.split(',') : [item]));
  return distinct(texts.map((item) => clipped(item, 50)));
}

const distinct = (texts: readonly string[], most = 20): string[] =>
  [...new Set(texts.filter((text) => text !== ''))].slice(0, most);

/** At most 10 actions of 50 characters. */
export const actionsOf = (value: unknown): string[] =>
  distinct(
    listOf(value).map((item) => clipped(item, 50)),
    10,
  );

/** Details as texts, 8,000 characters in all. Values of other types are written as JSON. */
export function detailsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  let room = DETAILS_LENGTH;
  const kept: [string, string][] = [];
  for (const [name, item] of Object.entries(value)) {
    const key = clip(name, DETAIL_KEY_LENGTH);
    if (key === '' || key === '__proto__' || item === null || item === undefined) continue;
    const text = clip(typeof item === 'string' ? item : JSON.stringify(item), Math.max(0, room - key.length));
    room -= key.length + text.length;
    if (room <= 0) break;
    kept.push([key, text]);
  }
  return Object.fromEntries(kept);
}

/** At most 50 responders; one without a type is a team, as Grafana sends it. */
export function respondersOf(value: unknown): Responder[] {
  return listOf(value)
    .flatMap((item): Responder[] => {
      const given = isRecord(item) ? item : { name: item };
      const names = (['id', 'name', 'username'] as const).flatMap((name) => {
        const text = clipped(given[name], SHORT);
        return text === '' ? [] : [[name, text] as const];
      });
      if (names.length === 0) return [];
      const fallback = given['username'] === undefined ? 'team' : 'user';
      return [{ type: clipped(given['type'], 20) || fallback, ...Object.fromEntries(names) }];
    })
    .slice(0, 50);
}

/** The name of a person, team or escalation that a request names by `username`, `name` or `id`. */
export function nameIn(value: unknown): string | undefined {
  if (!isRecord(value)) return textOf(value);
  return textOf(value['username']) ?? textOf(value['name']) ?? textOf(value['id']);
}

/** P1 to P5 in any case; undefined for anything else. */
export function priorityOf(value: unknown): Priority | undefined {
  const text = textOf(value)?.toUpperCase();
  return PRIORITIES.includes(text ?? '') ? (text as Priority) : undefined;
}

const PRIORITY_OF: Record<Severity, Priority> = { critical: 'P1', high: 'P2', medium: 'P3', low: 'P5' };

/** The priority, else the severity in the details, as Alertmanager sends it without a priority; else P3. */
export function urgencyOf(body: Record<string, unknown>): {
  priority: Priority;
  severity: Severity;
  severity_note?: string;
  /** The word of the request; absent if it has none. */
  word?: string;
} {
  const priority = priorityOf(body['priority']);
  if (priority !== undefined) return { priority, severity: severityOf(priority).severity, word: priority };
  const given =
    textOf(body['priority']) ?? (isRecord(body['details']) ? textOf(body['details']['severity']) : undefined);
  if (given === undefined) return { priority: 'P3', severity: 'medium' };
  const read = severityOf(given);
  return { priority: PRIORITY_OF[read.severity], ...read, word: given };
}

/** The key of a condition: the alias, cut as the vendor cuts it. @throws Problem `invalid` for an object or a list */
export function aliasOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return refuseField('alias', 'Must be a text');
  const alias = clip(text, ALIAS_LENGTH);
  return alias.trim() === '' ? undefined : alias;
}

/** The fields that a create request describes. */
export const describedFields = (body: Record<string, unknown>) => ({
  priority: urgencyOf(body).priority,
  description: descriptionOf(body['description']),
  source: clipped(body['source'], SHORT),
  entity: clipped(body['entity'], SHORT),
  user: clipped(body['user'], NAME),
  tags: tagsOf(body['tags']),
  actions: actionsOf(body['actions']),
  details: detailsOf(body['details']),
  responders: respondersOf([...listOf(body['responders']), ...listOf(body['teams'])]),
});

export const descriptionOf = (value: unknown): string => clip(firstText(value) ?? '', DESCRIPTION_LENGTH);

/** The author of a request: its user, else its source, else the integration. */
export const authorOf = (body: Record<string, unknown>, integration: string): string =>
  clipped(body['user'], NAME) || clipped(body['source'], NAME) || integration;

/** The note of a request; undefined if it has none. */
export const noteOf = (body: Record<string, unknown>): string | undefined => {
  const note = firstText(body['note']);
  return note === undefined ? undefined : clip(note, NOTE_LENGTH);
};
