import type { Snippet } from './samples';

const ALERTMANAGER = `route:
  receiver: tocsin
  group_by: [alertname, service]
receivers:
  - name: tocsin
    opsgenie_configs:
      - api_url: {origin}/
        api_key: {key}
        message: '{{ .CommonAnnotations.summary }}'
        priority: '{{ if eq .CommonLabels.severity "critical" }}P1{{ else }}P3{{ end }}'
        send_resolved: true
`;

const GRAFANA = `apiVersion: 1
contactPoints:
  - orgId: 1
    name: tocsin
    receivers:
      - uid: tocsin
        type: opsgenie
        settings:
          apiUrl: {origin}/v2/alerts
          apiKey: {key}
          autoClose: true`;

const ZABBIX = `opsgenie_api   {origin}/v2/alerts
opsgenie_token {key}
opsgenie_web   {origin}`;

const SDK = `const opsgenie = require('opsgenie-sdk');
opsgenie.configure({ host: '{origin}', api_key: '{key}' });
opsgenie.alertV2.create({ message: 'A test from the SDK', alias: 'test', priority: 'P5' }, console.log);`;

const TRY = `curl -X POST '{origin}/v2/alerts' \\
  -H 'Authorization: GenieKey {key}' \\
  -H 'Content-Type: application/json' \\
  -d '{"message":"A test from the command line","alias":"test","entity":"checkout","priority":"P5"}'`;

/** What an administrator pastes into tools that speak to Opsgenie. */
export const snippets: readonly [Snippet, ...Snippet[]] = [
  {
    id: 'alertmanager',
    title: 'Alertmanager',
    text: 'Add the receiver to your configuration and reload it.',
    file: 'alertmanager.yml',
    code: ALERTMANAGER,
  },
  {
    id: 'grafana',
    title: 'Grafana',
    text: 'Put the file into the folder provisioning/alerting, or set this URL and key in a contact point of type Opsgenie.',
    file: 'provisioning/alerting/tocsin.yml',
    code: GRAFANA,
  },
  {
    id: 'zabbix',
    title: 'Zabbix',
    text: 'Set these parameters of the media type Opsgenie.',
    code: ZABBIX,
  },
  {
    id: 'shoutrrr',
    title: 'shoutrrr',
    text: 'Put the host of this server and the key into the URL; it uses https.',
    code: 'opsgenie://<host>/{key}',
  },
  { id: 'sdk', title: 'opsgenie-sdk', text: 'Set the host of the SDK.', file: 'alert.js', code: SDK },
  { id: 'try', title: 'Try it', text: 'Opens an incident of low severity for a service called checkout.', code: TRY },
];
