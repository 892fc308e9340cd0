import capture from './fixtures/new_relic.json';
import { readNewRelic } from './newRelic';

test('issues of New Relic are activated, acknowledged and closed', () => {
  const [active, taken, closed, list] = capture.requests.map(({ json }) => readNewRelic(json).events[0]);
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
