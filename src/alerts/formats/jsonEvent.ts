import { httpLink } from '../../kernel/http/sourceLinks';
import type { MappedField } from '../contract/mapping';
import { canonicalJson } from '../domain/fingerprint';
import type { AlertEvent } from './format';
import { fieldsIn, labelsIn, labelsOf, NAMES } from './jsonNames';
import { clip, clipAnnotations, clipLabels, isRecord, parseInstant } from './read';
import { severityOf } from './severity';

const SERVICE_LENGTH = 255;
const MESSAGE_LENGTH = 2_000;
const CAPTION_LENGTH = 255;
const MOST_LINKS = 8;

/** Words that end an alert, and words of a tool's acknowledgement; every other word fires. */
const ENDED = [
  ...['resolved', 'resolve', 'ok', 'up', 'closed', 'close', 'recovered', 'recovery', 'normal', 'healthy', 'success'],
  ...['cleared', 'clear', 'inactive', 'passed', 'passing', 'fixed', 'ended', 'end', 'solved', 'false', '0'],
];
const ACKNOWLEDGED = ['acknowledged', 'acknowledge', 'ack', 'acked'];

/** Values of an alert's fields, of a mapping or of fields with usual names. They may be any JSON. */
type Values = Readonly<Partial<Record<MappedField, unknown>>>;

/** A value as a text; undefined if it is null or blank. Lists and objects are written as JSON. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = (typeof value === 'object' ? JSON.stringify(value) : String(value)).replaceAll('\0', '');
  return text.trim() === '' ? undefined : text;
}

/**
 * The alert of one item of a payload. Fields that the mapping leaves out, and those whose expression selects nothing, are
 * read by their usual names.
 */
export function eventOf(item: unknown, mapped: Values): AlertEvent {
  const fields = isRecord(item) ? fieldsIn(item) : new Map([['message', item]]);
  const first = (name: keyof typeof NAMES): string | undefined =>
    NAMES[name].map((one) => scalarIn(fields.get(one))).find((text) => text !== undefined);
  const of = (field: keyof typeof NAMES & MappedField): string | undefined => textOf(mapped[field]) ?? first(field);

  const message = clip(of('message') ?? 'A report without a message', MESSAGE_LENGTH);
  const named = of('service');
  const service = clip((named ?? first('host') ?? '').trim().toLowerCase(), SERVICE_LENGTH).trim() || 'unknown';
  const word = of('severity');
  const timestamp = parseInstant(mapped.timestamp) ?? parseInstant(first('timestamp'));
  const status = statusOf(of('status'));
  return {
    key: of('key') ?? canonicalJson({ service, message }),
    status,
    endedAt: null,
    serviceMissing: named === undefined,
    ...(word !== undefined && { severityWord: word }),
    report: {
      service,
      ...severityOf(word),
      message,
      labels: clipLabels(labelsFor(item, mapped)),
      source: 'json',
      ...annotationsFor(of('description'), message),
      ...linksFor(item, mapped),
      ...(timestamp !== undefined && status === 'firing' && { timestamp: timestamp.toISOString() }),
    },
  };
}

const scalarIn = (value: unknown): string | undefined => (typeof value === 'object' ? undefined : textOf(value));

function statusOf(word: string | undefined): AlertEvent['status'] {
  const plain = word?.trim().toLowerCase() ?? '';
  if (ENDED.includes(plain)) return 'resolved';
  return ACKNOWLEDGED.includes(plain) ? 'acknowledged' : 'firing';
}

function labelsFor(item: unknown, { labels }: Values): Record<string, unknown> {
  if (labels !== undefined && labels !== null) return labelsOf('labels', labels);
  return isRecord(item) ? labelsIn(item) : {};
}

function annotationsFor(description: string | undefined, message: string) {
  if (description === undefined || description === message) return {};
  return { annotations: clipAnnotations({ description }) };
}

/** Links of the mapping, else every field of the item that is a URL. */
function linksFor(item: unknown, { links }: Values) {
  const given = links !== undefined && links !== null ? [links].flat() : isRecord(item) ? Object.entries(item) : [];
  const found = given.flatMap(linkOf).slice(0, MOST_LINKS);
  return found.length > 0 ? { links: found } : {};
}

/** @param given a URL, an object with a URL and a text, or a text and a URL */
function linkOf(given: unknown): { href: string; text?: string }[] {
  const { href, text } = partsOf(given);
  const link = httpLink(href);
  const caption = typeof text === 'string' && text.trim() !== '' ? { text: clip(text, CAPTION_LENGTH) } : {};
  return link === null ? [] : [{ href: link, ...caption }];
}

function partsOf(given: unknown): { href: unknown; text?: unknown } {
  if (Array.isArray(given)) return { href: given[1], text: given[0] };
  if (!isRecord(given)) return { href: given };
  return { href: given['href'] ?? given['url'], text: given['text'] ?? given['title'] ?? given['name'] };
}
