import fc from 'fast-check';
import { days } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { incidentSuite, storedIncident } from '../../testing/incidentSuite';
import { serviceNames } from '../store/services';

/** Service names and counts of incidents by service. */

const harness = incidentSuite({ every: 'file' });
beforeEach(() => harness.db('incidents').delete());

const stored = (service: string, status = 'open', daysAgo = 0) =>
  storedIncident(harness, {
    service,
    status,
    created_at: new Date(harness.clock.now().getTime() - days(daysAgo)),
  });

test('open, unacknowledged and recent incidents of a service are counted', async () => {
  for (const [status, daysAgo] of [
    ['open', 1],
    ['acknowledged', 2],
    ['resolved', 3],
    ['resolved', 20],
    ['resolved', 31],
    ['in_progress', 40],
  ] as const) {
    await stored('checkout', status, daysAgo);
  }
  await stored('other');
  const { services } = await harness.port.serviceNoise({ services: ['checkout', 'quiet'] }, someone());
  expect(services).toEqual([{ service: 'checkout', open: 3, unacknowledged: 1, last_7d: 3, last_30d: 4 }]);
});

test('service names are returned once, in order, and match a whole name', async () => {
  for (const service of ['search', 'checkout', 'checkout', 'check%in']) await stored(service);
  const names = async (input: { after?: string; service?: string }) =>
    (await harness.port.serviceNames(input, someone())).names;
  expect(await names({})).toEqual(['check%in', 'checkout', 'search']);
  expect(await names({ after: 'check%in' })).toEqual(['checkout', 'search']);
  expect(await names({ service: 'checkout' })).toEqual(['checkout']);
  expect(await names({ service: 'check' })).toEqual([]);
  expect(await serviceNames(harness.db, undefined, 2)).toEqual(['check%in', 'checkout']);
});

test('the names are those of all rows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[a-z%_'.-]{1,4}$/), { maxLength: 12 }), async (all) => {
      await harness.db('incidents').delete();
      for (const service of all) await stored(service);
      expect((await serviceNames(harness.db, undefined, 100)).sort()).toEqual([...new Set(all)].sort());
    }),
    { numRuns: 15 },
  );
});
