import { type AlertEvent, defineFormat, type Reading } from './format';
import { objectOf, oneAlert, partOf, readingOf, refused } from './oneAlert';
import { parseInstant, recordOf, textOf } from './read';

type Fields = Record<string, unknown>;

const ID = 'google_cloud';

const STATES = new Map<string, AlertEvent['status']>([
  ['open', 'firing'],
  ['closed', 'resolved'],
]);

/**
 * Reads a webhook notification of Google Cloud Monitoring, version 1.2.
 * @throws Problem `invalid` that names the field
 */
export function readGoogleCloud(body: unknown): Reading {
  const incident = partOf(objectOf(body), 'incident');
  const key = textOf(incident['incident_id']);
  if (key === undefined) throw refused('incident.incident_id', 'Must be the id of the incident');
  const status = STATES.get(textOf(incident['state'])?.toLowerCase() ?? '');
  if (status === undefined) throw refused('incident.state', 'Must be open or closed');
  return readingOf(eventOf(key, status, incident));
}

function eventOf(key: string, status: AlertEvent['status'], incident: Fields): AlertEvent {
  const own = recordOf(incident['policy_user_labels']);
  const resource = recordOf(incident['resource']);
  const policy = textOf(incident['policy_name']);
  const condition = textOf(incident['condition_name']);
  const severity = textOf(incident['severity']);
  const { documentation } = incident;
  const description = textOf(documentation) ?? textOf(recordOf(documentation)['content']);
  return oneAlert({
    ...{ source: ID, key, status },
    service: textOf(own['service']) ?? textOf(incident['resource_name']) ?? policy,
    severity: severity?.toLowerCase() === 'no severity' ? undefined : severity,
    message:
      textOf(incident['summary']) ?? ([policy, condition].filter((text) => text !== undefined).join(': ') || key),
    labels: {
      ...recordOf(resource['labels']),
      ...own,
      ...{ policy, condition, resource_type: resource['type'], project: incident['scoping_project_id'] },
    },
    ...(description !== undefined && { annotations: { description } }),
    link: { href: incident['url'], text: 'Google Cloud' },
    startedAt: parseInstant(incident['started_at']),
    endedAt: parseInstant(incident['ended_at']),
  });
}

const sample = (state: string, ended_at: number | null) => ({
  version: '1.2',
  incident: {
    ...{ incident_id: '0.opqiw61fsv7p', scoping_project_id: 'shop-prod', state, started_at: 1760262663, ended_at },
    summary: 'The error rate of checkout is above the threshold of 5 with a value of 7.2.',
    url: 'https://console.cloud.google.com/monitoring/alerting/incidents/0.opqiw61fsv7p',
    ...{ policy_name: 'Error rate', condition_name: 'Error rate of checkout', severity: 'Critical' },
    resource: { type: 'cloud_run_revision', labels: { service_name: 'checkout', location: 'europe-west3' } },
    ...{ resource_name: 'shop-prod checkout', policy_user_labels: { service: 'checkout' } },
    documentation: { content: 'See the runbook of checkout.', mime_type: 'text/markdown', subject: 'Error rate' },
  },
});

/** Webhook channels of Google Cloud Monitoring. */
export const googleCloud = defineFormat({
  id: ID,
  title: 'Google Cloud Monitoring',
  hint: 'Alerting policies by a webhook channel. The service is the user label service of the policy, or else the resource.',
  source: 'https://cloud.google.com/monitoring/support/notification-options#webhooks',
  endpoints: [
    {
      summary: "Google Cloud Monitoring's webhook: an incident that opens or closes",
      method: 'POST',
      path: '',
      read: ({ body }) => readGoogleCloud(body),
    },
  ],
  setup: [
    {
      id: 'webhook',
      title: 'Google Cloud',
      text: 'Add a notification channel of the type Webhook with this URL, and choose it in the alerting policies.',
      code: '{url}',
    },
  ],
  samples: {
    firing: { body: sample('open', null) },
    resolved: { body: sample('closed', 1760264463) },
    refused: [
      { field: '', body: [] },
      { field: 'incident', body: { version: '1.2' } },
      { field: 'incident.incident_id', body: { incident: { state: 'open' } } },
      { field: 'incident.state', body: { incident: { incident_id: '0.x', state: 'acknowledged' } } },
    ],
  },
});
