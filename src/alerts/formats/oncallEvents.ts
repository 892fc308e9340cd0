import { httpLink } from '../../kernel/http/sourceLinks';
import { invalid } from '../../kernel/ports/problem';
import { canonicalJson } from '../domain/fingerprint';
import type { AlertEvent, FormatRequest, Reading } from './format';
import { clip, clipAnnotations, clipLabels, firstText, isRecord, parseInstant } from './read';
import { severityOf } from './severity';

/** Readers of the types of Grafana OnCall that report one condition in a request. */

type Fields = Record<string, unknown>;

const SERVICE_LENGTH = 255;
const MESSAGE_LENGTH = 2_000;

/** Fields that are read by name; other plain values become labels. */
const READ = ['alert_uid', 'title', 'message', 'state', 'image_url', 'link_to_upstream_details', 'severity', 'service'];

/**
 * Reads an event of the types webhook, formatted_webhook, zabbix and elastalert, which share their fields.
 * @throws Problem `invalid` if the body is no object
 */
export function readWebhook({ body }: FormatRequest): Reading {
  const event = objectIn(body);
  const { message, state, image_url, link_to_upstream_details, url } = event;
  const title = titleOf(event);
  const link = httpLink(link_to_upstream_details) ?? httpLink(url);
  return one({
    key: keyOf(event),
    resolved: firstText(state)?.trim().toUpperCase() === 'OK' || event['is_amixr_heartbeat_restored'] === true,
    ...serviceOf([event['service']], event['alert_uid'] === undefined ? [nameIn(title)] : []),
    severity: event['severity'],
    message: title,
    labels: plainOf(event),
    annotations: { description: firstText(message), image: httpLink(image_url) },
    link,
  });
}

/**
 * Reads an event of Kapacitor. Its `id` names the condition, and the level OK ends it.
 * @throws Problem `invalid` if the body is no object
 */
export function readKapacitor({ body }: FormatRequest): Reading {
  const event = objectIn(body);
  const { id, level, message, details, time, data } = event;
  const series = isRecord(data) && Array.isArray(data['series']) ? data['series'] : [];
  const tags = isRecord(series[0]) && isRecord(series[0]['tags']) ? series[0]['tags'] : {};
  return one({
    key: firstText(id) ?? keyOf(event),
    resolved: firstText(level)?.trim().toUpperCase().startsWith('OK') === true,
    ...serviceOf([tags['service'], tags['app']], [tags['host']]),
    severity: level,
    message: firstText(message, id) ?? 'An alert without a title',
    labels: tags,
    annotations: { description: firstText(details) },
    link: null,
    timestamp: parseInstant(time),
  });
}

interface Parts {
  key: string;
  resolved: boolean;
  service: string;
  serviceMissing: boolean;
  severity: unknown;
  message: string;
  labels: Fields;
  annotations: Fields;
  link: string | null;
  timestamp?: Date | undefined;
}

function one({ key, resolved, service, serviceMissing, severity, message, link, timestamp, ...rest }: Parts): Reading {
  const annotations = clipAnnotations(rest.annotations);
  const word = firstText(severity);
  const event: AlertEvent = {
    key,
    status: resolved ? 'resolved' : 'firing',
    endedAt: null,
    serviceMissing,
    ...(word !== undefined && { severityWord: word }),
    report: {
      service,
      ...severityOf(severity),
      message: clip(message, MESSAGE_LENGTH),
      labels: clipLabels(rest.labels),
      source: 'oncall',
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(link !== null && { generator_url: link }),
      ...(timestamp !== undefined && { timestamp: timestamp.toISOString() }),
    },
  };
  return { events: [event] };
}

/** @throws Problem `invalid` */
function objectIn(body: unknown): Fields {
  if (!isRecord(body)) throw invalid([{ path: '', message: 'The body must be a JSON object' }]);
  return body;
}

const titleOf = ({ title, message }: Fields): string => firstText(title, message) ?? 'An alert without a title';

/**
 * What a title says besides the state. Uptime Kuma sends no `alert_uid`, and its titles end with the state: "web-1 is down".
 */
const nameIn = (title: string): string => title.trim().replace(/ is (up|down)$/i, '');

/** The condition: `alert_uid`, else the title without its state, else the whole event without its state. */
function keyOf(event: Fields): string {
  const { alert_uid: uid, title } = event;
  const given = typeof uid === 'number' ? String(uid) : firstText(uid);
  if (given !== undefined) return given;
  const titled = firstText(title);
  if (titled !== undefined) return nameIn(titled) || titled;
  const { state: _state, ...rest } = event;
  return canonicalJson(rest);
}

/** @param others stand in for a service that the event does not name, such as a host */
function serviceOf(named: unknown[], others: unknown[]): { service: string; serviceMissing: boolean } {
  const own = firstText(...named);
  const name = (own ?? firstText(...others))?.trim().toLowerCase() ?? '';
  return { service: clip(name, SERVICE_LENGTH).trim() || 'oncall', serviceMissing: own === undefined };
}

/** The plain values of an event that no other field of the report holds. */
const plainOf = (event: Fields): Fields =>
  Object.fromEntries(
    Object.entries(event).filter(
      ([name, value]) => !READ.includes(name) && value !== null && typeof value !== 'object',
    ),
  );
