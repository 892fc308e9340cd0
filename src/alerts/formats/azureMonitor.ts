import { type AlertEvent, defineFormat, type Reading } from './format';
import { objectOf, oneAlert, partOf, readingOf, refused } from './oneAlert';
import { parseInstant, recordOf, textOf, textsOf } from './read';

const ID = 'azure_monitor';

const CONDITIONS = new Map<string, AlertEvent['status']>([
  ['fired', 'firing'],
  ['resolved', 'resolved'],
]);

/** Azure counts from Sev0, the most urgent, to Sev4. */
const SEVERITIES = new Map([
  ['sev0', 'critical'],
  ['sev1', 'error'],
  ['sev2', 'warning'],
  ['sev3', 'info'],
  ['sev4', 'debug'],
]);

/**
 * Reads the common alert schema of Azure Monitor.
 * @throws Problem `invalid` that names the field
 */
export function readAzureMonitor(body: unknown): Reading {
  const data = partOf(objectOf(body), 'data');
  const essentials = partOf(data, 'essentials', 'data.essentials');
  const key = textOf(essentials['alertId']);
  if (key === undefined) throw refused('data.essentials.alertId', 'Must be the id of the alert');
  const status = CONDITIONS.get(textOf(essentials['monitorCondition'])?.toLowerCase() ?? '');
  if (status === undefined) throw refused('data.essentials.monitorCondition', 'Must be Fired or Resolved');
  return readingOf(eventOf(key, status, essentials, data['customProperties']));
}

function eventOf(
  key: string,
  status: AlertEvent['status'],
  essentials: Record<string, unknown>,
  custom: unknown,
): AlertEvent {
  const rule = textOf(essentials['alertRule']);
  const description = textOf(essentials['description']);
  const severity = textOf(essentials['severity']);
  const properties = recordOf(custom);
  const [target] = textsOf(essentials['configurationItems']);
  return oneAlert({
    ...{ source: ID, key, status },
    service: textOf(properties['service']) ?? target ?? lastPart(textsOf(essentials['alertTargetIDs'])[0]),
    severity: severity && (SEVERITIES.get(severity.toLowerCase()) ?? severity),
    message: [rule, description].filter((text) => text !== undefined).join(': ') || 'An alert of Azure Monitor',
    labels: {
      ...properties,
      rule,
      target,
      monitoring_service: essentials['monitoringService'],
      signal_type: essentials['signalType'],
    },
    ...(description !== undefined && { annotations: { description } }),
    link: { href: essentials['investigationLink'], text: 'Azure' },
    startedAt: parseInstant(essentials['firedDateTime']),
    endedAt: parseInstant(essentials['resolvedDateTime']),
  });
}

/** The name at the end of a resource's path. */
const lastPart = (path: string | undefined): string | undefined => path?.split('/').findLast((part) => part !== '');

const essentialsOf = (monitorCondition: string) => ({
  alertId: '/subscriptions/11111111-1111-1111-1111-111111111111/providers/Microsoft.AlertsManagement/alerts/b9569717',
  ...{ alertRule: 'High error rate', severity: 'Sev1', signalType: 'Metric', monitorCondition },
  monitoringService: 'Platform',
  alertTargetIDs: ['/subscriptions/1111/resourcegroups/shop/providers/microsoft.web/sites/checkout'],
  configurationItems: ['checkout'],
  originAlertId: '3f2d4487',
  firedDateTime: '2026-10-12T09:51:03.1570000Z',
  ...(monitorCondition === 'Resolved' && { resolvedDateTime: '2026-10-12T10:21:03.4120000Z' }),
  description: 'The error rate of checkout is above 5 %',
  ...{ essentialsVersion: '1.0', alertContextVersion: '1.0' },
  investigationLink: 'https://portal.azure.com/#view/alert/b9569717',
});
const sample = (condition: string) => ({
  schemaId: 'azureMonitorCommonAlertSchema',
  data: { essentials: essentialsOf(condition), alertContext: {}, customProperties: { team: 'shop' } },
});

/** Action groups of Azure Monitor, with the common alert schema. */
export const azureMonitor = defineFormat({
  id: ID,
  title: 'Azure Monitor',
  hint: 'Action groups with the common alert schema. The service is the custom property service, or else the first configuration item.',
  source: 'https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema',
  endpoints: [
    {
      summary: "Azure Monitor's webhook with the common alert schema: an alert that fires or is resolved",
      method: 'POST',
      path: '',
      read: ({ body }) => readAzureMonitor(body),
    },
  ],
  setup: [
    {
      id: 'webhook',
      title: 'Azure',
      text: 'Add an action of the type Webhook with this URL to an action group, and enable the common alert schema.',
      code: '{url}',
    },
  ],
  samples: {
    firing: { body: sample('Fired') },
    resolved: { body: sample('Resolved') },
    refused: [
      { field: '', body: [] },
      { field: 'data', body: { schemaId: 'azureMonitorCommonAlertSchema' } },
      { field: 'data.essentials', body: { data: {} } },
      { field: 'data.essentials.alertId', body: { data: { essentials: { monitorCondition: 'Fired' } } } },
      {
        field: 'data.essentials.monitorCondition',
        body: { data: { essentials: { alertId: '/alerts/1', monitorCondition: 'Pending' } } },
      },
    ],
  },
});
