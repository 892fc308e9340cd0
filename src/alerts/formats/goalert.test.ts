import request from 'supertest';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import capture from './fixtures/goalert.json';
import { readGoAlert } from './goalert';

const read = (body: unknown, query = {}) => readGoAlert({ body, query }).events[0];

test('requests of the generic API are read: an alert opens and closes, and so do monitors of Uptime Kuma', () => {
  const [open, close, down, up, list] = capture.requests.map(({ json }) => read(json));
  expect(open).toEqual({
    ...{ key: 'disk-db1', status: 'firing', serviceMissing: false, severityWord: 'critical', endedAt: null },
    report: {
      ...{ service: 'ledger', severity: 'critical', message: 'Disk of db1 is 95% full', source: 'goalert' },
      labels: { service: 'Ledger', severity: 'critical', region: 'eu' },
      annotations: { description: 'Volume /var/lib holds 190 of 200 GB.' },
    },
  });
  expect(close).toMatchObject({ key: 'disk-db1', status: 'resolved' });
  expect([down, up]).toMatchObject([
    { key: 'Checkout', status: 'firing', serviceMissing: true },
    { key: 'Checkout', status: 'resolved' },
  ]);
  expect(list?.report.labels).toEqual({ queue: 'mail', region: 'eu=1' });
});

test('parameters of the query count if the body has no such field', () => {
  expect(read(undefined, { summary: 'Down', dedup: 'd', action: 'CLOSE' })).toMatchObject({
    key: 'd',
    status: 'resolved',
  });
  expect(read({ summary: 'From the body' }, { summary: 'Down' })?.report.message).toBe('From the body');
});

test('the key without dedup is summary and details', () => {
  expect(read({ summary: 'a', details: 'b' })?.key).toBe(read({ summary: 'a', details: 'b', action: 'close' })?.key);
  expect(read({ summary: 'a', details: 'b' })?.key).not.toBe(read({ summary: 'a', details: 'c' })?.key);
});

describe('over HTTP', () => {
  let harness: AlertsHarness;
  beforeEach(async () => {
    harness = await alertsHarness();
  });
  afterEach(() => harness.drop());

  async function integration() {
    const admin = someone({ actor: 'root', role: 'admin' });
    const { id, key } = await harness.alerts.port.createIntegration({ name: 'GoAlert', format: 'goalert' }, admin);
    const path = `/api/v2/generic/incoming?token=${key}`;
    return {
      key,
      post: (at = path) => request(harness.app()).post(at),
      alerts: () => harness.database.db('alerts').where({ integration_id: id }).orderBy('id'),
    };
  }

  test('a form opens an alert and closes it', async () => {
    const { post, alerts } = await integration();
    const opened = await post()
      .type('form')
      .send('summary=Disk+is+full&dedup=d&meta=region%3Deu&meta=service%3Dledger');
    expect([opened.status, opened.text]).toEqual([204, '']);
    expect(await alerts()).toMatchObject([{ status: 'firing', message: 'Disk is full', service: 'ledger' }]);
    expect((await post().type('form').send('action=close&dedup=d')).status).toBe(204);
    expect(await alerts()).toMatchObject([{ status: 'resolved' }]);
  });

  test('a multipart form opens an alert', async () => {
    const { post, alerts } = await integration();
    const sent = await post().field('summary', 'Größe').field('meta', 'a=1').attach('file', Buffer.from('x'), 'x.txt');
    expect(sent.status).toBe(204);
    expect(await alerts()).toMatchObject([{ message: 'Größe' }]);
  });

  test('JSON under the type of a form is read, as curl sends it', async () => {
    const { post, alerts } = await integration();
    expect((await post().type('form').send('{"summary":"Down"}')).status).toBe(204);
    expect(await alerts()).toMatchObject([{ message: 'Down' }]);
  });

  test('a client that asks for JSON gets the number of the alert', async () => {
    const { post } = await integration();
    const send = () => post().set('Accept', 'application/json').send({ summary: 'Down', dedup: 'd' });
    const first = await send();
    expect([first.status, first.body]).toEqual([
      200,
      { AlertID: expect.any(Number), ServiceID: expect.any(String), IsNew: true },
    ]);
    expect((await send()).body).toEqual({ ...first.body, IsNew: false });
  });

  test('a broken multipart form is refused and stores nothing', async () => {
    const { post, alerts } = await integration();
    const answer = await post().set('Content-Type', 'multipart/form-data; boundary=x').send('--y\r\n');
    expect(answer.status).toBe(400);
    expect(await alerts()).toEqual([]);
  });

  test('a request without a token is refused', async () => {
    const { post } = await integration();
    expect((await post('/api/v2/generic/incoming').send({ summary: 'Down' })).status).toBe(401);
    expect((await post('/api/v2/generic/incoming?token[]=x').send({ summary: 'Down' })).status).toBe(401);
  });

  test('a heartbeat is made by its first ping', async () => {
    const { post, key } = await integration();
    expect((await post(`/api/v2/heartbeat/${key}`)).status).toBe(204);
    expect(await harness.database.db('heartbeats').select('name')).toEqual([{ name: 'GoAlert' }]);
  });
});
