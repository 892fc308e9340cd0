import request from 'supertest';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Mapping } from '../contract';

const RUNAWAY = '( $again := function() { $again() }; $again() )';
const admin = someone({ actor: 'root', role: 'admin' });

let harness: AlertsHarness;
let serial = 0;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(async () => {
  await harness.alerts.stop();
  await harness.drop();
});

/** A new integration of the format for any JSON. */
async function integration(mapping?: Mapping) {
  const { port } = harness.alerts;
  const made = await port.createIntegration({ name: `Any JSON ${++serial}`, format: 'json', mapping }, admin);
  const path = new URL(made.url).pathname;
  return {
    ...made,
    send: (body: object) => request(harness.app()).post(path).send(body),
    change: (changes: object) => request(harness.app(admin)).patch(`/api/v1/integrations/${made.id}`).send(changes),
    alerts: () => harness.database.db('alerts').where({ integration_id: made.id }).orderBy('id'),
    rejected: async () => (await port.rejected({ id: made.id }, admin)).rejected,
    sample: async () => (await port.sample({ id: made.id }, admin)).sample,
    preview: (input: object) =>
      request(harness.app(admin)).post(`/api/v1/integrations/${made.id}/mapping/preview`).send(input),
  };
}

const payload = (state: string) => ({
  n: 'Disk is full',
  where: { host: 'db1' },
  st: state,
  api_key: 'abcdef0123456789',
});
const MAPPING = { message: 'n', service: 'where.host', status: 'st', key: 'where.host & n', severity: '"critical"' };

test('takes a payload without a mapping, and reads the next one by a mapping that was set', async () => {
  const { send, change, alerts } = await integration();
  expect((await send(payload('bad'))).body).toMatchObject({ accepted: 1 });
  expect(await change({ mapping: MAPPING })).toMatchObject({ status: 200, body: { mapping: MAPPING } });
  expect((await send(payload('bad'))).body).toMatchObject({ accepted: 1 });
  const mapped = { service: 'db1', message: 'Disk is full', severity: 'critical', status: 'firing' };
  expect(await alerts()).toEqual(expect.arrayContaining([expect.objectContaining(mapped)]));
  expect((await send(payload('ok'))).body).toMatchObject({ resolved: 1 });
});

test('an expression that cannot be compiled is refused, and the answer names every field', async () => {
  const { change } = await integration();
  const answer = await change({ mapping: { message: 'a[', service: 'b', key: 'c(' } });
  expect([answer.status, answer.body.errors]).toEqual([
    422,
    [expect.objectContaining({ path: 'mapping.message' }), expect.objectContaining({ path: 'mapping.key' })],
  ]);
  const unknown = await change({ mapping: { mesage: 'a' } });
  expect([unknown.status, JSON.stringify(unknown.body.errors)]).toEqual([422, expect.stringContaining('mesage')]);
});

test('a format with fields of its own takes no mapping', async () => {
  const made = await harness.alerts.port.createIntegration({ name: `Other ${++serial}`, format: 'grafana' }, admin);
  const path = `/api/v1/integrations/${made.id}`;
  const answer = await request(harness.app(admin))
    .patch(path)
    .send({ mapping: { message: 'a' } });
  expect([answer.status, answer.body.errors]).toEqual([422, [expect.objectContaining({ path: 'mapping' })]]);
});

test('an empty mapping is none', async () => {
  const { change } = await integration({ message: 'n' });
  expect((await change({ mapping: {} })).body).toMatchObject({ mapping: null });
});

test('a payload whose expression fails is refused by the field, kept for the page, and stores nothing', async () => {
  const { send, alerts, rejected } = await integration({ message: '$uppercase(n)' });
  const answer = await send({ n: 7 });
  expect([answer.status, answer.body.errors]).toEqual([422, [expect.objectContaining({ path: 'mapping.message' })]]);
  expect(await alerts()).toEqual([]);
  expect(await rejected()).toEqual([
    expect.objectContaining({ reason: expect.stringContaining('mapping.message'), body: '{"n":7}' }),
  ]);
  expect((await send({ n: 'seven' })).body).toMatchObject({ accepted: 1 });
});

test('a payload whose expression runs away is refused, and other requests do not wait', async () => {
  const bad = await integration({ message: RUNAWAY });
  const good = await integration({ message: 'n' });
  const refused = Array.from({ length: 10 }, () => bad.send({ n: 'x' }).then(({ status }) => status));
  expect((await good.send({ n: 'y' })).body).toMatchObject({ accepted: 1 });
  expect(new Set(await Promise.all(refused))).toEqual(new Set([422]));
  expect(await bad.rejected()).toHaveLength(10);
  expect((await bad.rejected())[0]).toMatchObject({ reason: expect.stringMatching(/50 ms and was cut off/) });
});

test('a mapping can split a payload into several alerts', async () => {
  const { send, alerts } = await integration({ split: 'hosts', service: '$payload.team', message: 'name' });
  const sent = { team: 'Ledger', hosts: [{ name: 'db1' }, { name: 'db2' }] };
  expect((await send(sent)).body).toMatchObject({ accepted: 2 });
  expect((await alerts()).map(({ service, message }) => [service, message]).sort()).toEqual([
    ['ledger', 'db1'],
    ['ledger', 'db2'],
  ]);
});

test('keeps the latest payload as a sample, shortened and without secrets, at most every 10 s', async () => {
  const { send, sample } = await integration();
  expect(await sample()).toBeNull();
  await send({ ...payload('bad'), text: 'x'.repeat(5_000), list: Array.from({ length: 50 }, (_, n) => n) });
  const kept = JSON.parse((await sample())?.payload ?? '');
  expect(kept).toMatchObject({ n: 'Disk is full', api_key: '…', text: `${'x'.repeat(1_000)}…` });
  expect(kept.list).toHaveLength(20);
  await send(payload('ok'));
  expect(JSON.parse((await sample())?.payload ?? '')).toMatchObject({ st: 'bad' });
  harness.clock.advance(11_000);
  await send(payload('ok'));
  expect(JSON.parse((await sample())?.payload ?? '')).toMatchObject({ st: 'ok' });
});

test('a sample of any payload is bounded', async () => {
  const { send, sample } = await integration();
  await send({ a: Array.from({ length: 20 }, () => Array.from({ length: 20 }, () => 'y'.repeat(900))) });
  expect((await sample())?.payload.length).toBeLessThan(40_000);
});

test('previews a mapping on the sample or on a given payload, and stores nothing', async () => {
  const { send, preview, alerts } = await integration();
  await send({ n: 'Disk is full' });
  const before = await alerts();
  const kept = await preview({ mapping: { message: '"Now: " & n' } });
  expect(kept.body).toMatchObject({ total: 1, alerts: [{ message: 'Now: Disk is full', status: 'firing' }] });
  const given = await preview({ mapping: { split: '$', message: 'a' }, payload: [{ a: 'x' }, { a: 'y' }] });
  expect(given.body).toMatchObject({ total: 2, alerts: [{ message: 'x' }, { message: 'y' }] });
  const failed = await preview({ mapping: { service: 'n(' } });
  expect([failed.status, failed.body.errors]).toEqual([422, [expect.objectContaining({ path: 'mapping.service' })]]);
  expect(await alerts()).toEqual(before);
});
