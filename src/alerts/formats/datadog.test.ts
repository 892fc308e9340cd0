import { readDatadog } from './datadog';
import capture from './fixtures/datadog.json';

test('a monitor of Datadog triggers, triggers again, recovers and is muted; another one warns', () => {
  const [first, again, end, muted, warned] = capture.requests.map(({ json }) => readDatadog(json).events[0]);
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
