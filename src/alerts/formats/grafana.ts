import { httpLink } from '../../kernel/http/sourceLinks';
import { readAlertmanager } from './alertmanager';
import { type AlertEvent, defineFormat, type Reading, type ReportEndpoint } from './format';
import { GRAFANA_FILE } from './grafanaFile';
import { clip, clipAnnotations, clipLabels, firstText, isRecord } from './read';

const MESSAGE_LENGTH = 2_000;
const SERVICE_LENGTH = 255;

/** Alerts about a rule that Grafana could not evaluate. They carry the rule's name in a label of its own. */
const ABOUT_RULES = new Map<unknown, string>([
  ['DatasourceNoData', 'No data'],
  ['DatasourceError', 'Error of the data source'],
]);

/**
 * Reads a webhook of Grafana's alerting: the format of Alertmanager with values, dashboards and images for each alert. A
 * request mixes firing and resolved alerts, so the status of each alert counts.
 * @throws Problem `invalid` that names the field
 */
export function readGrafana(payload: unknown): Reading {
  const reading = readAlertmanager(payload);
  const { alerts } = payload as { alerts: Record<string, unknown>[] };
  return { ...reading, events: reading.events.map((event, at) => withContext(event, alerts[at] ?? {})) };
}

function withContext(event: AlertEvent, alert: Record<string, unknown>): AlertEvent {
  const labels = publicOf(alert['labels']);
  const annotations = clipAnnotations({ ...publicOf(alert['annotations']), ...extrasOf(alert) });
  const { annotations: _given, ...report } = event.report;
  return {
    ...event,
    report: {
      ...report,
      service: serviceOf(event, labels),
      message: messageOf(labels, alert['annotations']) ?? report.message,
      labels: clipLabels(labels),
      source: 'grafana',
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
  };
}

/** Labels or annotations without Grafana's own, whose names begin with two underscores. */
const publicOf = (given: unknown): Record<string, unknown> =>
  isRecord(given) ? Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith('__'))) : {};

/** The folder of the rule stands in for a service that no label names. */
function serviceOf({ report, serviceMissing }: AlertEvent, labels: Record<string, unknown>): string {
  const folder = serviceMissing ? firstText(labels['grafana_folder']) : undefined;
  return folder === undefined ? report.service : clip(folder.trim().toLowerCase(), SERVICE_LENGTH).trim();
}

/** The text of an alert about a rule without data; undefined for every other alert, and if the rule has a text. */
function messageOf(labels: Record<string, unknown>, annotations: unknown): string | undefined {
  const about = ABOUT_RULES.get(labels['alertname']);
  const rule = firstText(labels['rulename']);
  const said = isRecord(annotations) && firstText(annotations['summary'], annotations['description']);
  return about === undefined || rule === undefined || said ? undefined : clip(`${about}: ${rule}`, MESSAGE_LENGTH);
}

/** Values of the query and links of the alert, as annotations. Null values are those of an alert that was not evaluated. */
function extrasOf({ values, valueString, imageURL, silenceURL, ruleUID }: Record<string, unknown>) {
  const queried = isRecord(values)
    ? Object.entries(values).map(([name, value]) => `${name}=${JSON.stringify(value) ?? ''}`)
    : [];
  const shown = queried.length > 0 ? queried.join(', ') : firstText(valueString);
  const image = httpLink(imageURL);
  const silence = httpLink(silenceURL);
  const rule = firstText(ruleUID);
  return {
    ...(shown !== undefined && { values: shown }),
    ...(image !== null && { image }),
    ...(silence !== null && { silence_url: silence }),
    ...(rule !== undefined && { rule_uid: rule }),
  };
}

const TRY = `curl -X POST '{url}' \\
  -H 'Content-Type: application/json' \\
  -d '{"alerts":[{"status":"firing",
       "labels":{"alertname":"TestAlert","service":"checkout","severity":"info"},
       "annotations":{"summary":"A test from the command line"},"values":{"B":22}}]}'`;

/** A request as Grafana's documentation shows it, with fields of version 12. */
const sample = (status: 'firing' | 'resolved', endsAt: string) => ({
  receiver: 'tocsin',
  status,
  orgId: 1,
  alerts: [
    {
      status,
      labels: {
        alertname: 'High memory usage',
        team: 'blue',
        zone: 'us-1',
        grafana_folder: 'Checkout',
        severity: 'critical',
      },
      annotations: { summary: 'Memory is at 92%', runbook_url: 'https://wiki.example/memory' },
      startsAt: '2026-10-12T09:51:03.157076+02:00',
      endsAt,
      generatorURL: 'https://play.grafana.example/alerting/1afz29v7z/edit',
      fingerprint: 'c6eadffa33fcdf37',
      silenceURL: 'https://play.grafana.example/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT2',
      dashboardURL: 'https://play.grafana.example/d/abc',
      panelURL: 'https://play.grafana.example/d/abc?viewPanel=2',
      imageURL: 'https://images.example/c6eadffa33fcdf37.png',
      ruleUID: '1afz29v7z',
      values: { B: 92.4, C: 1 },
      valueString: "[ var='B' labels={__name__=mem} value=92.4 ]",
    },
  ],
  groupLabels: { alertname: 'High memory usage' },
  commonLabels: { team: 'blue' },
  commonAnnotations: {},
  externalURL: 'https://play.grafana.example/',
  version: '1',
  groupKey: '{}:{alertname="High memory usage"}',
  truncatedAlerts: 0,
  title: '[FIRING:1] High memory usage blue',
  state: status === 'firing' ? 'alerting' : 'ok',
  message: '**Firing**',
});

const endpoint = (method: 'POST' | 'PUT') =>
  ({
    summary: `Grafana's webhook for alerts, version 1, by ${method}`,
    method,
    path: '',
    list: 'alerts',
    signature: { header: 'X-Grafana-Alerting-Signature' },
    read: ({ body }) => readGrafana(body),
  }) as const satisfies ReportEndpoint;

/** Grafana's alerting. A contact point can send by POST or PUT. */
export const grafana = defineFormat({
  id: 'grafana',
  title: 'Grafana',
  hint: "Alerts of Grafana's own alerting, with values, dashboards and images.",
  source:
    'https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/',
  endpoints: [endpoint('POST'), { ...endpoint('PUT'), name: 'put' }],
  setup: [
    {
      id: 'webhook',
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
    resolved: { body: sample('resolved', '2026-10-12T10:21:03.157076+02:00') },
    others: [{ endpoint: 'put', body: sample('firing', '0001-01-01T00:00:00Z') }],
    refused: [
      { field: '', body: [] },
      { field: 'alerts', body: { version: '1' } },
      { field: 'alerts.1', body: { version: '1', alerts: [{}, 'High memory usage'] } },
    ],
  },
});
