import { defineFormat, type Reading } from './format';
import { objectOf, oneAlert, readingOf, refused } from './oneAlert';
import { parseInstant, textOf } from './read';

const ID = 'kibana';

/** Ends of action groups that name a severity, as in `slo.burnRate.high` and `metrics.threshold.warning`. */
const SEVERE_GROUPS = ['critical', 'high', 'medium', 'low', 'warning'];

/**
 * Reads an action of a rule of Kibana, in the template of the set-up. The action group of a recovery ends the alert.
 * @throws Problem `invalid` that names the field
 */
export function readKibana(body: unknown): Reading {
  const fields = objectOf(body);
  const [rule, alert, group] = ['rule_id', 'alert_id', 'group'].map((name) => textOf(fields[name]));
  if (rule === undefined) throw refused('rule_id', 'Must be {{rule.id}}');
  if (group === undefined) throw refused('group', 'Must be {{alert.actionGroup}}');
  const [name, reason] = [textOf(fields['rule']), textOf(fields['reason'])];
  const url = textOf(fields['alert_url']) ?? fields['rule_url'];
  return readingOf(
    oneAlert({
      ...{ source: ID, key: `${rule}:${alert ?? ''}` },
      status: group.toLowerCase() === 'recovered' ? 'resolved' : 'firing',
      service: textOf(fields['service']),
      severity: textOf(fields['severity']) ?? severityIn(group),
      message: reason === undefined ? (name ?? 'A rule of Kibana') : name === undefined ? reason : `${name}: ${reason}`,
      labels: { rule: name, alert, group, tags: textOf(fields['tags']), space: textOf(fields['space']) },
      link: { href: url, text: 'Kibana' },
      ...{ startedAt: parseInstant(fields['date']), endedAt: parseInstant(fields['date']) },
    }),
  );
}

function severityIn(group: string): string | undefined {
  const end = group.slice(group.lastIndexOf('.') + 1).toLowerCase();
  return SEVERE_GROUPS.find((word) => word === end);
}

const TEMPLATE = `{
  "rule_id": "{{rule.id}}", "alert_id": "{{alert.id}}", "group": "{{alert.actionGroup}}",
  "rule": "{{rule.name}}", "reason": "{{context.reason}}",
  "service": "", "severity": "",
  "tags": "{{rule.tags}}", "space": "{{rule.spaceId}}",
  "rule_url": "{{rule.url}}", "alert_url": "{{context.alertDetailsUrl}}", "date": "{{date}}"
}`;

const sample = (group: string, date: string) => ({
  ...{ rule_id: '3583a470-74f6-11ed-9801-35303b735aef', alert_id: 'host-1', group, rule: 'CPU of web' },
  ...{ reason: 'CPU usage is 92% in the last 5 min for host-1', service: 'checkout', severity: 'high' },
  ...{ tags: 'shop,prod', space: 'default', date },
});

/** Rules of Kibana with a webhook connector. Its body is a template of the rule. */
export const kibana = defineFormat({
  id: ID,
  title: 'Kibana',
  hint: 'Rules of Elastic by a webhook connector. A rule needs two actions with the same body: one for its own group, one for Recovered.',
  source: 'https://www.elastic.co/guide/en/kibana/current/webhook-action-type.html',
  endpoints: [
    {
      summary: "Kibana's webhook connector: an alert of a rule that is active or recovered",
      method: 'POST',
      path: '',
      read: ({ body }) => readKibana(body),
    },
  ],
  setup: [
    {
      id: 'connector',
      title: 'Kibana',
      text: 'Add a connector of the type Webhook with the method POST, this URL and no authentication.',
      code: '{url}',
    },
    {
      id: 'body',
      title: 'Body',
      text: 'Give each rule two actions of the connector with this body, when it is active and when it is recovered, for each alert. Fill in service and severity.',
      code: TEMPLATE,
    },
  ],
  samples: {
    firing: { body: sample('metrics.threshold.fired', '2025-10-12T09:51:03.157Z') },
    resolved: { body: sample('recovered', '2025-10-12T10:21:03.157Z') },
    refused: [
      { field: '', body: [] },
      { field: 'rule_id', body: { group: 'recovered' } },
      { field: 'group', body: { rule_id: '1', group: ' ' } },
    ],
  },
});
