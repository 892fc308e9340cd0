import capture from './fixtures/kibana.json';
import { readKibana } from './kibana';

const [active, recovered, burning] = capture.requests.map(({ json }) => readKibana(json).events[0]);

test('an alert of a rule is active and recovers', () => {
  expect(active).toEqual({
    ...{ key: '3583a470-74f6-11ed-9801-35303b735aef:host-1', status: 'firing', serviceMissing: false },
    ...{ severityWord: 'high', endedAt: null },
    report: {
      ...{ service: 'checkout', severity: 'high', source: 'kibana', timestamp: '2025-10-12T09:51:03.157Z' },
      message: 'CPU of web: CPU usage is 92% in the last 5 min for host-1',
      labels: {
        ...{ rule: 'CPU of web', alert: 'host-1', group: 'metrics.threshold.fired', tags: 'shop,prod' },
        space: 'default',
      },
      links: [{ href: 'https://kibana.example/app/observability/alerts/1', text: 'Kibana' }],
    },
  });
  expect(recovered).toMatchObject({
    ...{ key: active?.key, status: 'resolved', endedAt: new Date('2025-10-12T10:21:03.157Z') },
    report: { message: 'CPU of web' },
  });
});

test('variables that the rule leaves empty are replaced: the severity by the end of the group, the page by that of the rule', () => {
  expect(burning).toMatchObject({
    ...{ serviceMissing: true, severityWord: 'low' },
    report: {
      ...{ service: 'kibana', severity: 'low', message: 'Burn rate' },
      links: [{ href: 'https://kibana.example/app/rules/7c0b2c10' }],
    },
  });
});

test('alerts of one rule have keys of their own', () => {
  const keys = ['a', 'b', {}].map((alert_id) => readKibana({ rule_id: 'r', alert_id, group: 'x' }).events[0]?.key);
  expect(keys).toEqual(['r:a', 'r:b', 'r:']);
});

test('a group without the name of a severity is medium with a note', () => {
  expect(readKibana({ rule_id: 'r', group: 'threshold met' }).events[0]?.report).toMatchObject({
    ...{ severity: 'medium', severity_note: expect.any(String), message: 'A rule of Kibana' },
  });
});
