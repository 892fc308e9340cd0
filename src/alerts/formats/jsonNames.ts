import { isRecord } from './read';

/** Names of fields by which tools send the same thing, for payloads without a mapping. */

type Fields = Record<string, unknown>;

/** In order of preference, in lower case and without separators. */
export const NAMES = {
  message: ['message', 'title', 'summary', 'subject', 'alertname', 'text', 'msg', 'name', 'reason', 'description'],
  service: ['service', 'servicename', 'app', 'application', 'component', 'project', 'system', 'resource'],
  /** Used if the service is missing. */
  host: ['host', 'hostname', 'server', 'device', 'instance', 'monitor', 'monitorname', 'source'],
  severity: ['severity', 'priority', 'level', 'urgency', 'criticality'],
  status: ['status', 'state', 'eventaction', 'action', 'alertstatus', 'alertstate'],
  key: [
    ...['dedupkey', 'deduplicationkey', 'key', 'alias', 'fingerprint', 'alertid', 'incidentid', 'incidentkey'],
    ...['checkid', 'monitorid', 'ruleid'],
  ],
  description: ['description', 'details', 'detail', 'body', 'content', 'output'],
  timestamp: ['timestamp', 'startsat', 'startedat', 'occurredat', 'createdat', 'time', 'date'],
} as const satisfies Record<string, readonly string[]>;

/** Objects whose fields are read as if they were those of the payload. */
const WRAPPERS = ['alert', 'event', 'incident', 'data', 'payload', 'labels', 'tags'];
/** Lists of alerts. */
const LISTS = ['alerts', 'events', 'incidents', 'problems'];

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The fields of an item by their plain names: its own first, then those of the objects in it. */
export function fieldsIn(item: Fields): Map<string, unknown> {
  const wrapped = Object.entries(item).filter(([name, value]) => WRAPPERS.includes(plain(name)) && isRecord(value));
  const found = new Map<string, unknown>();
  for (const fields of [item, ...wrapped.map(([, value]) => value as Fields)]) {
    for (const [name, value] of Object.entries(fields)) if (!found.has(plain(name))) found.set(plain(name), value);
  }
  return found;
}

/** The alerts of a payload: the items of a list, those of a list with a usual name, else the payload itself. */
export function itemsIn(body: unknown): unknown[] {
  if (Array.isArray(body)) return body;
  if (!isRecord(body)) return [body];
  const list = Object.entries(body).find(([name, value]) => LISTS.includes(plain(name)) && isListOfObjects(value));
  if (list === undefined) return [body];
  const around = Object.fromEntries(
    Object.entries(body).filter(([, value]) => value === null || typeof value !== 'object'),
  );
  return (list[1] as Fields[]).map((item) => ({ ...around, ...item }));
}

const isListOfObjects = (value: unknown): boolean => Array.isArray(value) && value.every(isRecord);

/** Plain values of an item that no other field of an alert holds, and its labels or tags. */
export function labelsIn(item: Fields): Fields {
  const taken = new Set<string>(Object.values(NAMES).flat());
  const entries = Object.entries(item);
  const given = entries.filter(([name]) => ['labels', 'tags'].includes(plain(name)));
  const rest = entries.filter(
    ([name, value]) => !taken.has(plain(name)) && ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.assign(Object.fromEntries(rest), ...given.map(([name, value]) => labelsOf(name, value)));
}

/** Labels of an object, of a list of texts, or of a list of objects with a name and a value. */
export function labelsOf(name: string, value: unknown): Fields {
  if (isRecord(value)) return value;
  if (!Array.isArray(value)) return {};
  const named = value.filter(isRecord).map((tag) => [tag['name'] ?? tag['key'] ?? tag['tag'], tag['value']]);
  const texts = value.filter((tag) => typeof tag === 'string');
  return {
    ...Object.fromEntries(named.filter(([tag]) => typeof tag === 'string')),
    ...(texts.length > 0 && { [name]: texts.join(', ') }),
  };
}
