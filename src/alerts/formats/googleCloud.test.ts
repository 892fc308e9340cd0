import capture from './fixtures/google_cloud.json';
import { readGoogleCloud } from './googleCloud';

test('incidents of Google Cloud open and close', () => {
  const [open, closed, test] = capture.requests.map(({ json }) => readGoogleCloud(json).events[0]);
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
