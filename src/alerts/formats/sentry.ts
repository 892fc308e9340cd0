import { type AlertEvent, defineFormat, type Reading } from './format';
import { type OneAlert, objectOf, oneAlert, readingOf, refused } from './oneAlert';
import { isRecord, parseInstant, recordOf, textOf, textsOf } from './read';

const ID = 'sentry';

type Fields = Record<string, unknown>;

/** What an action on an issue does to its alert. A new issue opens nothing, because alert rules decide what is worth a page. */
const ISSUE_ENDED = ['resolved', 'ignored', 'archived'];

const METRIC_STATES = new Map<string, AlertEvent['status']>([
  ['critical', 'firing'],
  ['warning', 'firing'],
  ['resolved', 'resolved'],
]);

/**
 * Reads a webhook of Sentry: an issue alert, an issue that ends, a metric alert, or an alert of the older plugin. Its other webhooks,
 * such as those of comments and of the installation, report nothing.
 * @throws Problem `invalid` that names the field
 */
export function readSentry(body: unknown): Reading {
  const fields = objectOf(body);
  const { data } = fields;
  if (data === undefined && isRecord(fields['event'])) return readingOf(oneAlert(ofPlugin(fields, fields['event'])));
  if (!isRecord(data)) throw refused('data', 'Must be an object');
  const given = ofHook(textOf(fields['action'])?.toLowerCase() ?? '', data);
  return readingOf(given === null ? null : oneAlert(given));
}

function ofHook(action: string, data: Fields): OneAlert | null {
  const { event, issue, metric_alert: metric } = data;
  if (isRecord(metric)) return ofMetric(action, metric, data);
  if (isRecord(event) && action === 'triggered') return ofEvent(event, data['triggered_rule']);
  return isRecord(issue) && ISSUE_ENDED.includes(action) ? ofIssue(issue) : null;
}

/** @throws Problem `invalid` */
function keyOf(kind: 'issue' | 'metric', id: unknown, path: string): string {
  const word = textOf(id);
  if (word === undefined) throw refused(path, 'Must be an id');
  return `${kind}:${word}`;
}

/** The last part of a URL such as `https://sentry.io/api/0/organizations/shop/issues/1170820242/`. */
const tailOf = (url: unknown): string | undefined =>
  /\/issues\/(\d{1,30})\/?$/.exec(textOf(url)?.slice(0, 2_000) ?? '')?.[1];

/** The project in a URL such as `https://sentry.io/api/0/projects/shop/checkout/events/e4874d66/`. */
const projectIn = (url: unknown): string | undefined =>
  /\/projects\/[^/\s]{1,100}\/([^/\s]{1,100})\//.exec(textOf(url)?.slice(0, 2_000) ?? '')?.[1];

/** Tags are pairs of a name and a value. */
const tagsOf = (tags: unknown): [string, unknown][] =>
  (Array.isArray(tags) ? tags : []).flatMap((tag) => {
    const name = Array.isArray(tag) ? textOf(tag[0]) : undefined;
    return name === undefined ? [] : [[name, (tag as unknown[])[1]] as [string, unknown]];
  });

const ofEvent = (event: Fields, rule: unknown): OneAlert => ({
  source: ID,
  key: keyOf('issue', textOf(event['issue_id']) ?? tailOf(event['issue_url']), 'data.event.issue_id'),
  status: 'firing',
  service: projectIn(event['url']) ?? textOf(event['project_slug']),
  severity: textOf(event['level']),
  message: textOf(event['title']) ?? textOf(event['message']) ?? 'An issue of Sentry',
  labels: {
    ...Object.fromEntries(tagsOf(event['tags'])),
    ...{ rule: textOf(rule), culprit: textOf(event['culprit']), platform: textOf(event['platform']) },
  },
  link: { href: event['web_url'], text: 'Sentry' },
  startedAt: parseInstant(event['datetime']) ?? parseInstant(event['timestamp']),
});

function ofIssue(issue: Fields): OneAlert {
  const project = recordOf(issue['project']);
  return {
    ...{ source: ID, key: keyOf('issue', issue['id'], 'data.issue.id'), status: 'resolved' },
    service: textOf(project['slug']),
    severity: textOf(issue['level']),
    message: textOf(issue['title']) ?? 'An issue of Sentry',
    link: { href: issue['web_url'] ?? issue['permalink'], text: 'Sentry' },
  };
}

/** @throws Problem `invalid` */
function ofMetric(action: string, metric: Fields, data: Fields): OneAlert | null {
  const status = METRIC_STATES.get(action);
  if (status === undefined) return null;
  const rule = recordOf(metric['alert_rule']);
  return {
    ...{ source: ID, key: keyOf('metric', metric['id'] ?? metric['identifier'], 'data.metric_alert.id'), status },
    service: textsOf(metric['projects'])[0],
    severity: status === 'firing' ? action : undefined,
    message: textOf(data['description_title']) ?? textOf(rule['name']) ?? 'A metric alert of Sentry',
    labels: { rule: textOf(rule['name']), projects: textsOf(metric['projects']).join(',') },
    annotations: { description: textOf(data['description_text']) },
    link: { href: data['web_url'], text: 'Sentry' },
    startedAt: parseInstant(metric['date_started']),
    endedAt: parseInstant(metric['date_closed']),
  };
}

const ofPlugin = (fields: Fields, event: Fields): OneAlert => ({
  ...{ source: ID, key: keyOf('issue', fields['id'], 'id'), status: 'firing' },
  service: textOf(fields['project_slug']) ?? textOf(fields['project']),
  severity: textOf(fields['level']),
  message: textOf(event['title']) ?? textOf(fields['message']) ?? 'An issue of Sentry',
  labels: { ...Object.fromEntries(tagsOf(event['tags'])), culprit: textOf(fields['culprit']) },
  link: { href: fields['url'], text: 'Sentry' },
});

const sample = (title: string) => ({
  action: 'triggered',
  installation: { uuid: '7a485448-a9e2-4c85-8a3c-4f44175783c9' },
  data: {
    event: {
      ...{ event_id: 'e4874d664c3540c1a32eab185f12c5ab', issue_id: '1170820242', title, level: 'error' },
      url: 'https://sentry.io/api/0/projects/shop/checkout/events/e4874d664c3540c1a32eab185f12c5ab/',
      web_url: 'https://sentry.io/organizations/shop/issues/1170820242/events/e4874d664c3540c1a32eab185f12c5ab/',
      tags: [['environment', 'prod']],
    },
    triggered_rule: 'Many errors',
  },
  actor: { type: 'application', id: 'sentry', name: 'Sentry' },
});

/** An internal integration of Sentry, and its older webhook plugin. */
export const sentry = defineFormat({
  id: ID,
  title: 'Sentry',
  hint: 'Issue alerts and metric alerts. The service is the project. An issue that is resolved or archived ends its alert; a new issue opens none without an alert rule.',
  source: 'https://docs.sentry.io/organization/integrations/integration-platform/webhooks/',
  endpoints: [
    {
      summary: "Sentry's webhook: an issue alert, a metric alert, or an issue that ends",
      method: 'POST',
      path: '',
      signature: { header: 'Sentry-Hook-Signature' },
      read: ({ body }) => readSentry(body),
    },
  ],
  setup: [
    {
      id: 'webhook',
      title: 'Sentry',
      text: 'Create an internal integration with this Webhook URL, Alert Rule Action and the webhooks for issues, and choose it as the action of your alert rules. Its client secret is the secret of this integration.',
      code: '{url}',
    },
  ],
  samples: {
    firing: { body: sample('TypeError: cart is null') },
    resolved: {
      body: {
        action: 'resolved',
        data: { issue: { id: '1170820242', title: 'TypeError: cart is null', project: { slug: 'checkout' } } },
      },
    },
    refused: [
      { field: '', body: [] },
      { field: 'data', body: { action: 'triggered' } },
      { field: 'data.event.issue_id', body: { action: 'triggered', data: { event: { title: 'x' } } } },
      { field: 'data.issue.id', body: { action: 'resolved', data: { issue: { id: {} } } } },
      { field: 'data.metric_alert.id', body: { action: 'critical', data: { metric_alert: {} } } },
    ],
  },
});
