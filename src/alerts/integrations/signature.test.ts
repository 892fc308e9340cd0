import request from 'supertest';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';

const admin = someone({ actor: 'root', role: 'admin' });
const HEADER = 'X-Grafana-Alerting-Signature';
const SECRET = 'a shared secret';

/** Signed by `openssl dgst -sha256 -hmac 'a shared secret'`, the second one with the time of the clock before it. */
const BODY =
  '{"alerts":[{"status":"firing","labels":{"alertname":"Disk","service":"ledger","severity":"critical"},"annotations":{"summary":"Größe é"}}]}';
const OF_BODY = 'd45f8317713f7050aff94bf19ebfdcd9dfbf600d2046120bfa9880aec087e053';
const TIME = '1767603600';
const OF_TIME_AND_BODY = '580967bfae52418721c998ae2aa416655ee6c34bd536ad62cbe6bfbb8c9d1812';

let harness: AlertsHarness;
let serial = 0;
// A harness for each test, because its clock must show the time that is signed.
beforeEach(async () => {
  harness = await alertsHarness();
});
afterEach(() => harness.drop());

async function signed(more: object = {}) {
  const { port } = harness.alerts;
  const input = { name: `Signed ${++serial}`, format: 'grafana' as const, signature_secret: SECRET, ...more };
  const made = await port.createIntegration(input, admin);
  return {
    ...made,
    send: (headers: Record<string, string>, body = BODY) =>
      request(harness.app())
        .post(new URL(made.url).pathname)
        .set({ 'Content-Type': 'application/json', ...headers })
        .send(body),
    alerts: () => harness.database.db('alerts').where({ integration_id: made.id }),
    rejected: async () => (await port.rejected({ id: made.id }, admin)).rejected,
    change: (changes: object) => request(harness.app(admin)).patch(`/api/v1/integrations/${made.id}`).send(changes),
  };
}

test('takes a request that is signed over its body, as Grafana does', async () => {
  const { send, alerts } = await signed();
  expect((await send({ [HEADER]: OF_BODY })).body).toMatchObject({ accepted: 1 });
  expect(await alerts()).toEqual([expect.objectContaining({ message: 'Größe é' })]);
});

test.each([
  ['without a signature', {}, 'is missing'],
  ['with the signature of another body', { [HEADER]: OF_TIME_AND_BODY }, 'is wrong'],
  ['with a signature that is not hex', { [HEADER]: 'é'.repeat(64) }, 'is wrong'],
  ['with a short signature', { [HEADER]: OF_BODY.slice(0, 62) }, 'is wrong'],
])('refuses a request %s, counts and keeps it, and stores nothing', async (_what, headers, reason) => {
  const { send, alerts, rejected, id } = await signed();
  const encoded = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, encodeURI(value)]));
  const answer = await send(encoded);
  expect([answer.status, answer.body.detail]).toEqual([401, expect.stringContaining(reason)]);
  expect(await alerts()).toEqual([]);
  expect(await rejected()).toEqual([{ at: expect.any(String), reason: expect.stringContaining(reason), body: BODY }]);
  const { integrations } = await harness.alerts.port.listIntegrations({}, admin);
  expect(integrations.find((one) => one.id === id)).toMatchObject({ rejections: 1, accepted: 0 });
});

test('refuses a body that was changed by one byte', async () => {
  const { send } = await signed();
  expect((await send({ [HEADER]: OF_BODY }, `${BODY} `)).status).toBe(401);
});

test('with a header of the time, the signature covers the time, which must be within five minutes', async () => {
  const { send } = await signed({ signature_timestamp_header: 'X-Grafana-Time' });
  const headers = { [HEADER]: OF_TIME_AND_BODY, 'X-Grafana-Time': TIME };
  expect((await send(headers)).status).toBe(200);
  expect((await send({ [HEADER]: OF_BODY })).body.detail).toMatch(/X-Grafana-Time/);
  expect((await send({ [HEADER]: OF_BODY, 'X-Grafana-Time': TIME })).status).toBe(401);
  harness.clock.advance(299_000);
  expect((await send(headers)).status).toBe(200);
  harness.clock.advance(2_000);
  expect([(await send(headers)).status, (await send(headers)).body.detail]).toEqual([
    401,
    expect.stringMatching(/more than 5 min/),
  ]);
});

test('the secret is stored encrypted and never returned', async () => {
  const made = await signed();
  const answers = [
    made,
    await harness.alerts.port.listIntegrations({}, admin),
    (await made.change({ name: 'B' })).body,
  ];
  expect(JSON.stringify(answers)).not.toContain('signature_secret');
  expect(made.signed).toBe(true);
  const rows = await harness.database.db('integrations').select();
  expect(JSON.stringify(rows)).not.toContain(SECRET);
  expect(JSON.stringify(await harness.database.db('events').select())).not.toContain(SECRET);
});

test('without a secret, requests need no signature', async () => {
  const { send, change } = await signed();
  expect((await change({ signature_secret: null })).body).toMatchObject({ signed: false });
  expect((await send({})).status).toBe(200);
});

test('a secret that was encrypted with another key refuses requests, and says why', async () => {
  const { send, id } = await signed();
  const other = await harness.database.db('integrations').where({ id }).first('signature_secret');
  const foreign = String(other?.signature_secret).replace(/^v1\.\w+/, 'v1.00000000');
  await harness.database.db('integrations').where({ id }).update({ signature_secret: foreign });
  const answer = await send({ [HEADER]: OF_BODY });
  expect([answer.status, answer.body.detail]).toEqual([401, expect.stringContaining('SECRET_KEY has changed')]);
});

test('a format whose tools do not sign takes no secret', async () => {
  const input = { name: `Plain ${++serial}`, format: 'alertmanager', signature_secret: SECRET };
  const answer = await request(harness.app(admin)).post('/api/v1/integrations').send(input);
  expect([answer.status, answer.body.errors]).toEqual([422, [expect.objectContaining({ path: 'signature_secret' })]]);
});

test.each(['alertmanager', 'json', 'opsgenie/v2/alerts'])(
  'refuses the key of a signing tool without a signature at %s, and counts that',
  async (path) => {
    const { key, alerts, rejected } = await signed();
    const answer = await request(harness.app()).post(`/api/v1/integrations/${key}/${path}`).send(JSON.parse(BODY));
    expect(answer.status).toBe(401);
    expect(await alerts()).toEqual([]);
    expect(await rejected()).toEqual([expect.objectContaining({ reason: expect.stringContaining('signed') })]);
  },
);
