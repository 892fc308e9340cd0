import { defineFormat, type FormatRequest, type Taken } from './format';
import { readChange, readV1, readV2 } from './pagerdutyEvents';
import { refuseV1, refuseV2 } from './pagerdutyRefusals';

/** PagerDuty refuses larger events. */
const LARGEST = 512 * 1024;

/** The condition of the one event of a request; the vendor's clients send it again to acknowledge or resolve. */
const keyOf = ({ events }: Taken): string | undefined => events[0]?.key;

const eventsOf = (read: typeof readV2) => (request: FormatRequest) => ({ events: [read(request)] });

const ALERTMANAGER = `receivers:
  - name: tocsin
    pagerduty_configs:
      - url: {origin}/v2/enqueue
        routing_key: {key}
        component: '{{ .CommonLabels.service }}'
        severity: '{{ or .CommonLabels.severity "error" }}'`;

const GRAFANA = `apiVersion: 1
contactPoints:
  - orgId: 1
    name: tocsin
    receivers:
      - uid: tocsin-pagerduty
        type: pagerduty
        settings:
          url: {origin}/v2/enqueue
          integrationKey: {key}
          component: checkout`;

const CHANGE = `curl -X POST '{origin}/v2/change/enqueue' \\
  -H 'Content-Type: application/json' \\
  -d '{"routing_key":"{key}",
       "payload":{"summary":"Deployed checkout 1.42","source":"ci",
         "custom_details":{"service":"checkout"}},
       "links":[{"href":"https://ci.example/builds/42","text":"Build 42"}]}'`;

const TRY = `curl -X POST '{url}' \\
  -H 'Content-Type: application/json' \\
  -d '{"event_action":"trigger","dedup_key":"test",
       "payload":{"summary":"A test from the command line","source":"shell",
         "component":"checkout","severity":"info"}}'`;

/** The example of the vendor's page, with a service in `component`. */
const TRIGGER = {
  event_action: 'trigger',
  dedup_key: 'samplekeyhere',
  payload: {
    summary: 'PING OK - Packet loss = 0%, RTA = 1.41 ms',
    timestamp: '2026-07-17T08:42:58.315+0000',
    source: 'prod05.theseus.acme-widgets.com',
    severity: 'info',
    component: 'postgres',
    group: 'prod-datapipe',
    class: 'deploy',
    custom_details: { 'ping time': '1500ms', 'load avg': 0.75 },
  },
  images: [{ src: 'https://chart.example/d.png', href: 'https://chart.example/d', alt: 'Ping time' }],
  links: [{ href: 'https://pagerduty.example/', text: 'View the monitor' }],
  client: 'Sample Monitoring Service',
  client_url: 'https://monitoring.example/service',
};

const CHANGE_SAMPLE = {
  payload: {
    summary: 'Build Success - Increase snapshot create timeout to 30 seconds',
    timestamp: '2026-07-17T08:42:58.315+0000',
    source: 'acme-build-pipeline-tool-default-i-9999',
    custom_details: { build_state: 'passed', build_number: '2', run_time: '1236s' },
  },
  links: [{ href: 'https://acme.pagerduty.example/build/2', text: 'View more details in Acme!' }],
};

/**
 * PagerDuty's Events API v2 and v1, and its change events. The body carries the key at the vendor's paths, and only it
 * counts there, because some clients also send an `Authorization` of the vendor's other API.
 */
export const pagerduty = defineFormat({
  id: 'pagerduty',
  title: 'PagerDuty',
  hint: 'For tools that send PagerDuty events. The service is custom_details.service, else component, group or source. Events of one dedup_key are one alert, whatever their service.',
  source: 'https://developer.pagerduty.com/docs/events-api-v2-overview',
  endpoints: [
    {
      name: 'enqueue',
      summary: 'PagerDuty Events API v2: trigger, acknowledge or resolve',
      method: 'POST',
      path: '',
      vendors: [{ path: '/v2/enqueue', credential: { in: 'body', field: 'routing_key' } }],
      largest: LARGEST,
      read: eventsOf(readV2),
      answer: (taken) => ({
        status: 202,
        body: { status: 'success', message: 'Event processed', dedup_key: keyOf(taken) },
      }),
      refuse: refuseV2,
    },
    {
      name: 'change',
      summary: 'PagerDuty change event: a change of a system, which notifies no one',
      method: 'POST',
      path: '/change',
      vendors: [{ path: '/v2/change/enqueue', credential: { in: 'body', field: 'routing_key' } }],
      largest: LARGEST,
      async perform(tools, request) {
        await tools.recordChange(readChange(request));
        return { status: 202, body: { status: 'success', message: 'Change event processed' } };
      },
      refuse: refuseV2,
    },
    {
      name: 'v1',
      summary: 'PagerDuty Events API v1: trigger, acknowledge or resolve',
      method: 'POST',
      path: '/create_event.json',
      vendors: [{ path: '/generic/2010-04-15/create_event.json', credential: { in: 'body', field: 'service_key' } }],
      largest: LARGEST,
      read: eventsOf(readV1),
      answer: (taken) => ({
        status: 200,
        body: { status: 'success', message: 'Event processed', incident_key: keyOf(taken) },
      }),
      refuse: refuseV1,
    },
  ],
  setup: [
    {
      id: 'client',
      title: 'Any tool',
      text: 'Set the URL of the Events API and the key. Tools with a field for the host alone take the host of this server.',
      code: 'Events API v2 URL: {origin}/v2/enqueue\nIntegration key (routing key): {key}',
    },
    {
      id: 'alertmanager',
      title: 'Alertmanager',
      text: 'Add the receiver to your configuration and reload it. The component becomes the service.',
      file: 'alertmanager.yml',
      code: ALERTMANAGER,
    },
    {
      id: 'grafana',
      title: 'Grafana',
      text: 'Put the file into the folder provisioning/alerting, or create a contact point of type PagerDuty.',
      file: 'provisioning/alerting/tocsin.yml',
      code: GRAFANA,
    },
    {
      id: 'change',
      title: 'Change event',
      text: 'Send it from a deployment: the change is shown beside incidents of the service.',
      code: CHANGE,
    },
    {
      id: 'try',
      title: 'Try it',
      text: 'Opens an incident of low severity for a service called checkout.',
      code: TRY,
    },
  ],
  samples: {
    firing: { body: TRIGGER },
    resolved: { body: { event_action: 'resolve', dedup_key: 'samplekeyhere' } },
    others: [
      { endpoint: 'change', body: CHANGE_SAMPLE },
      { endpoint: 'v1', body: { event_type: 'acknowledge', incident_key: 'samplekeyhere' } },
    ],
    refused: [
      { field: '', body: [] },
      { field: 'event_action', body: { ...TRIGGER, event_action: 'snooze' } },
      { field: 'payload', body: { event_action: 'trigger', dedup_key: 'samplekeyhere' } },
      { field: 'dedup_key', body: { event_action: 'resolve' } },
      { field: 'payload.summary', endpoint: 'change', body: { payload: { source: 'ci' } } },
      { field: 'event_type', endpoint: 'v1', body: { description: 'FAILURE' } },
      { field: 'incident_key', endpoint: 'v1', body: { event_type: 'resolve' } },
      { field: 'description', endpoint: 'v1', body: { event_type: 'trigger' } },
    ],
  },
});
