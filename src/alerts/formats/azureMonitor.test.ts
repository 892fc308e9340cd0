import { readAzureMonitor } from './azureMonitor';
import capture from './fixtures/azure_monitor.json';

test('alerts of Azure Monitor fire and are resolved', () => {
  const [fired, resolved, bare] = capture.requests.map(({ json }) => readAzureMonitor(json).events[0]);
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
