import request from 'supertest';
import { hours, minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import { pingAddress } from './address';

/** The addresses of pings: paths, parameters and answers as healthchecks documents them. */

let harness: AlertsHarness;
let serial = 0;
const ADMIN = someone({ actor: 'root', role: 'admin' });
const RID = '4a5b6c7d-0000-4000-8000-00000000000a';

beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;
const made = (over: { team?: string; slug?: string } = {}) => {
  const slug = over.slug ?? `job-${++serial}`;
  const owner = over.team === undefined ? { service: slug } : { team: over.team };
  return port().createHeartbeat({ name: slug, slug, ...owner, schedule: { period: 600, grace: 120 } }, ADMIN);
};
const key = (team?: string) => port().createPingKey({ name: `Cluster ${++serial}`, ...(team && { team }) }, ADMIN);
const get = (path: string) => request(harness.app()).get(path);
const state = async ({ id }: { id: string }) => (await port().getHeartbeat({ id }, ADMIN)).state;

test.each<[string, number, string, string]>([
  ['', 200, 'OK', 'up'],
  ['/', 200, 'OK', 'up'],
  ['/start', 200, 'OK', 'started'],
  ['/start/', 200, 'OK', 'started'],
  ['/fail', 200, 'OK', 'down'],
  ['/log', 200, 'OK', 'new'],
  ['/0', 200, 'OK', 'up'],
  ['/1', 200, 'OK', 'down'],
  ['/255', 200, 'OK', 'down'],
  ['/256', 400, 'invalid url format', 'new'],
  ['/99999999999999999999', 400, 'invalid url format', 'new'],
  ['/-1', 404, 'not found', 'new'],
  ['/toString', 404, 'not found', 'new'],
])('a ping that ends in %j is answered %i %s, and the heartbeat is then %s', async (end, status, text, then) => {
  const [heartbeat, made1] = [await made(), await key()];
  const answer = await get(`/ping/${made1.key}/${heartbeat.slug}${end}`);
  expect([answer.status, answer.text, answer.type]).toEqual([status, text, 'text/plain']);
  expect(await state(heartbeat)).toBe(then);
  const other = await made();
  const byId = await get(new URL(other.ping_url).pathname + end);
  expect([byId.status, byId.text, await state(other)]).toEqual([status, text, then]);
});

test('GET, HEAD and POST ping with any content type, and the answer names the limit of the body', async () => {
  const [heartbeat, { key: text }] = [await made(), await key()];
  const path = `/ping/${text}/${heartbeat.slug}`;
  const app = harness.app();
  expect((await request(app).head(path).expect(200)).text).toBeUndefined();
  for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'nonsense'])
    await request(app).post(path).set('Content-Type', type).send('{"broken').expect(200, 'OK');
  const { headers } = await request(app).get(path);
  expect([headers['ping-body-limit'], headers['access-control-allow-origin']]).toEqual(['10000', '*']);
  expect((await port().getHeartbeat({ id: heartbeat.id }, ADMIN)).pings).toBe(6);
});

test('a run id pairs the start of a run with its end; one that is no UUID is refused', async () => {
  const [heartbeat, { key: text }] = [await made(), await key()];
  const path = `/ping/${text}/${heartbeat.slug}`;
  await get(`${path}/start?rid=${RID.toUpperCase()}`).expect(200);
  harness.clock.advance(minutes(1));
  await get(`${path}/start`).expect(200);
  harness.clock.advance(minutes(1));
  await get(`${path}?rid=${RID}`).expect(200);
  const { pings } = await port().heartbeatPings({ id: heartbeat.id }, ADMIN);
  expect(pings[0]).toMatchObject({ rid: RID, run_ms: minutes(2) });
  await get(`${path}?rid=1`).expect(400, 'invalid uuid format');
  await get(`${path}?rid=`).expect(400, 'invalid uuid format');
});

test('an unknown key, slug or id is not found, and a slug with capitals is refused', async () => {
  const [heartbeat, { key: text }] = [await made(), await key()];
  const uuid = '00000000-0000-4000-8000-00000000000f';
  const unknown = [`/ping/${text}/none`, `/ping/no-key/${heartbeat.slug}`, `/ping/${uuid}`, `/ping/${text}`];
  for (const path of unknown) await get(path).expect(404, 'not found');
  await get(`/ping/${text}/Upper`).expect(400, 'invalid url format');
});

test('create=1 creates a heartbeat for an unknown slug once, for the team of the key or the service of that name', async () => {
  const [all, ofTeam] = [await key(), await key('payments')];
  await get(`/ping/${all.key}/created-${serial}?create=1`).expect(201, 'Created');
  await get(`/ping/${all.key}/created-${serial}?create=1`).expect(200, 'OK');
  await get(`/ping/${ofTeam.key}/mine-${serial}?create=1`).expect(201, 'Created');
  const { heartbeats } = await port().listHeartbeats({ per_page: 200 }, ADMIN);
  const named = (slug: string) => heartbeats.find((one) => one.slug === slug);
  expect(named(`created-${serial}`)).toMatchObject({
    ...{ service: `created-${serial}`, team: null, created_by: all.name, state: 'up', pings: 2 },
    schedule: { period: 86_400, grace: 3_600 },
  });
  expect(named(`mine-${serial}`)).toMatchObject({ service: null, team: 'payments' });
});

test('two pings that create the same heartbeat at the same time create one', async () => {
  const { key: text } = await key();
  const app = harness.app();
  const path = `/ping/${text}/raced-${serial}?create=1`;
  const answers = await Promise.all(Array.from({ length: 8 }, () => request(app).get(path)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
});

test('a key of a team pings only the heartbeats of that team', async () => {
  const [mine, other, { key: text }] = [await made({ team: 'a' }), await made({ team: 'b' }), await key('a')];
  await get(`/ping/${text}/${mine.slug}`).expect(200);
  await get(`/ping/${text}/${other.slug}`).expect(404, 'not found');
  await get(`/ping/${text}/${other.slug}?create=1`).expect(404, 'not found');
  expect(await state(other)).toBe('new');
});

test('a key is stored as a hash, shown once, and refused after it is revoked', async () => {
  const [heartbeat, created] = [await made(), await key()];
  expect(created).toMatchObject({
    key: expect.stringMatching(/^[0-9a-f]{32}$/),
    url: `https://tocsin.example/ping/${created.key}/{slug}`,
  });
  const [row] = await harness.database.db('ping_keys').where({ id: created.id });
  expect(JSON.stringify(row)).not.toContain(created.key);
  expect(JSON.stringify(await port().listPingKeys({}, ADMIN))).not.toContain(created.key);
  await get(`/ping/${created.key}/${heartbeat.slug}`).expect(200);
  await port().revokePingKey({ id: created.id }, ADMIN);
  await get(`/ping/${created.key}/${heartbeat.slug}`).expect(404, 'not found');
});

test('after a rotation both keys are valid until the overlap ends, then only the new one', async () => {
  const [heartbeat, created] = [await made(), await key()];
  const rotated = await port().rotatePingKey({ id: created.id, overlap_hours: 2 }, ADMIN);
  const both = [created.key, rotated.key];
  for (const text of both) await get(`/ping/${text}/${heartbeat.slug}`).expect(200);
  harness.clock.advance(hours(2));
  const after = [];
  for (const text of both) after.push((await get(`/ping/${text}/${heartbeat.slug}`)).status);
  expect(after).toEqual([404, 200]);
  expect((await port().listPingKeys({}, ADMIN)).keys.find(({ id }) => id === created.id)).toMatchObject({
    ...{ old_key_ends_at: null, key_prefix: rotated.key.slice(0, 6), last_used_at: expect.any(String) },
  });
});

test('a body beyond the limit is cut, its secrets are masked, and only its beginning is held', async () => {
  const [heartbeat, { key: text }] = [await made(), await key()];
  const body = `Bearer ${'x'.repeat(40)}\n${'é'.repeat(100_000)}`;
  await request(harness.app()).post(`/ping/${text}/${heartbeat.slug}`).type('text/plain').send(body).expect(200);
  const kept = await port().pingBody({ id: heartbeat.id, number: 1 }, ADMIN);
  expect(kept.body.startsWith('Bearer …\néé')).toBe(true);
  expect(Buffer.byteLength(kept.body)).toBeLessThanOrEqual(10_010);
  expect((await port().heartbeatPings({ id: heartbeat.id }, ADMIN)).pings[0]?.body_bytes).toBe(Buffer.byteLength(body));
});

test('a path is read without a database: ids come before keys, and actions are exact', () => {
  expect(pingAddress([RID])).toEqual({ target: { pingId: RID }, kind: 'success', exitCode: null });
  expect(pingAddress([RID, 'start'])).toMatchObject({ kind: 'start' });
  expect(pingAddress([RID, 'start', '1'])).toBe('unknown');
  expect(pingAddress(['key', 'start'])).toEqual({
    target: { key: 'key', slug: 'start' },
    kind: 'success',
    exitCode: null,
  });
  expect(pingAddress(['key', 'a/b'])).toBe('invalid');
  expect(pingAddress(['key', 'job', 'START'])).toBe('unknown');
  expect(pingAddress([])).toBe('unknown');
});
