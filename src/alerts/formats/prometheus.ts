import { invalid, type Problem } from '../../kernel/ports/problem';
import { eventOf } from './alertmanager';
import { type Answer, defineFormat, type FormatRequest, type Reading } from './format';
import { isRecord, parseInstant } from './read';

/**
 * `POST /api/v2/alerts` of Alertmanager's API v2, as Prometheus, Grafana and `amtool alert add` send it: a list of alerts,
 * sent again while they fire. An alert ends at its `endsAt`, unless it is sent again before.
 * Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */

/** Alertmanager's default `resolve_timeout`, for an alert without an end. */
const RESOLVE_TIMEOUT_MS = 5 * 60_000;
const MOST_ALERTS = 500;

interface Fault {
  index: number;
  /** The sentence of Alertmanager. */
  message: string;
  /** 422 of its schema, or 400 of its own check. */
  code: 602 | 400;
}

/** The reason why Alertmanager refuses an alert; null if it takes it. */
function faultOf(alert: unknown, index: number): Fault | null {
  if (!isRecord(alert)) return { index, code: 602, message: `${index} in body must be of type object` };
  const { labels } = alert;
  if (labels === undefined || labels === null)
    return { index, code: 602, message: `${index}.labels in body is required` };
  if (!isRecord(labels)) return { index, code: 602, message: `${index}.labels in body must be of type object` };
  if (Object.keys(labelsOf(labels)).length === 0)
    return { index, code: 400, message: 'at least one label pair required' };
  const [starts, ends] = [parseInstant(alert['startsAt']), parseInstant(alert['endsAt'])];
  if (starts && ends && ends < starts) return { index, code: 400, message: 'start time must be before end time' };
  return null;
}

/** Alertmanager drops labels with empty values. */
const labelsOf = (labels: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));

const faultsOf = (body: unknown): Fault[] =>
  Array.isArray(body) ? body.flatMap((alert, index) => faultOf(alert, index) ?? []) : [];

/**
 * Reads the alerts that Alertmanager would take. It refuses a body against its schema as a whole; of alerts that fail its
 * own checks it takes the others.
 * @throws Problem `invalid` that names the field
 */
export function readPrometheus({ body, receivedAt }: FormatRequest): Reading {
  if (!Array.isArray(body)) throw invalid([{ path: '', message: 'The body must be a JSON list of alerts' }]);
  if (body.length > MOST_ALERTS) throw invalid([{ path: '', message: `At most ${MOST_ALERTS} alerts` }]);
  const faults = faultsOf(body);
  const unreadable = faults.filter(({ code }) => code === 602);
  if (unreadable.length > 0) {
    throw invalid(unreadable.slice(0, 20).map(({ index, message }) => ({ path: `${index}.labels`, message })));
  }
  const left = new Set(faults.map(({ index }) => index));
  const alerts = body.filter((_, index) => !left.has(index)) as Record<string, unknown>[];
  return { events: alerts.map((alert) => readAlert(alert, receivedAt)) };
}

function readAlert(alert: Record<string, unknown>, receivedAt: Date): Reading['events'][number] {
  const ends = parseInstant(alert['endsAt']);
  const status = ends !== undefined && ends <= receivedAt ? 'resolved' : 'firing';
  const startsAt = parseInstant(alert['startsAt']) ?? (ends !== undefined && ends <= receivedAt ? ends : receivedAt);
  const labels = labelsOf(alert['labels'] as Record<string, unknown>);
  const event = eventOf({ ...alert, labels, status, startsAt: startsAt.toISOString(), fingerprint: undefined }, null);
  const report = { ...event.report, source: 'prometheus' };
  if (status === 'resolved') return { ...event, report };
  return { ...event, report, endedAt: null, expiresAt: ends ?? new Date(receivedAt.getTime() + RESOLVE_TIMEOUT_MS) };
}

/** 200 without a body; if some alerts were left out, 400 with the reasons, as a JSON string. */
function answer(_taken: unknown, { body }: FormatRequest): Answer {
  const messages = [...new Set(faultsOf(body).map(({ message }) => message))];
  return messages.length === 0 ? { status: 200, body: undefined } : { status: 400, body: messages.join('\n') };
}

/** Errors in the forms of Alertmanager: a code with a message, or a JSON string. */
export function refuse({ status, kind, detail, extra }: Problem): Answer {
  if (kind !== 'invalid') return { status, body: { code: status, message: detail } };
  const errors = (extra['errors'] ?? []) as { message: string }[];
  return { status: 422, body: { code: 602, message: errors.map(({ message }) => message).join('\n') || detail } };
}

const FILE = `alerting:
  alertmanagers:
    - scheme: {scheme}
      path_prefix: {path}/alertmanager/{key}
      static_configs:
        - targets: ['{host}']
`;

const AMTOOL = `amtool --alertmanager.url={origin}/alertmanager/{key} \\
  alert add TestAlert service=checkout severity=info --annotation=summary='A test by amtool'`;

/** A request of Prometheus 3.5, shortened. */
const sample = (endsAt: string) => [
  {
    labels: { alertname: 'HighErrorRate', service: 'checkout', severity: 'critical', instance: 'api-1' },
    annotations: { summary: 'Error ratio 25% on api-1', runbook_url: 'https://wiki.example/high-error' },
    startsAt: '2025-03-02T08:50:01.741Z',
    endsAt,
    generatorURL: 'http://prometheus.example/graph?g0.expr=errors+%3E+0.05',
  },
];

export const prometheus = defineFormat({
  id: 'prometheus',
  title: 'Prometheus',
  hint: 'Prometheus without an Alertmanager, amtool, and whatever else sends to the API v2 of Alertmanager.',
  source: 'https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml',
  endpoints: [
    {
      summary: 'Send alerts as to the API v2 of Alertmanager',
      method: 'POST',
      path: '',
      vendors: [
        { path: '/alertmanager/:key/api/v2/alerts', credential: { in: 'path' } },
        { path: '/api/v2/alerts', credential: { in: 'authorization' } },
      ],
      read: readPrometheus,
      answer,
      refuse,
    },
  ],
  setup: [
    {
      id: 'prometheus',
      title: 'Prometheus',
      text: 'Add the section to the configuration and reload it.',
      file: 'prometheus.yml',
      code: FILE,
    },
    { id: 'amtool', title: 'amtool', text: 'Sends an alert of low severity from the command line.', code: AMTOOL },
  ],
  samples: {
    firing: { body: sample('2999-03-02T08:54:01.741Z') },
    resolved: { body: sample('2025-03-02T08:52:01.741Z') },
    refused: [
      { field: '', body: { alerts: [] } },
      { field: '0.labels', body: [{ annotations: {} }] },
    ],
  },
});
