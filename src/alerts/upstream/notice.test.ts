import { minutes, seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import { settled, upstreamIncident, writeDependencies } from '../../testing/upstream';

/** The notice to the owner of a service that an incident affects. */

let harness: AlertsHarness;
let serial = 0;
beforeEach(async () => {
  harness = await alertsHarness();
});
afterEach(() => harness.drop());

const send = (service: string, over: object = {}, to = harness.alerts.port) =>
  to.receive({ service, severity: 'critical', message: `Message ${++serial}`, ...over } as never, someone());
const told = () => harness.oncall.told.map(({ service }) => service).sort();

async function pass(ms: number): Promise<void> {
  harness.clock.advance(ms);
  await settled(harness);
}

async function depend(service: string, grace: number): Promise<void> {
  writeDependencies(harness, service, { db: grace });
  await settled(harness);
}

test('each affected service causes one notice per incident, at once or after the wait', async () => {
  for (const service of ['web', 'api']) await depend(service, 0);
  await depend('late', 60);
  await send('late');
  const incident = upstreamIncident(harness, 'db');
  await incident.begin();
  for (const service of ['web', 'api', 'web', 'web']) await send(service);
  await settled(harness);
  expect(told()).toEqual(['api', 'web']);
  expect(harness.oncall.told[0]).toEqual({ incident_id: incident.id, service: 'web', title: incident.title });
  await pass(seconds(60));
  expect(told()).toEqual(['api', 'late', 'web']);
  await incident.end();
  await incident.begin();
  await send('web');
  await settled(harness);
  expect(told()).toEqual(['api', 'late', 'web']);
  await incident.end();
  await upstreamIncident(harness, 'db').begin();
  await send('web');
  await settled(harness);
  expect(told()).toEqual(['api', 'late', 'web', 'web']);
});

test('a repeat of an alert with its own incident causes none', async () => {
  await depend('web', 0);
  const report = { message: 'Known', dedup_key: 'known' };
  await send('web', report);
  await upstreamIncident(harness, 'db').begin();
  await send('web', report);
  await settled(harness);
  expect(told()).toEqual([]);
});

test('two processes that store the first alerts at once cause one notice', async () => {
  await depend('web', 0);
  await upstreamIncident(harness, 'db').begin();
  const other = harness.another();
  await Promise.all(Array.from({ length: 10 }, (_, n) => send('web', {}, n % 2 ? other.port : harness.alerts.port)));
  await settled(harness);
  expect(told()).toEqual(['web']);
});

test('while oncall is unavailable, the notice waits', async () => {
  await depend('web', 0);
  await upstreamIncident(harness, 'db').begin();
  harness.oncall.down = true;
  await send('web');
  await harness.alerts.drain().catch(() => undefined);
  expect(told()).toEqual([]);
  harness.oncall.down = false;
  await pass(minutes(1));
  expect(told()).toEqual(['web']);
});

test('an alert that a rule routes notifies the team of the route, once for each route', async () => {
  await depend('web', 0);
  const rule = (name: string, set: object) =>
    harness.alerts.port.createRule(
      {
        ...{ name, when: [`route="${name}"`], enabled: true, during: null, stop: false },
        ...Object.fromEntries([['then', { drop: false, set }]]),
      } as never,
      someone(),
    );
  await rule('search', { team: 'search' });
  await rule('billing', { policy: 'billing' });
  await upstreamIncident(harness, 'db').begin();
  for (const labels of [{ route: 'search' }, { route: 'search' }, { route: 'billing' }, {}]) {
    await send('web', { labels });
  }
  await settled(harness);
  expect(harness.oncall.told.map(({ team }) => team ?? 'owner').sort()).toEqual(['billing', 'owner', 'search']);
});

test('if no team is responsible, a note on the incident says so', async () => {
  await depend('web', 0);
  harness.oncall.owner = null;
  const incident = upstreamIncident(harness, 'db');
  await incident.begin();
  await send('web');
  await settled(harness);
  expect(harness.incidents.notes).toMatchObject([
    { id: incident.id, content: 'web is affected, and no team owns it. The notice went to the default room.' },
  ]);
});
