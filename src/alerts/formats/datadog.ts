import { type AlertEvent, defineFormat, type Reading } from './format';
import { objectOf, oneAlert, readingOf, refused } from './oneAlert';
import { parseInstant, textOf } from './read';

type Fields = Record<string, unknown>;

const ID = 'datadog';

/**
 * What a transition does to the alert; a repetition begins with `Re-`. A monitor that is muted in Datadog opens and ends
 * nothing here.
 */
const TRANSITIONS = new Map<string, AlertEvent['status'] | null>([
  ['triggered', 'firing'],
  ['warn', 'firing'],
  ['no data', 'firing'],
  ['renotify', 'firing'],
  ['recovered', 'resolved'],
  ['muted', null],
]);

/** A variable that Datadog did not fill arrives as it was written. */
const filled = (value: unknown): string | undefined => {
  const word = textOf(value);
  return word === undefined || /^\$[A-Z_]+$/.test(word) || word === 'null' ? undefined : word;
};

/**
 * Reads the payload that the set-up of this format shows. The alert cycle is the same from a trigger to its recovery.
 * @throws Problem `invalid` that names the field
 */
export function readDatadog(body: unknown): Reading {
  const fields = objectOf(body);
  const transition = filled(fields['transition']);
  const status = transition && TRANSITIONS.get(transition.toLowerCase().replace(/^re-/, ''));
  if (status === undefined || status === '')
    throw refused('transition', 'Must be a transition of a monitor, such as Triggered or Recovered');
  const key = filled(fields['cycle']) ?? filled(fields['aggreg']) ?? filled(fields['monitor']);
  if (key === undefined) throw refused('cycle', 'Must hold $ALERT_CYCLE_KEY');
  return readingOf(status === null ? null : eventOf(key, status, fields, transition as string));
}

function eventOf(key: string, status: AlertEvent['status'], fields: Fields, transition: string): AlertEvent {
  const labels = labelsOf(filled(fields['tags']));
  const at = parseInstant(fields['date']);
  const title = filled(fields['title'])?.replace(/^\[[^\]]{1,40}\]\s*/, '');
  const body = filled(fields['body']);
  const scope = filled(fields['scope']);
  return oneAlert({
    ...{ source: ID, key, status, labels: { ...labels, ...(scope !== undefined && { scope }) } },
    service: labels['service'],
    severity: filled(fields['priority']) ?? (/warn/i.test(transition) ? 'warning' : undefined),
    message: title ?? body ?? 'A monitor of Datadog',
    ...(body !== undefined && { annotations: { description: body } }),
    link: { href: fields['url'], text: 'Datadog' },
    ...{ startedAt: at, endedAt: at },
  });
}

/** Tags such as `env:prod,service:checkout`; one without a value is a label of its own name. */
function labelsOf(tags = ''): Record<string, string> {
  const parts = tags.split(',').map((tag) => tag.trim());
  return Object.fromEntries(
    parts
      .filter((part) => part !== '')
      .map((part) => {
        const at = part.indexOf(':');
        return at > 0 ? [part.slice(0, at), part.slice(at + 1)] : [part, 'true'];
      }),
  );
}

const PAYLOAD = `{
  "id": "$ID",
  "cycle": "$ALERT_CYCLE_KEY",
  "aggreg": "$AGGREG_KEY",
  "monitor": "$ALERT_ID",
  "transition": "$ALERT_TRANSITION",
  "title": "$EVENT_TITLE",
  "body": "$TEXT_ONLY_MSG",
  "priority": "$ALERT_PRIORITY",
  "scope": "$ALERT_SCOPE",
  "tags": "$TAGS",
  "url": "$LINK",
  "date": "$DATE"
}`;

const sample = (transition: string, date: string) => ({
  ...{ id: '7043123', cycle: '5093874', aggreg: '9bd4', monitor: '1234', transition, scope: 'service:checkout' },
  title: `[${transition}] Error rate is high on checkout`,
  ...{ body: 'The error rate of checkout is above 5 %.', priority: 'P1', tags: 'env:prod,service:checkout' },
  ...{ url: 'https://app.datadoghq.com/event/event?id=7043123', date },
});

/** The webhooks integration of Datadog with the payload of the set-up. */
export const datadog = defineFormat({
  id: ID,
  title: 'Datadog',
  hint: 'Monitors by the webhooks integration. The service is the tag service.',
  source: 'https://docs.datadoghq.com/integrations/webhooks/',
  endpoints: [
    {
      summary: "Datadog's webhook: a monitor that triggers, warns or recovers",
      method: 'POST',
      path: '',
      read: ({ body }) => readDatadog(body),
    },
  ],
  setup: [
    {
      id: 'webhook',
      title: 'Datadog',
      text: 'Add a webhook in Integrations → Webhooks with this URL, and name it @webhook-<name> in the message of each monitor.',
      code: '{url}',
    },
    { id: 'payload', title: 'Payload', text: 'The payload of the webhook. Encode as form stays off.', code: PAYLOAD },
  ],
  samples: {
    firing: { body: sample('Triggered', '1760262663157') },
    resolved: { body: sample('Recovered', '1760264463157') },
    refused: [
      { field: '', body: [] },
      { field: 'transition', body: { cycle: '5093874', transition: '$ALERT_TRANSITION' } },
      { field: 'cycle', body: { transition: 'Triggered', cycle: '$ALERT_CYCLE_KEY' } },
    ],
  },
});
