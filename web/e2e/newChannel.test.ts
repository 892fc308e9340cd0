import type { Browser } from 'playwright-core';
import { API_KEY, type Harness, startHarness, type Wiring } from '../../src/testing/harness';
import { until } from '../../src/testing/product';
import { type HttpSink, httpSink } from '../../src/testing/sink';
import { openBrowser, sideways } from '../testing/browser';

/** A channel of one file and one line in the list, with nothing else written for it. */

jest.mock('../../src/notify/channels', () => {
  const { channels: listed } =
    jest.requireActual<typeof import('../../src/notify/channels')>('../../src/notify/channels');
  const { pigeon } = jest.requireActual<typeof import('../../src/testing/exampleChannel')>(
    '../../src/testing/exampleChannel',
  );
  return { channels: [...listed, pigeon] };
});
/** As scripts/environment.ts writes it from the list. */
jest.mock('../../src/notify/contract/channels', () => ({
  CHANNELS: jest
    .requireMock<typeof import('../../src/notify/channels')>('../../src/notify/channels')
    .channels.map(({ id }) => id),
}));

jest.setTimeout(300_000);
const PATIENCE_MS = 45_000;
const PASSWORD = 'correct horse battery';
const TEAM = { team: 'ops', members: [{ name: 'Ana', email: 'ana@example.com', role: 'primary' }] };

async function ask(url: string, method: string, path: string, body?: object) {
  const answer = await fetch(url + path, {
    method,
    headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

async function open(wiring: Wiring, loft: HttpSink): Promise<Harness> {
  const harness = await startHarness(wiring, {
    DEFAULT_TEAM: 'ops',
    PIGEON_URL: `${loft.url}/start`,
    PIGEON_RING: 'DE-7',
    AUTH_USERS: `ana:${PASSWORD}`,
  });
  await harness.start();
  return harness;
}

describe.each<Wiring>(['monolith', 'split'])('a new channel, %s', (wiring) => {
  let harness: Harness;
  let loft: HttpSink;
  beforeAll(async () => {
    loft = await httpSink();
    harness = await open(wiring, loft);
    expect((await ask(harness.url, 'POST', '/api/v1/schedules', TEAM)).status).toBe(201);
  });
  afterAll(async () => {
    await harness?.stop();
    await loft?.close();
  });
  beforeEach(() => loft.clear());

  test('notifies the room of a team about an alert, with its own settings', async () => {
    expect((await ask(harness.url, 'PUT', '/api/v1/teams/ops/room', { room: 'pigeon:north-loft' })).status).toBe(200);
    const alert = { service: 'checkout', severity: 'critical', message: 'Payments fail' };
    expect((await ask(harness.url, 'POST', '/api/v1/alerts', alert)).status).toBe(201);
    await harness.drain();
    await until(() => loft.received.length > 0, PATIENCE_MS);
    expect(loft.received[0]).toMatchObject({ method: 'POST', path: '/start' });
    expect(JSON.parse(loft.received[0]!.body)).toMatchObject({
      loft: 'north-loft',
      ring: 'DE-7',
      text: expect.stringContaining('Payments fail'),
    });
    const sent = async () => (await ask(harness.url, 'GET', '/api/v1/notifications?channel=pigeon&status=sent')).body;
    await until(async () => (await sent()).total === 1, PATIENCE_MS);
  });

  test('is one of the channels of the API, and its test message is delivered', async () => {
    const tried = await ask(harness.url, 'POST', '/api/v1/channels/pigeon/test', { address: 'north-loft' });
    expect(tried).toMatchObject({ status: 200, body: { channel: 'pigeon', status: 'sent' } });
    const { body } = await ask(harness.url, 'GET', '/api/v1/channels');
    expect(body.channels.map(({ channel }: { channel: string }) => channel)).toEqual(
      expect.arrayContaining(['mock', 'webhook', 'email', 'slack', 'pigeon']),
    );
    expect(body.channels.at(-1)).toMatchObject({
      title: 'Carrier pigeon',
      configured: true,
      reaches: true,
      for_people: false,
      state: 'working',
      address_hint: 'The name of a loft.',
    });
  });

  test('refuses an invalid address, and a room on an unknown channel is refused by name', async () => {
    const input = { incident_id: 'X-1', channel: 'pigeon', recipient: 'Loft 9', message: 'm' };
    expect((await ask(harness.url, 'POST', '/api/v1/notify', input)).body).toMatchObject({
      status: 'failed',
      reason: 'invalid_recipient',
    });
    expect(await ask(harness.url, 'PUT', '/api/v1/teams/ops/room', { room: 'raven:tower' })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'room' }] },
    });
  });

  test('needs no migration: no check of a database lists channels or types of events', async () => {
    for (const { db } of Object.values(harness.databases)) {
      const { rows } = await db.raw(
        `select conname from pg_constraint where contype = 'c' and pg_get_constraintdef(oid) ~ '(slack|note_added)'`,
      );
      expect(rows).toEqual([]);
    }
  });

  test('is in the description of the API', async () => {
    const { body } = await ask(harness.url, 'GET', '/openapi.json');
    expect(JSON.stringify(body)).toContain('"pigeon"');
  });
});

describe('the page of channels', () => {
  let harness: Harness;
  let loft: HttpSink;
  let browser: Browser;
  beforeAll(async () => {
    [loft, browser] = await Promise.all([httpSink(), openBrowser()]);
    harness = await open('monolith', loft);
    // The browser checks the session's cookie with its own clock.
    harness.clock.set(new Date().toISOString());
  });
  afterAll(async () => {
    await browser?.close();
    await harness?.stop();
    await loft?.close();
  });

  test('lists a new channel by its title, and sends a test by it', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const data = { username: 'ana', password: PASSWORD };
    expect((await context.request.post(`${harness.url}/api/v1/auth/login`, { data })).ok()).toBe(true);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${harness.url}/admin?tab=channels`);
    const row = page.locator('tbody tr', { hasText: 'Carrier pigeon' });
    await row.getByText('Not tried yet', { exact: true }).waitFor();
    await row.getByRole('button', { name: /Send a test/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The name of a loft.').waitFor();
    await dialog.getByLabel('To').fill('north-loft');
    await dialog.getByRole('button', { name: 'Send test' }).click();
    await until(() => loft.received.length === 1, PATIENCE_MS);
    await page.getByRole('dialog').getByText('Sent', { exact: true }).first().waitFor();
    await page.keyboard.press('Escape');
    await row.getByText('Works', { exact: true }).waitFor();
    expect(await sideways(page)).toBe(0);
  });
});
