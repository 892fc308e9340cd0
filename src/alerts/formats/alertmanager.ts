import { httpLink } from '../../kernel/http/sourceLinks';
import { invalid } from '../../kernel/ports/problem';
import { canonicalJson } from '../domain/fingerprint';
import { type AlertEvent, defineFormat, MOST_ALERTS, type Reading } from './format';
import { GRAFANA_FILE } from './grafanaFile';
import { clip, clipAnnotations, clipLabels, firstText, isRecord, parseInstant, recordOf } from './read';
import { severityOf } from './severity';

const SERVICE_LENGTH = 255;
const MESSAGE_LENGTH = 2_000;

const SERVICE_LABELS = ['service', 'app', 'job', 'namespace'];
/** If the job is that of an exporter, it names what exports the metrics, not the service that they are about. */
const SERVICE_LABELS_OF_EXPORTERS = ['service', 'app', 'deployment', 'statefulset', 'namespace'];
const EXPORTER = /(^|[-_./])(kube-state-metrics|cadvisor|kubelet|\w*exporter)$|^node$/i;

/**
 * Reads a webhook of Alertmanager, version 4. A request mixes firing and resolved alerts of a group, so the status and
 * fingerprint of each alert count, not those of the group. Only `alerts` is required, because people also send payloads
 * that they wrote themselves.
 * @throws Problem `invalid` that names the field
 */
export function readAlertmanager(payload: unknown): Reading {
  if (!isRecord(payload)) throw invalid([{ path: '', message: 'The body must be a JSON object' }]);
  const { alerts } = payload;
  if (!Array.isArray(alerts)) throw invalid([{ path: 'alerts', message: 'Must be a list of alerts' }]);
  if (alerts.length > MOST_ALERTS) throw invalid([{ path: 'alerts', message: `At most ${MOST_ALERTS} alerts` }]);
  const invalidIndexes = alerts.flatMap((alert, i) => (isRecord(alert) ? [] : [i]));
  if (invalidIndexes.length > 0) {
    throw invalid(invalidIndexes.slice(0, 20).map((i) => ({ path: `alerts.${i}`, message: 'Must be an object' })));
  }
  const external = httpLink(payload['externalURL']);
  const group = groupOf(payload);
  return { events: alerts.map((alert) => eventOf(alert, external)), ...(group && { group }) };
}

/** With `max_alerts`, Alertmanager sends the first alerts of a group and in `truncatedAlerts` the number of the others. */
function groupOf(payload: Record<string, unknown>): Reading['group'] | null {
  const key = firstText(payload['groupKey']);
  const hidden = payload['truncatedAlerts'];
  return key === undefined ? null : { key, hidden: typeof hidden === 'number' ? hidden : 0 };
}

/** One alert of a request; labels may hold any JSON. @param external the page of the tool that sent it */
export function eventOf(alert: Record<string, unknown>, external: string | null): AlertEvent {
  const given = recordOf(alert['labels']);
  const annotations = recordOf(alert['annotations']);
  const timestamp = parseInstant(alert['startsAt'])?.toISOString();
  const labels = clipLabels(given);
  const { service, serviceMissing } = serviceOf(given);
  const word = firstText(given['severity']);
  return {
    serviceMissing,
    key: firstText(alert['fingerprint']) ?? canonicalJson(labels),
    status: firstText(alert['status'])?.trim().toLowerCase() === 'resolved' ? 'resolved' : 'firing',
    endedAt: parseInstant(alert['endsAt']) ?? null,
    ...(word !== undefined && { severityWord: word }),
    report: {
      service,
      ...severityOf(given['severity']),
      message: clip(messageOf(annotations, given), MESSAGE_LENGTH),
      labels,
      source: 'alertmanager',
      ...contextOf(alert, annotations, external),
      ...(timestamp !== undefined && { timestamp }),
    },
  };
}

/** A longer job names no exporter. The pattern is slow with long texts, so it never sees one. */
const isExporter = (job: unknown): boolean => {
  const name = firstText(job)?.trim() ?? '';
  return name.length <= SERVICE_LENGTH && EXPORTER.test(name);
};

/** The service by the labels. The job of an exporter and the name of the alert only stand in for a missing service. */
function serviceOf(labels: Record<string, unknown>): { service: string; serviceMissing: boolean } {
  const { job, alertname } = labels;
  const names = isExporter(job) ? SERVICE_LABELS_OF_EXPORTERS : SERVICE_LABELS;
  const named = firstText(...names.map((name) => labels[name]));
  const service = named ?? firstText(job, alertname) ?? 'alertmanager';
  return { service: clip(service.trim().toLowerCase(), SERVICE_LENGTH).trim(), serviceMissing: named === undefined };
}

/** Fields of Grafana, which sends the same format. */
const DASHBOARDS = ['dashboardURL', 'panelURL'];

function contextOf(alert: Record<string, unknown>, given: Record<string, unknown>, external: string | null) {
  const annotations = clipAnnotations(given);
  const generator = httpLink(alert['generatorURL']);
  const dashboards = DASHBOARDS.map((name) => httpLink(alert[name])).filter((url) => url !== null);
  return {
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(generator !== null && { generator_url: generator }),
    ...(external !== null && { external_url: external }),
    ...(dashboards.length > 0 && { dashboard_urls: dashboards }),
  };
}

const messageOf = (annotations: Record<string, unknown>, labels: Record<string, unknown>): string =>
  firstText(annotations['summary'], annotations['description'], labels['alertname']) ?? 'An alert without a name';

const FILE = `route:
  receiver: tocsin
  group_by: [alertname, service]
receivers:
  - name: tocsin
    webhook_configs:
      - url: {url}
        send_resolved: true
`;

const TRY = `curl -X POST '{url}' \\
  -H 'Content-Type: application/json' \\
  -d '{"alerts":[{"status":"firing",
       "labels":{"alertname":"TestAlert","service":"checkout","severity":"info"},
       "annotations":{"summary":"A test from the command line"}}]}'`;

/** A shortened request of Alertmanager 0.33. */
const sample = (status: 'firing' | 'resolved', endsAt: string) => ({
  receiver: 'tocsin',
  status,
  alerts: [
    {
      status,
      labels: { alertname: 'HighErrorRate', service: 'checkout', severity: 'critical', instance: 'api-1' },
      annotations: { summary: 'Error ratio 25% on api-1', runbook_url: 'https://wiki.example/runbook/high-error' },
      startsAt: '2026-03-02T08:49:13.741Z',
      endsAt,
      generatorURL: 'http://prometheus.example/graph?g0.expr=error_ratio',
      fingerprint: 'e3c01cd597dac16c',
    },
  ],
  groupLabels: { alertname: 'HighErrorRate' },
  commonLabels: { alertname: 'HighErrorRate', service: 'checkout', severity: 'critical' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager.example',
  version: '4',
  groupKey: '{}:{alertname="HighErrorRate"}',
  truncatedAlerts: 0,
});

/** The format of Alertmanager, which Grafana sends too. */
export const alertmanager = defineFormat({
  id: 'alertmanager',
  title: 'Alertmanager',
  hint: 'Grafana sends this format too.',
  source: 'https://prometheus.io/docs/alerting/latest/configuration/#webhook_config',
  endpoints: [
    {
      summary: "Alertmanager's webhook, version 4: alerts that fire or are resolved",
      method: 'POST',
      path: '',
      list: 'alerts',
      read: ({ body }) => readAlertmanager(body),
    },
  ],
  setup: [
    {
      id: 'alertmanager',
      title: 'Alertmanager',
      text: 'Add the receiver to your configuration and reload it.',
      file: 'alertmanager.yml',
      code: FILE,
    },
    {
      id: 'grafana',
      title: 'Grafana',
      text: 'Put the file into the folder provisioning/alerting, or create a contact point of type Webhook with this URL.',
      file: 'provisioning/alerting/tocsin.yml',
      code: GRAFANA_FILE,
    },
    {
      id: 'try',
      title: 'Try it',
      text: 'Opens an incident of low severity for a service called checkout.',
      code: TRY,
    },
  ],
  samples: {
    firing: { body: sample('firing', '0001-01-01T00:00:00Z') },
    resolved: { body: sample('resolved', '2026-03-02T08:50:43.741Z') },
    refused: [
      { field: '', body: [] },
      { field: 'alerts', body: { version: '4' } },
      { field: 'alerts.1', body: { version: '4', alerts: [{}, 'HighErrorRate'] } },
    ],
  },
});
