import capture from './fixtures/pingdom.json';
import { readPingdom } from './pingdom';

test('checks of Pingdom go down and up, by the words of both kinds', () => {
  const [down, up, failing, success] = capture.requests.map(({ json }) => readPingdom(json).events[0]);
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
