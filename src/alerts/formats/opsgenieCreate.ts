import { httpLink } from '../../kernel/http/sourceLinks';
import type { Labels } from '../../kernel/ports/values';
import type { Alert } from '../contract/queries';
import type { AlertEvent, Answer, FormatRequest, FormatTools, Reading, Taken } from './format';
import { acceptedAnswer, requestIdOf } from './opsgenieAnswers';
import {
  aliasOf,
  authorOf,
  describedFields,
  fieldsOf,
  noteOf,
  objectOf,
  type Responder,
  urgencyOf,
} from './opsgenieFields';
import { clip, clipAnnotations, clipLabels, firstText, textOf } from './read';
import type { LogEntry } from './records';

/** Creating an alert: the report that a request makes, and the record of its other fields. */

const SERVICE_LENGTH = 255;
const MESSAGE_LENGTH = 2_000;
/** Opsgenie's own limit of a message; a placeholder is as short. */
const PLACEHOLDER_LENGTH = 130;

type Described = ReturnType<typeof describedFields>;

/**
 * Reads a create request. Only `alias` can be wrong. Without an alias each request is a condition of its own, which its
 * request id names.
 * @throws Problem `invalid` that names the field
 */
export function readCreate({ body: given, requestId }: FormatRequest): Reading {
  const body = objectOf(given);
  const described = describedFields(body);
  const { severity, severity_note, word } = urgencyOf(body);
  const event: AlertEvent = {
    key: aliasOf(body['alias']) ?? requestIdOf(requestId),
    status: 'firing',
    endedAt: null,
    ...serviceMissing(described),
    ...(word !== undefined && { severityWord: word }),
    report: {
      service: serviceOf(described),
      severity,
      ...(severity_note !== undefined && { severity_note }),
      message: messageOf(body['message'], described.description),
      labels: labelsOf(described),
      source: sourceOf(described.source),
      ...contextOf(described),
    },
  };
  return { events: [event] };
}

/** The message; without one the first line of the description, else a placeholder. */
export function messageOf(message: unknown, description: string): string {
  const text = firstText(message);
  if (text !== undefined) return clip(text, MESSAGE_LENGTH);
  const line = description
    .split('\n')
    .map((one) => one.trim())
    .find((one) => one !== '');
  return line === undefined ? 'An Opsgenie alert without a message' : clip(line, PLACEHOLDER_LENGTH);
}

/** Details that name a service, in this order; they are asked after the entity. */
const SERVICE_DETAILS = ['app', 'application', 'job', 'namespace', 'host'];

/**
 * The service, from the first that is there: the detail `service`, a tag `service:<name>`, the entity, the details `app`,
 * `application`, `job`, `namespace` and `host`, the first team among the responders. Without all of them the source stands
 * in, unless it is a URL; else `opsgenie`.
 */
const serviceOf = (described: Described): string =>
  clip(namedService(described) ?? sourceOf(described.source).trim().toLowerCase(), SERVICE_LENGTH).trim();

/** Set if only the source stands in for the service, so that the service of the integration replaces it. */
const serviceMissing = (described: Described): Pick<AlertEvent, 'serviceMissing'> =>
  namedService(described) === undefined ? { serviceMissing: true } : {};

function namedService({ details, tags, entity, responders }: Described): string | undefined {
  const lower = new Map(Object.entries(details).map(([name, value]) => [name.toLowerCase(), value]));
  const tagged = tags.flatMap((tag) => /^service:(.+)$/i.exec(tag)?.[1] ?? []);
  const team = responders.find(({ type }) => type.toLowerCase() === 'team');
  const names = [
    lower.get('service'),
    ...tagged,
    entity,
    ...SERVICE_DETAILS.map((name) => lower.get(name)),
    team?.name ?? team?.id,
  ];
  return names.map((name) => name?.trim().toLowerCase() ?? '').find((name) => name !== '');
}

/** Details, tags of the form `key:value`, and the entity, tags and responders as a whole. Details win. */
function labelsOf({ details, tags, entity, responders }: Described): Labels {
  const pairs = tags.flatMap((tag) => {
    const [, key, value] = /^([\w.-]+):(.+)$/.exec(tag) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value]];
  });
  return clipLabels({
    ...(entity !== '' && { entity }),
    ...(tags.length > 0 && { tags: tags.join(',') }),
    ...(responders.length > 0 && { responders: responders.map(shownResponder).join(',') }),
    ...Object.fromEntries(pairs),
    ...details,
  });
}

const shownResponder = ({ type, name, username, id }: Responder): string => `${type}:${name ?? username ?? id ?? ''}`;

/** A source that is the URL of the tool becomes a link. */
const sourceOf = (source: string): string =>
  source === '' || httpLink(source) !== null ? 'opsgenie' : clip(source, 255);

/** Details that hold a page about the alert, in the spellings of Grafana, Zabbix and others. */
const LINKS = ['url', 'link', 'problem', 'generatorurl'];

function contextOf({ description, source, actions, details }: Described) {
  const annotations = clipAnnotations({
    ...details,
    ...(description !== '' && { description }),
    ...(source !== '' && { source }),
    ...(actions.length > 0 && { actions: actions.join(',') }),
  });
  const named = Object.entries(details).filter(([name]) => LINKS.includes(name.toLowerCase()));
  const page = named.map(([, value]) => httpLink(value)).find((url) => url !== null);
  const tool = httpLink(source);
  return {
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(page !== undefined && page !== null && { generator_url: page }),
    ...(tool !== null && { external_url: tool }),
  };
}

/** Keeps what the vendor's API shows of the alert and the result of the request. The alert itself is stored. */
export async function answerCreate(
  { events, alertIds }: Taken,
  request: FormatRequest,
  tools: FormatTools,
): Promise<Answer> {
  const [event] = events;
  const [alertId] = alertIds;
  const body = objectOf(request.body);
  const alert = alertId === undefined ? null : await tools.alertWithId(alertId);
  if (event !== undefined && alert !== null) await keep(tools, alert, event.key, body);
  await tools.records.saveRequest(requestIdOf(request.requestId), alert?.id ?? null, {
    success: true,
    action: 'Create',
    processedAt: tools.now().toISOString(),
    status: createdStatus(alert),
    alias: event?.key ?? '',
  });
  return acceptedAnswer(tools, request);
}

/** A rule can drop an alert, which is not stored then. */
function createdStatus(alert: Alert | null): string {
  if (alert === null) return 'Dropped by a rule';
  return alert.count > 1 ? 'Counted on the open alert' : 'Created alert';
}

function keep(tools: FormatTools, alert: Alert, key: string, body: Record<string, unknown>): Promise<void> {
  const author = authorOf(body, tools.integration.name);
  const note = noteOf(body);
  const noted: LogEntry[] = note === undefined ? [] : [{ kind: 'note', author, text: note }];
  return tools.records.change(alert.id, key, (stored) => {
    const isNew = Object.keys(stored).length === 0;
    const created: LogEntry[] = isNew ? [{ kind: 'log', author, text: 'Alert created' }] : [];
    // A repeated request often repeats its note.
    const notes = isNew ? noted : [];
    return {
      fields: { ...fieldsOf(stored), ...describedFields(body) },
      log: [...created, ...notes],
      notes: notes.map(({ text }) => ({ author, text })),
    };
  });
}

/** A text as an alert's own message, or undefined if it is blank. */
export const newMessageOf = (value: unknown): string | undefined => {
  const text = textOf(value);
  return text === undefined ? undefined : clip(text, MESSAGE_LENGTH);
};
