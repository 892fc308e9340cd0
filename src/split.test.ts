import { Client } from 'pg';
import { databaseUrlsOf } from './config/databases';
import type { EmbeddedPostgres } from './embedded/postgres';
import { until } from './testing/product';
import { type SplitHarness, splitServer, startSplit } from './testing/splitHarness';

const KEY = 'a-key-for-real-processes';

/** Tests that need real processes: one module each, connected by real sockets. */

let server: EmbeddedPostgres;
let harness: SplitHarness;

jest.setTimeout(180_000);
beforeAll(async () => {
  server = await splitServer();
  harness = await startSplit(server, { API_KEYS: KEY });
});
afterAll(async () => {
  await harness?.stop();
  await server?.stop();
});

const ask = async (path: string, body?: object) => {
  const answer = await fetch(harness.url + path, {
    headers: { 'X-API-Key': KEY, 'Content-Type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

const COUNT = 20;
/** Below it, one pause of a busy machine would decide the test; the rest of a back-off is far longer. */
const LEAST_COST_MS = 2_500;

/** Reports alerts of as many services, which each open an incident. */
async function report(name: string): Promise<void> {
  const stored = await Promise.all(
    Array.from({ length: COUNT }, (_, i) =>
      ask('/api/v1/alerts', { service: `${name}-${i}`, severity: 'high', message: 'while incidents was away' }),
    ),
  );
  expect(stored.map(({ status }) => status)).toEqual(stored.map(() => 201));
}

test('jobs that wait for incidents are done two seconds after its return, plus the time that the jobs themselves take', async () => {
  const alerts = new Client({ connectionString: databaseUrlsOf(harness.config, server.adminUrl).alerts as string });
  await alerts.connect();
  const rows = async (sql: string) => (await alerts.query(sql)).rows.length;
  const waiting = () => rows('select 1 from jobs where waits_for is not null');
  const attached = async () => (await rows("select 1 from jobs where kind = 'attach'")) === 0;
  /** Ends incidents, and returns how long after its start all alerts have an incident, in milliseconds. */
  const returned = async (meanwhile: () => Promise<void>, afterwards: () => Promise<void>): Promise<number> => {
    expect(await harness.end('incidents', 'SIGKILL')).toBeNull();
    await meanwhile();
    await harness.start('incidents');
    const back = Date.now();
    await afterwards();
    await until(attached, 60_000);
    return Date.now() - back;
  };
  const released = async (): Promise<void> => {
    const back = Date.now();
    await until(async () => (await waiting()) === 0, 10_000);
    expect(Date.now() - back).toBeLessThan(2_000);
  };
  // The time of the same jobs in a process that has just started, under the present load of the machine.
  const costMs = await returned(
    async () => {},
    () => report('present'),
  );
  const tookMs = await returned(async () => {
    await report('away');
    // Long enough for the back-off to exceed two seconds.
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    expect(await waiting()).toBeGreaterThan(0);
  }, released);
  await alerts.end();
  expect(tookMs).toBeLessThan(2_000 + 2 * Math.max(costMs, LEAST_COST_MS));
});

describe('a large group of Alertmanager', () => {
  const group = (count: number) => {
    const alert = (i: number) => ({
      status: 'firing',
      fingerprint: `f-${i}`,
      labels: { alertname: 'InstanceDown', service: 'large', severity: 'critical', instance: `node-${i}:9100` },
      annotations: { summary: `node-${i} does not answer`, description: 'd'.repeat(1_540) },
      startsAt: new Date().toISOString(),
    });
    return JSON.stringify({ groupKey: 'g', alerts: Array.from({ length: count }, (_, i) => alert(i)) });
  };
  const post = async (path: string, body: string) => {
    const answer = await fetch(harness.url + path, { method: 'POST', body });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const webhook = async (name: string) =>
    new URL(String((await ask('/api/v1/integrations', { name })).body['url'])).pathname;

  test('of 2,600 alerts passes the gateway and is stored completely', async () => {
    const path = await webhook('Large');
    expect((await ask('/api/v1/alerts/stats')).body['firing']).toBe(2 * COUNT);
    expect(await post(path, group(2_600))).toEqual({ status: 200, body: { accepted: 2_600, resolved: 0, ignored: 0 } });
    expect((await ask('/api/v1/alerts/stats')).body['firing']).toBe(2 * COUNT + 2_600);
  });

  test('larger than 32 MiB is refused with the problem of the service', async () => {
    const answer = await post(await webhook('Larger'), group(20_000));
    expect([answer.status, answer.body['type']]).toEqual([413, 'urn:tocsin:problem:too-large']);
  });
});
