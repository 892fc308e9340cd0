import request from 'supertest';
import { days } from '../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../testing/alerts';
import { someone } from '../testing/http';

/** Operations about services. */

let harness: AlertsHarness;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

const send = async (service: string, dedup_key: string) => {
  await request(harness.app())
    .post('/api/v1/alerts')
    .send({ service, severity: 'high', message: 'Payments fail', dedup_key })
    .expect(201);
  await harness.alerts.drain();
};

test('each service is listed once, and its alerts of 7 and 30 days are counted', async () => {
  for (const [daysLater, key] of [
    [0, 'a'],
    [10, 'b'],
    [18, 'c'],
    [4, 'd'],
  ] as const) {
    harness.clock.advance(days(daysLater));
    await send('checkout', key);
  }
  await send('search', 'e');
  const port = harness.alerts.port;
  const names = async (input: { after?: string; service?: string }) =>
    (await port.serviceNames(input, someone())).names;
  expect(await names({})).toEqual(['checkout', 'search']);
  expect(await names({ after: 'checkout' })).toEqual(['search']);
  expect(await names({ service: 'search' })).toEqual(['search']);
  expect(await names({ service: 'sear' })).toEqual([]);
  const { services } = await port.serviceNoise({ services: ['checkout', 'quiet'] }, someone());
  expect(services).toEqual([{ service: 'checkout', last_7d: 2, last_30d: 3 }]);
});
