import { httpLink } from '../../kernel/http/sourceLinks';
import { invalid } from '../../kernel/ports/problem';
import type { AlertEvent, Reading } from './format';
import { clip, clipAnnotations, clipLabels, isRecord } from './read';
import { severityOf } from './severity';

/** What tools share that send one alert in a request. */

const SERVICE_LENGTH = 255;
const MESSAGE_LENGTH = 2_000;

/** One alert as a tool names it; texts may be of any length, and labels hold any JSON. */
export interface OneAlert {
  /** The format, which is the source of the alert, and its service if the payload names none. */
  source: string;
  key: string;
  status: AlertEvent['status'];
  service?: string | undefined;
  /** The tool's word for the severity; undefined if it sends none. */
  severity?: string | undefined;
  message: string;
  labels?: Record<string, unknown>;
  annotations?: Record<string, unknown>;
  /** The page of the alert in the tool. */
  link?: { href: unknown; text: string };
  startedAt?: Date | undefined;
  endedAt?: Date | undefined;
}

/** The alert within the limits of the intake. */
export function oneAlert(given: OneAlert): AlertEvent {
  const { source, key, status, severity, message, startedAt, endedAt, link } = given;
  const service = clip(given.service?.trim().toLowerCase() ?? '', SERVICE_LENGTH).trim();
  const annotations = clipAnnotations(given.annotations ?? {});
  const href = httpLink(link?.href);
  return {
    key,
    status,
    serviceMissing: service === '',
    endedAt: (status === 'resolved' && endedAt) || null,
    ...(severity !== undefined && { severityWord: severity }),
    report: {
      service: service === '' ? source : service,
      ...severityOf(severity),
      message: clip(message, MESSAGE_LENGTH),
      labels: clipLabels(given.labels ?? {}),
      source,
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(href !== null && link !== undefined && { links: [{ href, text: link.text }] }),
      ...(status === 'firing' && startedAt !== undefined && { timestamp: startedAt.toISOString() }),
    },
  };
}

/** The body as a JSON object. @throws Problem `invalid` */
export function objectOf(body: unknown): Record<string, unknown> {
  if (!isRecord(body)) throw invalid([{ path: '', message: 'The body must be a JSON object' }]);
  return body;
}

/** A part of a body that must be an object. @throws Problem `invalid` that names the field */
export function partOf(body: Record<string, unknown>, name: string, path = name): Record<string, unknown> {
  const value = body[name];
  if (!isRecord(value)) throw invalid([{ path, message: 'Must be an object' }]);
  return value;
}

/** A refusal of one field. */
export const refused = (path: string, message: string) => invalid([{ path, message }]);

/** The reading of one event, or of none. */
export const readingOf = (event: AlertEvent | null): Reading => ({ events: event === null ? [] : [event] });
