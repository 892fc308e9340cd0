import { readAlertmanager } from './alertmanager';
import { type ActionEndpoint, type Answer, defineFormat, type ReportEndpoint } from './format';
import { readGrafana } from './grafana';
import { readKapacitor, readWebhook } from './oncallEvents';

/** What Grafana OnCall answers. */
const ok = (): Answer => ({ status: 200, body: 'Ok.' });

/** A type of OnCall's integrations. The token of the path is the key of the integration. */
const typeOf = <const T extends string>(name: T, title: string, reader: Pick<ReportEndpoint, 'read' | 'list'>) => ({
  name,
  summary: `Grafana OnCall, integration of type ${title}`,
  method: 'POST' as const,
  path: `/${name}` as const,
  vendors: [{ path: `/integrations/v1/${name}/:key` as const, credential: { in: 'path' as const } }],
  ...reader,
  answer: ok,
});

/** The types whose URL also takes heartbeats. */
const BEATING = ['alertmanager', 'elastalert', 'formatted_webhook', 'grafana_alerting', 'webhook', 'zabbix'];

const beat = (name: string, method: 'GET' | 'POST'): ActionEndpoint => ({
  name: `${name}.heartbeat.${method.toLowerCase()}`,
  summary: `Grafana OnCall, heartbeat of an integration of type ${name}`,
  method,
  path: `/${name}/heartbeat`,
  vendors: [{ path: `/integrations/v1/${name}/:key/heartbeat`, credential: { in: 'path' } }],
  async perform(tools) {
    await tools.heartbeats.pingOwn();
    return { status: 200, body: method === 'GET' ? ':)' : undefined };
  },
});
const beats = BEATING.flatMap((name) => [beat(name, 'GET'), beat(name, 'POST')]);

const EVENT = {
  alert_uid: '08d6891a-835c-e661-39fa-96b6a9e26552',
  title: 'The whole system is down',
  image_url: 'https://images.example/down.png',
  state: 'alerting',
  link_to_upstream_details: 'https://status.example/downtime',
  message: 'The last request was answered 4 minutes ago.',
};

const KAPACITOR = {
  id: 'cpu:host=web-1',
  message: 'cpu:host=web-1 is CRITICAL',
  details: '',
  time: '2026-10-12T09:51:03Z',
  duration: 0,
  level: 'CRITICAL',
  previousLevel: 'OK',
  data: { series: [{ name: 'cpu', tags: { host: 'web-1' }, columns: ['time', 'value'], values: [] }] },
};

const ALERTMANAGER = {
  receiver: 'oncall',
  status: 'firing',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'InstanceDown', job: 'node', severity: 'critical', instance: 'web-1' },
      annotations: { summary: 'web-1 does not answer' },
      startsAt: '2026-10-12T09:51:03.157Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'https://prometheus.example/graph',
      fingerprint: 'b807e636403824b5',
    },
  ],
  version: '4',
  groupKey: '{}:{}',
  numFiring: 1,
  numResolved: 0,
  truncatedAlerts: 0,
};

const TRY = `curl -X POST '{origin}/integrations/v1/formatted_webhook/{key}/' \\
  -H 'Content-Type: application/json' \\
  -d '{"alert_uid":"test","title":"A test from the command line","state":"alerting"}'`;

const plain = { read: readWebhook };

/**
 * The webhooks of Grafana OnCall, which is archived. Tools that posted to it get the host of this server and the key of the
 * integration as token.
 */
export const oncall = defineFormat({
  id: 'grafana_oncall',
  title: 'Grafana OnCall',
  hint: 'For tools that post to the integrations of OnCall: only host and token of their URL change.',
  source: 'https://grafana.com/docs/oncall/latest/integrations/',
  endpoints: [
    typeOf('formatted_webhook', 'Formatted webhook', plain),
    typeOf('webhook', 'Webhook', plain),
    typeOf('zabbix', 'Zabbix', plain),
    typeOf('elastalert', 'ElastAlert', plain),
    typeOf('kapacitor', 'Kapacitor', { read: readKapacitor }),
    typeOf('alertmanager', 'Alertmanager', { list: 'alerts', read: ({ body }) => readAlertmanager(body) }),
    typeOf('grafana_alerting', 'Grafana alerting', { list: 'alerts', read: ({ body }) => readGrafana(body) }),
    ...beats,
  ],
  setup: [
    {
      id: 'webhook',
      title: 'Any tool',
      text: 'Replace the address of OnCall. The type is webhook, formatted_webhook, zabbix, elastalert, kapacitor, alertmanager or grafana_alerting.',
      code: '{origin}/integrations/v1/formatted_webhook/{key}/',
    },
    {
      id: 'kuma',
      title: 'Uptime Kuma',
      text: 'Add a notification of the type Grafana OnCall with this URL.',
      code: '{origin}/integrations/v1/webhook/{key}/',
    },
    {
      id: 'heartbeat',
      title: 'Heartbeat',
      text: 'A request at this URL is a ping of the heartbeat of this integration, which the first one creates.',
      code: '{origin}/integrations/v1/webhook/{key}/heartbeat/',
    },
    {
      id: 'try',
      title: 'Try it',
      text: 'Opens an incident of medium severity.',
      code: TRY,
    },
  ],
  samples: {
    firing: { body: EVENT },
    resolved: { body: { ...EVENT, state: 'ok' } },
    others: [
      { endpoint: 'webhook', body: { title: 'web-1 is down', message: 'No answer', state: 'alerting' } },
      { endpoint: 'zabbix', body: EVENT },
      { endpoint: 'elastalert', body: { alert_uid: 'rule-1', title: 'Error rate', message: 'Matched 12 times' } },
      { endpoint: 'kapacitor', body: KAPACITOR },
      { endpoint: 'alertmanager', body: ALERTMANAGER },
      { endpoint: 'grafana_alerting', body: ALERTMANAGER },
      ...beats.map(({ name }) => ({ endpoint: name as string })),
    ],
    refused: [
      { field: '', body: [] },
      { field: '', endpoint: 'kapacitor', body: 'CRITICAL' },
      { field: 'alerts', endpoint: 'alertmanager', body: { version: '4' } },
      { field: 'alerts', endpoint: 'grafana_alerting', body: { version: '1' } },
    ],
  },
});
