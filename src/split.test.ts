import type { EmbeddedPostgres } from './kernel/postgres';
import { type Fleet, fleetServer, startFleet } from './testing/fleet';
import { until } from './testing/product';

/** What only real processes can show: one module each, talking over real sockets. */

let server: EmbeddedPostgres;
let fleet: Fleet;

jest.setTimeout(180_000);
beforeAll(async () => {
  server = await fleetServer();
  fleet = await startFleet(server, { API_KEYS: 'key' });
});
afterAll(async () => {
  await fleet?.stop();
  await server?.stop();
});

const ask = async (path: string, body?: object) => {
  const answer = await fetch(fleet.url + path, {
    headers: { 'X-API-Key': 'key', 'Content-Type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

test('alerts stored while incidents was away have their incident within two seconds of its return', async () => {
  expect(await fleet.end('incidents', 'SIGKILL')).toBeNull();
  const stored = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      ask('/api/v1/alerts', { service: `away-${i}`, severity: 'high', message: 'while incidents was away' }),
    ),
  );
  expect(stored.map(({ status }) => status)).toEqual(stored.map(() => 201));
  // Long enough for the back-off to grow beyond what is allowed after the return.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await fleet.start('incidents');
  const back = Date.now();
  const attached = async () => {
    const { body } = await ask('/api/v1/alerts?per_page=200');
    return (body['alerts'] as { incident_id: string | null }[]).every(({ incident_id }) => incident_id !== null);
  };
  await until(attached, 10_000);
  expect(Date.now() - back).toBeLessThan(2_000);
});
