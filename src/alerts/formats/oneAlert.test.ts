import { readAzureMonitor } from './azureMonitor';
import { readDatadog } from './datadog';
import azure from './fixtures/azure_monitor.json';
import datadogCapture from './fixtures/datadog.json';
import google from './fixtures/google_cloud.json';
import relic from './fixtures/new_relic.json';
import pingdomCapture from './fixtures/pingdom.json';
import type { Reading } from './format';
import { readGoogleCloud } from './googleCloud';
import { readNewRelic } from './newRelic';
import { oneAlert } from './oneAlert';
import { readPingdom } from './pingdom';

/** The formats of tools that send one alert in a request. */

const eventsOf = (read: (body: unknown) => Reading, { requests }: { requests: { json: unknown }[] }) =>
  requests.map(({ json }) => read(json).events[0]);

test('a monitor of Datadog triggers, triggers again, recovers and is muted; another one warns', () => {
  const [first, again, end, muted, warned] = eventsOf(readDatadog, datadogCapture);
  expect(first).toEqual({
    ...{ key: '5093874', status: 'firing', serviceMissing: false, severityWord: 'P2', endedAt: null },
    report: {
      ...{ service: 'checkout', severity: 'high', message: 'Error rate is high on checkout', source: 'datadog' },
      labels: {
        ...{ env: 'prod', host: 'web-1', monitor: 'true', service: 'checkout' },
        scope: 'host:web-1,service:checkout',
      },
      annotations: { description: '%%%\nThe error rate of checkout is above 5 %.\n%%%' },
      links: [{ href: 'https://app.datadoghq.com/event/event?id=7043123', text: 'Datadog' }],
      timestamp: '2025-10-12T09:51:03.157Z',
    },
  });
  expect(again).toMatchObject({ key: '5093874', status: 'firing' });
  expect(end).toMatchObject({ key: '5093874', status: 'resolved', endedAt: new Date('2025-10-12T10:21:03.157Z') });
  expect(muted).toBeUndefined();
  expect(warned).toMatchObject({
    key: '5093875',
    serviceMissing: true,
    report: { severity: 'medium', service: 'datadog' },
  });
});

test('a variable that Datadog did not fill counts as missing', () => {
  const [event] = readDatadog({
    transition: 'Triggered',
    cycle: '$ALERT_CYCLE_KEY',
    monitor: 7,
    title: '$EVENT_TITLE',
  }).events;
  expect(event).toMatchObject({ key: '7', report: { message: 'A monitor of Datadog' } });
});

test('checks of Pingdom go down and up, by the words of both kinds', () => {
  const [down, up, failing, success] = eventsOf(readPingdom, pingdomCapture);
  expect(down).toEqual({
    ...{ key: '12345', status: 'firing', serviceMissing: false, severityWord: 'HIGH', endedAt: null },
    report: {
      ...{ service: 'checkout', severity: 'high', message: 'Checkout: HTTP Server Error 503 Service Unavailable' },
      ...{ labels: { type: 'HTTP', hostname: 'shop.example', tags: 'shop,eu' }, source: 'pingdom' },
      links: [{ href: 'https://shop.example/checkout', text: 'Checked page' }],
      timestamp: '2025-10-12T09:51:03.000Z',
    },
  });
  expect(up).toMatchObject({ key: '12345', status: 'resolved', endedAt: new Date('2025-10-12T10:21:03Z') });
  expect(failing).toMatchObject({
    key: '777',
    status: 'firing',
    report: { severity: 'low', labels: { type: 'TRANSACTION' } },
  });
  expect(success).toMatchObject({ key: '777', status: 'resolved' });
});

test('alerts of Azure Monitor fire and are resolved', () => {
  const [fired, resolved, bare] = eventsOf(readAzureMonitor, azure);
  expect(fired).toMatchObject({
    ...{ key: expect.stringContaining('b9569717'), status: 'firing', serviceMissing: false, severityWord: 'error' },
    report: {
      ...{ service: 'checkout', severity: 'high', timestamp: '2025-10-12T09:51:03.157Z' },
      message: 'High error rate: The error rate of checkout is above 5 %',
      labels: { team: 'shop', rule: 'High error rate', monitoring_service: 'Platform', signal_type: 'Metric' },
      links: [{ href: 'https://portal.azure.com/#view/alert/b9569717', text: 'Azure' }],
    },
  });
  expect(resolved).toMatchObject({
    key: fired?.key,
    status: 'resolved',
    endedAt: new Date('2025-10-12T10:21:03.412Z'),
  });
  // Without a configuration item, the service is the name of the target.
  expect(bare).toMatchObject({ report: { service: 'checkout', severity: 'critical', message: 'High error rate' } });
  expect(bare?.report).not.toHaveProperty('links');
});

test('incidents of Google Cloud open and close', () => {
  const [open, closed, test] = eventsOf(readGoogleCloud, google);
  expect(open).toMatchObject({
    ...{ key: '0.opqiw61fsv7p', status: 'firing', severityWord: 'Critical' },
    report: {
      ...{ service: 'checkout', severity: 'critical', timestamp: '2025-10-12T09:51:03.000Z' },
      message: 'Error rate of checkout is above the threshold of 5.000 with a value of 7.200.',
      labels: { location: 'europe-west3', policy: 'Error rate', project: 'shop-prod' },
      annotations: { description: 'See the runbook of checkout.' },
    },
  });
  expect(closed).toMatchObject({ key: open?.key, status: 'resolved', endedAt: new Date('2025-10-12T10:21:03Z') });
  expect(test).toMatchObject({
    report: { service: 'error rate', severity: 'medium', message: 'Error rate: Error rate of checkout' },
  });
});

test('issues of New Relic are activated, acknowledged and closed', () => {
  const [active, taken, closed, list] = eventsOf(readNewRelic, relic);
  expect(active).toMatchObject({
    ...{ key: '5a1b8a62-9d5e-4a1c-8c3f-2f7f4c8e9a10', status: 'firing', severityWord: 'CRITICAL' },
    report: {
      ...{ service: 'checkout', severity: 'critical', labels: { policy: 'Shop', condition: 'Error rate' } },
      message: "Error rate > 5 % for at least 5 minutes on 'checkout'",
    },
  });
  expect(taken).toMatchObject({ key: active?.key, status: 'acknowledged' });
  expect(closed).toMatchObject({ status: 'resolved', endedAt: new Date('2025-10-12T10:21:03.157Z') });
  expect(list).toMatchObject({ serviceMissing: true, report: { message: 'Disk full', service: 'new_relic' } });
});

test('an alert stays within the limits of the intake', () => {
  const long = 'é'.repeat(5_000);
  const { report } = oneAlert({
    ...{ source: 'x', key: 'k', status: 'firing', service: long, message: long },
    labels: { a: long, b: { toString: 1 } },
    link: { href: 'javascript:alert(1)', text: 'x' },
  });
  expect([report.service.length, report.message.length]).toEqual([255, 2_000]);
  expect(report.labels).toMatchObject({ b: '{"toString":1}' });
  expect(report).not.toHaveProperty('links');
});
