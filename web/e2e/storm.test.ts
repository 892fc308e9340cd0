import { existsSync, readFileSync } from 'node:fs';
import { until } from '../../src/testing/product';
import { beginVisit, PATIENCE_MS, type Visit } from '../testing/visit';

/** A storm of 10,000 alerts in ten seconds from Alertmanager, seen by a person at the list of incidents. */

jest.setTimeout(300_000);

const ALERTS = 10_000;
const SERVICES = 50;
const IN_DELIVERY = 100;
const SPAN_MS = 10_000;
/** The target of the product on a machine of its own. */
const LAG_MS = 100;
const LEAST_STRETCH = 1.5;
const SETTLES_WITHIN_MS = 120_000;
const MEBIBYTE = 1024 * 1024;
const MOST_GROWTH = 150 * MEBIBYTE;

let visit: Visit;
let webhook: string;

beforeAll(async () => {
  visit = await beginVisit();
  const members = [{ name: 'Ana Brandt', email: 'ana@example.com', role: 'primary' }];
  await visit.ask('POST', '/api/v1/schedules', { team: 'ops', members });
  const { url } = await visit.ask<{ url: string }>('POST', '/api/v1/integrations', { name: 'Alertmanager' });
  webhook = visit.product.url + new URL(url).pathname;
});
afterAll(() => visit?.end());

const alertOf = (n: number) => ({
  status: 'firing',
  fingerprint: `storm-${n}`,
  labels: {
    alertname: 'InstanceDown',
    service: `service-${n % SERVICES}`,
    severity: 'critical',
    instance: `node-${n}`,
  },
  annotations: { summary: `node-${n} does not answer` },
  startsAt: new Date().toISOString(),
  endsAt: '0001-01-01T00:00:00Z',
});

/** Sends a delivery until it is accepted, as Alertmanager does. */
async function deliver(first: number): Promise<void> {
  const alerts = Array.from({ length: IN_DELIVERY }, (_, i) => alertOf(first + i));
  for (;;) {
    const answer = await fetch(webhook, { method: 'POST', body: JSON.stringify({ version: '4', alerts }) });
    if (answer.status === 200) return expect(await answer.json()).toMatchObject({ accepted: IN_DELIVERY });
    // A refusal comes before acceptance, and says when to come again.
    expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([503, true]);
    await pause(Number(answer.headers.get('retry-after')) * 1_000);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends some deliveries at a steady pace. */
async function send(from: number, to: number): Promise<void> {
  const started = performance.now();
  const sent: Promise<void>[] = [];
  for (let n = from; n < to; n += IN_DELIVERY) {
    await pause(started + ((n - from) / ALERTS) * SPAN_MS - performance.now());
    sent.push(deliver(n));
  }
  await Promise.all(sent);
}

/** The lag of the product's event loop since the last call, in milliseconds, and its memory in bytes. */
async function health(): Promise<{ lagMs: number; memory: number }> {
  const text = await (await fetch(`${visit.product.url}/metrics`)).text();
  const sampleOf = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
  return {
    lagMs: sampleOf('nodejs_eventloop_lag_p99_seconds') * 1_000,
    memory: sampleOf('process_resident_memory_bytes'),
  };
}

/** How long the product ran on a processor and waited for one, in nanoseconds; zeros if the system does not say. */
function processorTimes(): { ran: number; waited: number } {
  const { pid } = visit.product.process;
  const file = `/proc/${pid}/task/${pid}/schedstat`;
  const [ran = 0, waited = 0] = existsSync(file) ? readFileSync(file, 'utf8').split(' ').map(Number) : [];
  return { ran, waited };
}

/**
 * By how much other programs slowed the product down since then: 1 on a machine of its own, but at least what the browser and
 * the database beside it take. Its turns are so many times as long, and as many times more of them wait, so its lag grows
 * with the square.
 */
function stretchSince(before: ReturnType<typeof processorTimes>): number {
  const now = processorTimes();
  const [ran, waited] = [now.ran - before.ran, now.waited - before.waited];
  return Math.max(LEAST_STRETCH, ran === 0 ? 1 : (ran + waited) / ran);
}

/** Opens an incident from the list by a click. */
async function openIncident(): Promise<void> {
  const { page, url } = visit;
  await page.goto(`${url}/incidents`);
  const link = page.locator('a.t[href^="/incidents/"]').first();
  await link.waitFor();
  await link.click();
  await page.getByRole('heading', { level: 1, name: /does not answer/ }).waitFor({ timeout: PATIENCE_MS });
}

const total = async (path: string): Promise<number> => (await visit.ask<{ total: number }>('GET', path)).total;

test('10,000 alerts of 50 services become 50 incidents, none is lost, and the page answers meanwhile', async () => {
  await health();
  const before = processorTimes();
  await Promise.all([send(0, ALERTS / 2), openIncident()]);
  const middle = await health();
  await Promise.all([send(ALERTS / 2, ALERTS), openIncident()]);
  const end = await health();
  const allowedMs = LAG_MS * stretchSince(before) ** 2;

  await until(async () => (await total('/api/v1/alerts?status=firing&per_page=1')) === ALERTS, SETTLES_WITHIN_MS);
  const counted = async (): Promise<number[]> => {
    const { incidents } = await visit.ask<{ incidents: { alert_count: number }[] }>(
      'GET',
      '/api/v1/incidents?per_page=200',
    );
    return incidents.map(({ alert_count }) => alert_count);
  };
  const each = Array.from({ length: SERVICES }, () => ALERTS / SERVICES);
  await until(async () => (await counted()).reduce((sum, n) => sum + n, 0) === ALERTS, SETTLES_WITHIN_MS);
  expect(await counted()).toEqual(each);

  expect(middle.lagMs).toBeLessThan(allowedMs);
  expect(end.lagMs).toBeLessThan(allowedMs);
  expect(end.memory - middle.memory).toBeLessThan(MOST_GROWTH);
  expect(visit.faults).toEqual([]);
});
