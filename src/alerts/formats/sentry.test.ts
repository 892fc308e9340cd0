import { createHmac } from 'node:crypto';
import request from 'supertest';
import { alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import capture from './fixtures/sentry.json';
import { readSentry } from './sentry';

const events = capture.requests.map(({ json }) => readSentry(json).events);

test('an issue alert opens an alert, and the end of its issue ends it', () => {
  expect(events[0]).toEqual([
    {
      ...{ key: 'issue:1170820242', status: 'firing', serviceMissing: false, severityWord: 'error', endedAt: null },
      report: {
        ...{ service: 'checkout', severity: 'high', message: 'TypeError: cart is null', source: 'sentry' },
        labels: {
          ...{ environment: 'prod', browser: 'Firefox 143', rule: 'Many errors' },
          ...{ culprit: 'checkout(src/cart)', platform: 'javascript' },
        },
        links: [{ href: expect.stringContaining('/issues/1170820242/events/'), text: 'Sentry' }],
        timestamp: '2025-10-12T09:51:03.157Z',
      },
    },
  ]);
  expect(events[1]).toMatchObject([{ key: 'issue:1170820242', status: 'resolved', report: { service: 'checkout' } }]);
});

test('a metric alert opens and is resolved', () => {
  expect(events[2]).toMatchObject([
    {
      ...{ key: 'metric:42', status: 'firing', severityWord: 'critical' },
      report: {
        ...{ service: 'payments', severity: 'critical', message: 'Critical: Too many errors' },
        labels: { rule: 'Too many errors', projects: 'payments,checkout' },
        annotations: { description: '1000 events in the last 10 minutes' },
      },
    },
  ]);
  expect(events[3]).toMatchObject([
    { key: 'metric:42', status: 'resolved', endedAt: new Date('2025-10-12T10:21:03.157Z') },
  ]);
});

test('an alert of the older plugin has the key of its issue', () => {
  expect(events[4]).toMatchObject([{ key: 'issue:1170820242', report: { service: 'checkout', severity: 'critical' } }]);
});

test('a new issue, an installation and a comment open nothing', () => expect(events.slice(5)).toEqual([[], [], []]));

test.each(['ignored', 'archived'])('an issue that is %s ends its alert', (action) =>
  expect(readSentry({ action, data: { issue: { id: 9 } } }).events).toMatchObject([
    { key: 'issue:9', status: 'resolved' },
  ]),
);

test('without an id, the issue is that of its address', () => {
  const event = { issue_url: 'https://sentry.io/api/0/organizations/shop/issues/77/' };
  expect(readSentry({ action: 'triggered', data: { event } }).events).toMatchObject([{ key: 'issue:77' }]);
});

test('with a secret, only requests that Sentry signed are taken', async () => {
  const harness = await alertsHarness();
  const secret = ['client', 'secret'].join(' ');
  const input = { name: 'Sentry', format: 'sentry' as const, signature_secret: secret };
  const { url } = await harness.alerts.port.createIntegration(input, someone({ actor: 'root', role: 'admin' }));
  const text = JSON.stringify(capture.requests[0]?.json);
  const send = (signature: string) =>
    request(harness.app())
      .post(new URL(url).pathname)
      .set({ 'Content-Type': 'application/json', 'Sentry-Hook-Signature': signature })
      .send(text);
  const signature = createHmac('sha256', secret).update(text).digest('hex');
  expect((await send(signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0')))).status).toBe(401);
  expect((await send(signature)).body).toMatchObject({ accepted: 1 });
  await harness.drop();
});
