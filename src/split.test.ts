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

test('jobs that wait for incidents run within two seconds of its return, and each alert gets its incident', async () => {
  expect(await harness.end('incidents', 'SIGKILL')).toBeNull();
  const stored = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      ask('/api/v1/alerts', { service: `away-${i}`, severity: 'high', message: 'while incidents was away' }),
    ),
  );
  expect(stored.map(({ status }) => status)).toEqual(stored.map(() => 201));
  // Long enough for the back-off to exceed two seconds.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const alerts = new Client({ connectionString: databaseUrlsOf(harness.config, server.adminUrl).alerts as string });
  await alerts.connect();
  const waiting = async () => (await alerts.query('select 1 from jobs where waits_for is not null')).rows.length;
  expect(await waiting()).toBeGreaterThan(0);
  await harness.start('incidents');
  const back = Date.now();
  await until(async () => (await waiting()) === 0, 10_000);
  expect(Date.now() - back).toBeLessThan(2_000);
  await alerts.end();
  const attached = async () => {
    const { body } = await ask('/api/v1/alerts?per_page=200');
    return (body['alerts'] as { incident_id: string | null }[]).every(({ incident_id }) => incident_id !== null);
  };
  await until(attached, 30_000);
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
    expect((await ask('/api/v1/alerts/stats')).body['firing']).toBe(20);
    expect(await post(path, group(2_600))).toEqual({ status: 200, body: { accepted: 2_600, resolved: 0, ignored: 0 } });
    expect((await ask('/api/v1/alerts/stats')).body['firing']).toBe(2_620);
  });

  test('larger than 32 MiB is refused with the problem of the service', async () => {
    const answer = await post(await webhook('Larger'), group(20_000));
    expect([answer.status, answer.body['type']]).toEqual([413, 'urn:tocsin:problem:too-large']);
  });
});
