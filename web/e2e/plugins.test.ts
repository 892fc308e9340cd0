import request from 'supertest';
import { API_KEY, type Harness, startHarness, type Wiring } from '../../src/testing/harness';
import { type HttpSink, httpSink } from '../../src/testing/sink';
import { type SmtpSink, smtpSink } from '../../src/testing/smtp';
import { openBrowser } from '../testing/browser';
import { ANA, heading, logInBy, PASSWORD, PATIENCE_MS } from '../testing/visit';

/**
 * A format and a channel are one file and one line in a list each. This test adds the lines for itself; the
 * integration, payloads, incident, pages and screens then need no other change.
 */
jest.mock('../../src/alerts/formats', () => ({
  FORMATS: [
    ...jest.requireActual<{ FORMATS: readonly unknown[] }>('../../src/alerts/formats').FORMATS,
    jest.requireActual<{ example: unknown }>('../../src/testing/exampleFormat').example,
  ],
}));

jest.mock('../../src/notify/channels', () => ({
  channels: [
    ...jest.requireActual<{ channels: readonly unknown[] }>('../../src/notify/channels').channels,
    jest.requireActual<{ pigeon: unknown }>('../../src/testing/exampleChannel').pigeon,
  ],
}));
jest.mock('../../src/notify/contract/channels', () => ({
  CHANNELS: jest
    .requireMock<{ channels: readonly { id: string }[] }>('../../src/notify/channels')
    .channels.map(({ id }) => id),
}));

jest.setTimeout(300_000);

const EVENT = {
  event_action: 'trigger',
  dedup_key: 'disk-db1',
  client: null,
  payload: { summary: 'Disk is full on db1', component: 'ledger', severity: 'critical' },
};

describe.each<Wiring>(['monolith', 'split'])('a new format and a new channel in the product as %s', (wiring) => {
  let harness: Harness;
  let mail: SmtpSink;
  let loft: HttpSink;
  beforeAll(async () => {
    [mail, loft] = await Promise.all([smtpSink(), httpSink()]);
    const env = { SMTP_URL: mail.url, PIGEON_URL: loft.url, DEFAULT_ROOM: 'pigeon:north-loft' };
    harness = await startHarness(wiring, env);
    const members = [{ name: 'Ada', email: 'ada@example.com', role: 'primary' }];
    await ask('post', '/api/v1/schedules').send({ team: 'ledger', members }).expect(201);
    await ask('put', '/api/v1/services/ledger').send({ team: 'ledger' }).expect(200);
  });
  afterAll(async () => {
    await harness.stop();
    await Promise.all([mail.close(), loft.close()]);
  });

  const ask = (method: 'get' | 'post' | 'put', path: string) =>
    request(harness.url)[method](path).set('X-API-Key', API_KEY);
  const integration = async () =>
    (await ask('post', '/api/v1/integrations').send({ name: 'Pager, attic', format: 'example' }).expect(201)).body as {
      id: string;
      key: string;
      url: string;
    };
  const incidents = async () => (await ask('get', '/api/v1/incidents?service=ledger').expect(200)).body.incidents;

  test('its payload opens an incident, pages a person and notifies a room on a new channel; its resolve ends it', async () => {
    const { key, url } = await integration();
    const sent = await request(harness.url)
      .post(`${new URL(url).pathname}/v2/enqueue`)
      .send(EVENT);
    expect([sent.status, sent.body]).toEqual([202, { status: 'success', dedup_key: 'disk-db1' }]);
    await harness.drain();
    const [incident] = await incidents();
    expect(incident).toMatchObject({ title: '[CRITICAL] ledger: Disk is full on db1', status: 'open' });
    expect(mail.mails.map(({ envelope }) => envelope.to)).toContainEqual(['ada@example.com']);
    const flown = loft.received.map(({ body }) => JSON.parse(body));
    expect(flown).toEqual([{ loft: 'north-loft', ring: 'none', text: expect.stringContaining('Disk is full on db1') }]);

    const again = await request(harness.url)
      .post('/v2/example/')
      .set('Authorization', 'Token token=stray')
      .send({ ...EVENT, routing_key: key });
    expect(again.status).toBe(202);
    await harness.drain();
    expect(await incidents()).toMatchObject([{ id: incident.id, alert_count: 1 }]);

    const closed = await request(harness.url)
      .post('/v2/example/disk-db1/close/?identifierType=alias')
      .set('Authorization', `ExampleKey ${key}`)
      .send({});
    expect([closed.status, closed.body]).toEqual([
      202,
      { result: 'Closed', requestId: closed.headers['x-request-id'] },
    ]);
    await harness.drain();
    expect(await incidents()).toMatchObject([{ id: incident.id, status: 'resolved' }]);
  });

  test("it answers errors in the vendor's own form, and the payload is kept with its reason", async () => {
    const { id, url } = await integration();
    const sent = await request(harness.url)
      .post(`${new URL(url).pathname}/v2/enqueue`)
      .send({ ...EVENT, dedup_key: null });
    expect([sent.status, sent.type]).toEqual([400, 'application/json']);
    expect(sent.body).toMatchObject({ status: 'invalid event', errors: [{ path: 'dedup_key' }] });
    const { rejected } = (await ask('get', `/api/v1/integrations/${id}/rejected`).expect(200)).body;
    expect(rejected).toEqual([expect.objectContaining({ reason: expect.stringContaining('dedup_key') })]);
    const stranger = await request(harness.url)
      .post('/v2/example')
      .send({ ...EVENT, routing_key: 'tin_unknown' });
    expect([stranger.status, stranger.body.status]).toEqual([403, 'invalid event']);
  });

  test('the API documents its requests', async () => {
    const { paths } = (await request(harness.url).get('/openapi.json').expect(200)).body;
    expect(paths['/v2/example'].post).toMatchObject({ summary: 'Send an event', security: [] });
    expect(paths['/api/v1/integrations/{key}/example/v2/enqueue'].post.tags).toEqual(['alerts']);
    expect(paths['/api/v1/integrations'].post.requestBody.content['application/json'].schema.properties.format).toEqual(
      expect.objectContaining({ enum: expect.arrayContaining(['alertmanager', 'example']) }),
    );
  });
});

test('the pages show a new format with its snippet, URL and key, and a new channel with its deliveries', async () => {
  const loft = await httpSink();
  const harness = await startHarness('monolith', { PIGEON_URL: loft.url, DEFAULT_ROOM: 'pigeon:north-loft' });
  harness.clock.set(new Date().toISOString());
  await request(harness.url)
    .post('/api/v1/users')
    .set('X-API-Key', API_KEY)
    .send({ ...ANA, password: PASSWORD })
    .expect(201);
  const browser = await openBrowser();
  try {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    await logInBy(context, harness.url);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${harness.url}/integrations`);
    await page.getByRole('link', { name: 'Add integration' }).click();
    await page.getByText('A tool that exists in this test alone.').click();
    await heading(page, 'Add Example Pager');
    await page.getByLabel('Name', { exact: true }).fill('Pager, attic');
    await page.getByRole('button', { name: 'Add integration' }).click();
    await heading(page, 'Pager, attic');
    const snippet = await page.locator('[role=tabpanel] .code').textContent();
    const [, url, key] = /^events = (\S+\/integrations\/([^/]+)\/example\/v2\/enqueue)\n/.exec(snippet ?? '') ?? [];
    expect(snippet).toBe(`events = ${url}\nserver = ${harness.url}\nkey = ${key}`);
    await request(url as string)
      .post('')
      .send(EVENT)
      .expect(202);
    await harness.drain();
    await page.goto(`${harness.url}/incidents`);
    await page.getByText('Disk is full on db1').first().waitFor();
    await page.goto(`${harness.url}/integrations`);
    await page.locator('.list li', { hasText: 'Pager, attic' }).getByText('Example Pager').waitFor();
    await page.goto(`${harness.url}/admin?tab=channels`);
    await page.getByText('Carrier pigeon').first().waitFor();
    await page.goto(`${harness.url}/notifications`);
    await page.getByText('north-loft').first().waitFor();
    expect(loft.received).toHaveLength(1);
  } finally {
    await browser.close();
    await harness.stop();
    await loft.close();
  }
});
