import { type AlertEvent, defineFormat, type Reading } from './format';
import { objectOf, oneAlert, readingOf, refused } from './oneAlert';
import { parseInstant, textOf, textsOf } from './read';

const ID = 'new_relic';

const STATES = new Map<string, AlertEvent['status']>([
  ['CREATED', 'firing'],
  ['ACTIVATED', 'firing'],
  ['ACKNOWLEDGED', 'acknowledged'],
  ['CLOSED', 'resolved'],
  ['RESOLVED', 'resolved'],
]);

/** A text, or the first of a list: the template of New Relic can render both. */
const firstOf = (value: unknown): string | undefined => textOf(value) ?? textsOf(value)[0];

/**
 * Reads an issue of New Relic by the template that a webhook destination has by default.
 * @throws Problem `invalid` that names the field
 */
export function readNewRelic(body: unknown): Reading {
  const fields = objectOf(body);
  const key = textOf(fields['id']) ?? textOf(fields['issueId']);
  if (key === undefined) throw refused('id', 'Must be the id of the issue');
  const status = STATES.get(textOf(fields['state'])?.toUpperCase() ?? '');
  if (status === undefined) throw refused('state', 'Must be CREATED, ACTIVATED, ACKNOWLEDGED, CLOSED or RESOLVED');
  const [policy, condition] = [firstOf(fields['alertPolicyNames']), firstOf(fields['alertConditionNames'])];
  const entity = firstOf(fields['impactedEntities']);
  return readingOf(
    oneAlert({
      ...{ source: ID, key, status },
      service: textOf(fields['service']) ?? entity,
      severity: textOf(fields['priority']),
      message: firstOf(fields['title']) ?? condition ?? 'An issue of New Relic',
      labels: { policy, condition, entity },
      link: { href: fields['issueUrl'], text: 'New Relic' },
      startedAt: parseInstant(fields['createdAt']),
      endedAt: parseInstant(fields['closedAt']) ?? parseInstant(fields['updatedAt']),
    }),
  );
}

const PAYLOAD = `{
  "id": {{ json issueId }},
  "issueUrl": {{ json issuePageUrl }},
  "title": {{ json annotations.title.[0] }},
  "priority": {{ json priority }},
  "impactedEntities": {{ json entitiesData.names }},
  "state": {{ json state }},
  "createdAt": {{ createdAt }},
  "updatedAt": {{ updatedAt }},
  "alertPolicyNames": {{ json accumulations.policyName }},
  "alertConditionNames": {{ json accumulations.conditionName }}
}`;

const sample = (state: string, updatedAt: number) => ({
  ...{ id: '5a1b8a62-9d5e-4a1c-8c3f-2f7f4c8e9a10', state, priority: 'CRITICAL', createdAt: 1760262663157, updatedAt },
  issueUrl: 'https://radar-api.service.newrelic.com/accounts/1/issues/5a1b8a62',
  title: 'Error rate > 5 % for at least 5 minutes on checkout',
  ...{ impactedEntities: ['checkout'], totalIncidents: 1, trigger: 'STATE_CHANGE', isCorrelated: false },
  ...{ alertPolicyNames: ['Shop'], alertConditionNames: ['Error rate'], workflowName: 'Tocsin' },
});

/** Workflows of New Relic with a webhook destination. */
export const newRelic = defineFormat({
  id: ID,
  title: 'New Relic',
  hint: 'Issues by a workflow with a webhook. The service is the first impacted entity. An acknowledgement in New Relic counts.',
  source: 'https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/#webhook',
  endpoints: [
    {
      summary: "New Relic's webhook: an issue that is created, acknowledged or closed",
      method: 'POST',
      path: '',
      read: ({ body }) => readNewRelic(body),
    },
  ],
  setup: [
    {
      id: 'webhook',
      title: 'New Relic',
      text: 'Add a webhook destination with this URL, and a workflow that notifies it.',
      code: '{url}',
    },
    { id: 'payload', title: 'Payload', text: 'The template of the workflow.', code: PAYLOAD },
  ],
  samples: {
    firing: { body: sample('ACTIVATED', 1760262663157) },
    resolved: { body: sample('CLOSED', 1760264463157) },
    refused: [
      { field: '', body: [] },
      { field: 'id', body: { state: 'CREATED' } },
      { field: 'state', body: { id: '1', state: 'MERGED' } },
    ],
  },
});
