import { httpLink } from '../../kernel/http/sourceLinks';
import { invalid } from '../../kernel/ports/problem';
import type { AlertEvent, ChangeEvent, FormatRequest } from './format';
import { clip, clipAnnotations, clipLabels, firstText, isRecord, parseInstant, recordOf } from './read';
import { severityOf } from './severity';

/** Readers of PagerDuty's events. They refuse only what names no condition or no action; all else is read as it can be. */

type Fields = Record<string, unknown>;

const SERVICE_LENGTH = 255;
const MESSAGE_LENGTH = 2_000;
/** Links and images of one event that are kept. */
const MOST_LINKS = 8;
/** A detail up to this length is a label; a longer one is text for people. */
const LABEL_LENGTH = 255;

const ACTIONS = { trigger: 'firing', acknowledge: 'acknowledged', resolve: 'resolved' } as const;

/** Grafana fills fields that nobody set with this word. */
const UNSET = 'default';

/**
 * Reads an event of version 2.
 * @throws Problem `invalid` that names the field
 */
export function readV2({ body, requestId }: FormatRequest): AlertEvent {
  const event = objectIn(body);
  const status = actionOf(event, 'event_action');
  const key = keyOf(event, 'dedup_key', status, requestId);
  const payload = isRecord(event['payload']) ? event['payload'] : null;
  if (payload === null && status === 'firing') throw invalid([{ path: 'payload', message: 'is missing or blank' }]);
  return eventOf(key, status, {
    ...{ event, payload: payload ?? {}, details: payload?.['custom_details'] },
    summary: payload?.['summary'],
    links: [...listOf(event['links']).map(linkOf), ...listOf(event['images']).map(imageOf)],
  });
}

/**
 * Reads an event of version 1, which has no severity: it counts as critical, as the vendor treats it.
 * @throws Problem `invalid` that names the field
 */
export function readV1({ body, requestId }: FormatRequest): AlertEvent {
  const event = objectIn(body);
  const status = actionOf(event, 'event_type');
  const key = keyOf(event, 'incident_key', status, requestId);
  if (status === 'firing' && firstText(event['description']) === undefined) {
    throw invalid([{ path: 'description', message: 'is missing or blank' }]);
  }
  const { details } = event;
  const named = recordOf(details);
  return eventOf(key, status, {
    ...{ event, details },
    payload: { severity: 'critical', ...pick(named, ['severity', 'component', 'group', 'class', 'source']) },
    summary: event['description'],
    links: listOf(event['contexts']).map((context) => (context['type'] === 'image' ? imageOf : linkOf)(context)),
  });
}

/**
 * Reads a change event.
 * @throws Problem `invalid` that names the field
 */
export function readChange({ body }: FormatRequest): ChangeEvent {
  const event = objectIn(body);
  const payload = recordOf(event['payload']);
  const summary = firstText(payload['summary']);
  if (summary === undefined) throw invalid([{ path: 'payload.summary', message: 'is missing or blank' }]);
  const details = payload['custom_details'];
  return {
    ...serviceOf(payload, details, event),
    summary: clip(summary, MESSAGE_LENGTH),
    source: clip(firstText(payload['source'])?.trim() ?? 'pagerduty', SERVICE_LENGTH),
    at: parseInstant(payload['timestamp']) ?? null,
    links: linksOf([...listOf(event['links']).map(linkOf), ...listOf(event['images']).map(imageOf)]),
    details: clipAnnotations(isRecord(details) ? details : { details }),
  };
}

interface Parts {
  event: Fields;
  payload: Fields;
  details: unknown;
  summary: unknown;
  links: Link[];
}

function eventOf(
  key: string,
  status: AlertEvent['status'],
  { event, payload, details, summary, links }: Parts,
): AlertEvent {
  const timestamp = parseInstant(payload['timestamp']);
  const clientUrl = httpLink(event['client_url']);
  const { labels, texts } = sorted(details);
  const { service, serviceMissing } = serviceOf(payload, details, event);
  const word = firstText(payload['severity']);
  const unread = timestamp === undefined ? firstText(payload['timestamp']) : undefined;
  const annotations = clipAnnotations({
    ...texts,
    ...annotationsOf(linksOf(links)),
    ...(unread !== undefined && { timestamp: unread }),
  });
  return {
    key,
    status,
    // The time of a resolve is often that of its trigger, so it is not the end.
    endedAt: null,
    serviceMissing,
    ...(word !== undefined && { severityWord: word }),
    report: {
      service,
      ...severityOf(payload['severity']),
      message: clip(firstText(summary) ?? 'An event without a summary', MESSAGE_LENGTH),
      labels: clipLabels({
        ...labels,
        ...pick(payload, ['component', 'group', 'class', 'source']),
        ...pick(event, ['client']),
      }),
      source: 'pagerduty',
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(clientUrl !== null && { generator_url: clientUrl }),
      ...(timestamp !== undefined && { timestamp: timestamp.toISOString() }),
    },
  };
}

/** @throws Problem `invalid` */
function objectIn(body: unknown): Fields {
  if (!isRecord(body)) throw invalid([{ path: '', message: 'Event object is not a JSON object' }]);
  return body;
}

/** @throws Problem `invalid` */
function actionOf(event: Fields, field: 'event_action' | 'event_type'): AlertEvent['status'] {
  const action = firstText(event[field])?.trim().toLowerCase() ?? '';
  if (Object.hasOwn(ACTIONS, action)) return ACTIONS[action as keyof typeof ACTIONS];
  const words = Object.keys(ACTIONS).join(' ');
  throw invalid([{ path: field, message: `is invalid (must be one of: ${words})` }]);
}

/**
 * The condition's key. A trigger without one is a condition of its own, named by the request.
 * @throws Problem `invalid` for another action without a key
 */
function keyOf(event: Fields, field: string, status: AlertEvent['status'], requestId: string): string {
  const given = event[field];
  const key = typeof given === 'number' ? String(given) : firstText(given);
  if (key !== undefined) return key;
  if (status === 'firing') return requestId;
  throw invalid([{ path: field, message: 'is missing or blank' }]);
}

/**
 * The service that the event is about: `custom_details.service`, else the component, the group, or the service of the first
 * alert that Alertmanager lists. If none of them is there, the source, the class or the tool that sent the event stands in:
 * a source is often only a host.
 */
function serviceOf(payload: Fields, details: unknown, event: Fields): { service: string; serviceMissing: boolean } {
  const { component, group, source, class: kind } = payload;
  const { service: own, firing } = isRecord(details) ? details : ({} as Fields);
  const [first] = Array.isArray(firing) ? firing : [];
  const listed = isRecord(first) && isRecord(first['labels']) ? first['labels']['service'] : undefined;
  const named = nameIn([own, component, group, listed]);
  const name = named ?? nameIn([source, kind, event['client']]) ?? 'pagerduty';
  return { service: clip(name.toLowerCase(), SERVICE_LENGTH).trim(), serviceMissing: named === undefined };
}

/** The first of some fields with a text other than `default`. */
const nameIn = (fields: readonly unknown[]): string | undefined =>
  fields.map((field) => firstText(field)?.trim()).find((text) => text !== undefined && text.toLowerCase() !== UNSET);

/** Names that hold text for people even if it is short. */
const FOR_PEOPLE = /url|link|runbook|dashboard|description|summary/i;

/** Details as labels, which rules match, and as texts, which people read. */
function sorted(details: unknown): { labels: Fields; texts: Fields } {
  if (!isRecord(details)) return { labels: {}, texts: { description: details } };
  const isLabel = ([name, value]: [string, unknown]): boolean => {
    if (typeof value === 'object') return false;
    const text = String(value);
    return text.trim() !== '' && text.length <= LABEL_LENGTH && !/[\r\n]/.test(text) && !FOR_PEOPLE.test(name);
  };
  const entries = Object.entries(details).filter(([, value]) => value !== '');
  return {
    labels: Object.fromEntries(entries.filter(isLabel)),
    texts: Object.fromEntries(entries.filter((entry) => !isLabel(entry))),
  };
}

interface Link {
  text: string;
  url: string | null;
}

const LINK_TEXT_LENGTH = 100;
const textOf = (...texts: unknown[]): string => clip(firstText(...texts)?.trim() ?? 'link', LINK_TEXT_LENGTH);
const linkOf = ({ href, text }: Fields): Link => ({ text: textOf(text), url: httpLink(href) });
/** An image is a link to its file, because pages load nothing from other hosts. */
const imageOf = ({ src, alt }: Fields): Link => ({ text: textOf(alt, 'image'), url: httpLink(src) });

const linksOf = (links: readonly Link[]): { text: string; url: string }[] =>
  links.flatMap(({ text, url }) => (url === null ? [] : [{ text, url }])).slice(0, MOST_LINKS);

/** Links as annotations by their text; links with one text are numbered. */
function annotationsOf(links: readonly { text: string; url: string }[]): Record<string, string> {
  const named: Record<string, string> = {};
  for (const { text, url } of links) {
    let name = text;
    for (let n = 2; Object.hasOwn(named, name); n++) name = `${text} ${n}`;
    named[name] = url;
  }
  return named;
}

const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.slice(0, MOST_LINKS).filter(isRecord) : []);

/** The fields of these names that have a text other than `default`. */
const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(
    names.flatMap((name) => {
      const text = firstText(fields[name])?.trim();
      return text === undefined || text.toLowerCase() === UNSET ? [] : [[name, text]];
    }),
  );
