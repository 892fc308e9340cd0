import request from 'supertest';
import { minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';

/** Heartbeats of vendors' APIs: Opsgenie's Heartbeat API and the heartbeats of Grafana OnCall's integrations. */

let harness: AlertsHarness;
let serial = 0;
const ADMIN = someone({ actor: 'root', role: 'admin' });

beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;
async function passes(ms: number): Promise<void> {
  harness.clock.advance(ms);
  await harness.database.db('heartbeat_clock').update({ seen_at: harness.clock.now() });
  await harness.alerts.drain();
}
const integration = async (format: 'opsgenie' | 'grafana_oncall', service?: string) => {
  const name = `Tool ${++serial}`;
  return port().createIntegration({ name, format, ...(service && { service }) }, ADMIN);
};
const made = async ({ id }: { id: string }) => {
  const rows = await harness.database.db('heartbeats').where({ integration_id: id, deleted_at: null });
  return Promise.all(rows.map((row) => port().getHeartbeat({ id: row.id }, ADMIN)));
};

describe('Opsgenie', () => {
  const api = (key: string) => {
    const app = harness.app();
    const call = (method: 'get' | 'post' | 'put' | 'patch' | 'delete') => (path: string, body?: object) => {
      const sent = request(app)[method](`/v2/heartbeats${path}`).set('Authorization', `GenieKey ${key}`);
      return body === undefined ? sent : sent.send(body);
    };
    return { get: call('get'), post: call('post'), put: call('put'), patch: call('patch'), delete: call('delete') };
  };
  const NIGHTLY = {
    ...{ name: 'Nightly', interval: 10, intervalUnit: 'minutes', enabled: true, alertPriority: 'P1' },
    ...{
      ownerTeam: { name: 'dba' },
      alertMessage: 'The nightly job is gone',
      alertTags: ['db', 'prod'],
      description: null,
    },
  };

  test('a heartbeat is created, read, changed, paused, resumed and deleted in the vendor’s shapes', async () => {
    const { key } = await integration('opsgenie');
    const { get, post, patch, delete: remove } = api(key);
    const created = await post('', NIGHTLY).expect(201);
    const shown = {
      ...{ name: 'Nightly', interval: 10, intervalUnit: 'minutes', enabled: true, expired: false, description: '' },
      ...{ ownerTeam: { name: 'dba' }, alertMessage: 'The nightly job is gone', alertTags: ['db', 'prod'] },
      alertPriority: 'P1',
    };
    expect(created.body).toEqual({ data: shown, took: expect.any(Number), requestId: expect.any(String) });
    expect((await get('/Nightly/').expect(200)).body.data).toEqual(shown);
    const { data } = (await patch('/Nightly', { interval: 2, intervalUnit: 'hours', unknown: 1 }).expect(200)).body;
    expect(data).toEqual({ ...shown, interval: 2, intervalUnit: 'hours' });
    expect((await post('/Nightly/disable').expect(200)).body.data.enabled).toBe(false);
    expect((await post('/Nightly/enable', {}).expect(200)).body.data.enabled).toBe(true);
    expect((await get('').expect(200)).body.data.heartbeats).toHaveLength(1);
    expect((await remove('/Nightly').expect(200)).body.result).toBe('Deleted');
    expect((await get('/Nightly').expect(404)).body.message).toBe('Heartbeat with name [Nightly] does not exist');
  });

  test.each(['get', 'post', 'put', 'patch'] as const)(
    'a ping by %s is answered, also for an unknown name',
    async (method) => {
      const integrated = await integration('opsgenie');
      const calls = api(integrated.key);
      await calls.post('', { ...NIGHTLY, name: `By ${method}` });
      for (const name of [`By%20${method}`, 'none']) {
        const { body } = await calls[method](`/${name}/ping`).expect(202);
        expect(body).toMatchObject({ result: 'PONG - Heartbeat received', requestId: expect.any(String) });
      }
      expect(await made(integrated)).toMatchObject([{ state: 'up', pings: 1 }]);
    },
  );

  test('without pings it opens an alert with its message and tags, and the next ping ends it', async () => {
    const integrated = await integration('opsgenie');
    const { post } = api(integrated.key);
    const message = 'This one is gone';
    await post('', { ...NIGHTLY, alertMessage: message });
    await post('/Nightly/ping').expect(202);
    await passes(minutes(11));
    const alerts = () => harness.database.db('alerts').where({ message });
    expect(await alerts()).toMatchObject([
      { status: 'firing', severity: 'critical', labels: { team: 'dba', tags: 'db, prod' } },
    ]);
    await post('/Nightly/ping').expect(202);
    await passes(0);
    expect(await alerts()).toMatchObject([{ status: 'resolved' }]);
  });

  test('each integration has names of its own, and changes only the heartbeats that it made', async () => {
    const [one, other] = [await integration('opsgenie'), await integration('opsgenie')];
    for (const { key } of [one, other])
      await api(key)
        .post('', { ...NIGHTLY, name: 'Shared' })
        .expect(201);
    await api(other.key).delete('/Shared').expect(200);
    const byHand = await port().createHeartbeat(
      { name: 'By hand', service: 'hand', schedule: { period: 600, grace: 60 } },
      ADMIN,
    );
    await api(one.key).delete('/by-hand').expect(404);
    await api(one.key).post('/by-hand/ping').expect(202);
    expect(await made(one)).toMatchObject([{ name: 'Shared', state: 'new' }]);
    expect((await port().getHeartbeat({ id: byHand.id }, ADMIN)).pings).toBe(1);
  });

  test('a heartbeat without a team belongs to the service of the integration, and the same name again changes it', async () => {
    const integrated = await integration('opsgenie', 'ledger');
    const { post } = api(integrated.key);
    await post('', { name: 'Again', interval: 1, intervalUnit: 'hours' }).expect(201);
    await post('', { name: 'Again', interval: 1, intervalUnit: 'days' }).expect(201);
    expect(await made(integrated)).toMatchObject([
      { service: 'ledger', schedule: { period: 86_400 }, severity: 'medium' },
    ]);
  });

  test.each<[string, unknown, string]>([
    ['no name', { interval: 1 }, 'name'],
    ['an interval of nothing', { name: 'x', interval: 0 }, 'interval'],
    ['an interval that is a text', { name: 'x', interval: 'soon' }, 'interval'],
    ['an unknown unit', { name: 'x', interval: 1, intervalUnit: 'years' }, 'intervalUnit'],
    ['a body that is a list', [], 'body'],
  ])('%s is refused with the field', async (_what, body, field) => {
    const { key } = await integration('opsgenie');
    const answer = await api(key)
      .post('', body as object)
      .expect(422);
    expect(Object.keys(answer.body.errors)).toEqual([field]);
  });
});

describe('Grafana OnCall', () => {
  test('the first request at the heartbeat URL creates the heartbeat of the integration, and the next ones ping it', async () => {
    const integrated = await integration('grafana_oncall', 'probe');
    const url = (type: string) => `/integrations/v1/${type}/${integrated.key}/heartbeat/`;
    const app = harness.app();
    expect((await request(app).get(url('webhook')).expect(200)).body).toBe(':)');
    expect((await request(app).post(url('alertmanager')).send({ any: 'body' }).expect(200)).text).toBe('');
    expect(await made(integrated)).toMatchObject([
      { name: integrated.name, service: 'probe', state: 'up', pings: 2, schedule: { period: 1_800, grace: 60 } },
    ]);
    await passes(minutes(31));
    expect(await made(integrated)).toMatchObject([{ state: 'down' }]);
  });

  test('two first requests at the same time create one heartbeat', async () => {
    const integrated = await integration('grafana_oncall');
    const app = harness.app();
    const url = `/integrations/v1/zabbix/${integrated.key}/heartbeat/`;
    await Promise.all(Array.from({ length: 6 }, () => request(app).post(url).expect(200)));
    expect(await made(integrated)).toMatchObject([{ pings: 6 }]);
  });

  test('an unknown key is refused', async () => {
    const answer = await request(harness.app()).post('/integrations/v1/webhook/none/heartbeat/');
    expect(answer.status).toBe(403);
  });
});
