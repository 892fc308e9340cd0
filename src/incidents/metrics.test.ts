import { Registry } from 'prom-client';
import { minutes } from '../kernel/clock';
import { someone } from '../testing/http';
import { alertOf, incidentsHarness, openedBy } from '../testing/incidents';
import { createMetrics } from './metrics';

const away = async (): Promise<never> => {
  throw new Error('away');
};

test('opened incidents are counted by severity and service', async () => {
  const harness = await incidentsHarness();
  await openedBy(harness, alertOf({ service: 'checkout', severity: 'critical' }));
  await harness.port.create({ title: 't', service: 'search', severity: 'low' }, someone());
  const said = await harness.registry.metrics();
  expect(said).toContain('incidents_created_total{severity="critical",service="checkout"} 1');
  expect(said).toContain('incidents_created_total{severity="low",service="search"} 1');
  await harness.end();
});

test('the number of series is limited for any number of services, and the sum is right', async () => {
  const registry = new Registry();
  const metrics = createMetrics(registry, { counts: away, means: away });
  for (let n = 0; n < 150; n++) metrics.created({ severity: 'high', service: `service-${n}` });
  metrics.created({ severity: 'high', service: 'service-7' });
  const values = (await registry.getSingleMetric('incidents_created_total')?.get())?.values ?? [];
  expect(values).toHaveLength(101);
  expect(values.find(({ labels }) => labels['service'] === 'other')?.value).toBe(50);
  expect(values.find(({ labels }) => labels['service'] === 'service-7')?.value).toBe(2);
});

test('mean times survive a restart, and are absent before the first measurement', async () => {
  const harness = await incidentsHarness();
  expect(await harness.registry.metrics()).not.toContain('incident_mean_seconds{');
  const id = await openedBy(harness);
  harness.clock.advance(minutes(2));
  await harness.port.update({ id, status: 'acknowledged' }, someone());
  harness.clock.advance(minutes(3));
  await harness.port.update({ id, status: 'resolved' }, someone());
  const registry = new Registry();
  harness.again({ registry });
  const said = await registry.metrics();
  expect(said).toContain('incident_mean_seconds{until="acknowledged"} 120');
  expect(said).toContain('incident_mean_seconds{until="resolved"} 300');
  await harness.end();
});

test('incidents by status are a gauge under the name that dashboards know', async () => {
  const harness = await incidentsHarness();
  await openedBy(harness);
  const said = await harness.registry.metrics();
  expect(said).toContain('# TYPE incidents_total gauge');
  expect(said).toContain('incidents_total{status="open"} 1');
  await harness.end();
});
