import type { BrowserContext, CDPSession, Page, Worker } from 'playwright-core';
import { freePort, incidentOf, type Product, startProduct, until } from '../../src/testing/product';
import { type Pushed, type PushService, pushService } from '../../src/testing/pushService';
import { hasDebianChromium, openDebianChromium } from '../testing/debianChromium';

/**
 * A page by web push, from the alert to the thumb. No browser here may reach a vendor's push service, so the test holds the
 * keys of the subscription, and DevTools hand what its push service has decrypted to a real browser.
 */

jest.setTimeout(300_000);
const PATIENCE_MS = 60_000;
/** So long a notification is looked for before its message is delivered again. */
const LOOKED_FOR_MS = 2_000;
const PERSON = { name: 'Ana', email: 'ana@example.com' };
const API_KEY = ['key', 'of', 'the', 'push', 'test'].join('-');

let product: Product;
let service: PushService;
let pushKey: string;
let address: string;
let methodId: string;

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(product.url + path, {
    method,
    headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const contentOf = ({ text }: Pushed) => JSON.parse(text);

/** Opens an incident, and returns it with the message that the push service decrypted. */
async function page(message: string): Promise<{ incident: string; pushed: Pushed }> {
  const before = service.messages.length;
  const alert = { service: message.toLowerCase().replaceAll(' ', '-'), severity: 'critical', message };
  const { alert_id } = await ask<{ alert_id: string }>('POST', '/api/v1/alerts', alert);
  const incident = await incidentOf(product.url, API_KEY, alert_id);
  // Notices about an earlier incident can arrive in between.
  const found = () =>
    service.messages.slice(before).find((pushed) => contentOf(pushed).notification.title.includes(message));
  await until(() => found() !== undefined, PATIENCE_MS);
  return { incident, pushed: found() as Pushed };
}

const statusOf = async (incident: string) =>
  (await ask<{ status: string }>('GET', `/api/v1/incidents/${incident}`)).status;

beforeAll(async () => {
  const port = String(await freePort());
  service = await pushService();
  product = await startProduct({
    ...{ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`, API_KEYS: API_KEY },
    ...{ OUTGOING_ALLOW: '127.0.0.1', DEFAULT_TEAM: 'ops' },
  });
  await ask('POST', '/api/v1/schedules', { team: 'ops', members: [{ ...PERSON, role: 'primary' }] });
  pushKey = (await ask<{ public_key: string }>('GET', '/api/v1/push/key')).public_key;
  address = service.subscribe({ applicationServerKey: pushKey });
  const method = { person: PERSON.email, channel: 'webpush', address, label: 'Phone' };
  methodId = (await ask<{ id: string }>('POST', '/api/v1/contact-methods', method)).id;
});
afterAll(async () => {
  product?.process.kill('SIGTERM');
  await product?.exited;
  await service?.close();
});

test('the code of a subscription is encrypted for its keys alone, and proves the device', async () => {
  expect(service.messages).toHaveLength(1);
  const [{ applicationServerKey, claims, ttl } = {} as Pushed] = service.messages;
  expect(applicationServerKey).toBe(pushKey);
  expect(claims.aud).toBe(service.url);
  expect(ttl).toBe(600);
  const { code } = contentOf(service.messages[0] as Pushed).notification.data;
  const verified = await ask<object>('POST', `/api/v1/contact-methods/${methodId}/verify`, { code });
  expect(verified).toMatchObject({ state: 'verified', usable: true });
});

test('a page arrives encrypted and signed, and wakes the device', async () => {
  const { pushed } = await page('Payments fail');
  expect(pushed).toMatchObject({ urgency: 'high', applicationServerKey: pushKey });
  expect(contentOf(pushed)).toMatchObject({
    web_push: 8030,
    notification: { title: expect.stringContaining('Payments fail'), requireInteraction: true },
  });
  expect(contentOf(pushed).notification.actions[0]).toMatchObject({ action: 'acknowledge', title: 'Acknowledge' });
});

if (hasDebianChromium()) describe('in Chromium', inChromium);
else {
  console.error(
    'NOT TESTED: there is no /usr/bin/chromium, so no browser shows the notification or acknowledges from it. ' +
      'Install it: apt-get install chromium',
  );
}

function inChromium(): void {
  let context: BrowserContext;
  let opened: Page;
  let worker: Worker;
  let deliver: (pushed: Pushed) => Promise<void>;

  /** Hands a decrypted message to the worker, as the push service of the vendor would. */
  async function delivery(tools: CDPSession, origin: string): Promise<typeof deliver> {
    let registrationId = '';
    tools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      registrationId = registrations.find(({ isDeleted }) => !isDeleted)?.registrationId ?? registrationId;
    });
    await tools.send('ServiceWorker.enable');
    await until(() => registrationId !== '', PATIENCE_MS);
    return async ({ text: data }) => {
      await tools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
    };
  }

  beforeAll(async () => {
    context = await openDebianChromium(product.url);
    opened = await context.newPage();
    opened.setDefaultTimeout(PATIENCE_MS);
    await opened.goto(product.url);
    await opened.evaluate('navigator.serviceWorker.ready');
    await until(() => context.serviceWorkers().length > 0, PATIENCE_MS);
    worker = context.serviceWorkers()[0] as Worker;
    await keepWhatIsSaid();
    deliver = await delivery(await context.newCDPSession(opened), product.url);
  });
  afterAll(() => context?.close());

  interface Shown {
    title: string;
    body: string;
    actions: string[];
  }
  const shown = () =>
    opened.evaluate(`navigator.serviceWorker.ready
      .then((registration) => registration.getNotifications())
      .then((all) => all.map(({ title, body, actions }) => ({ title, body, actions: actions.map((one) => one.title) })))
    `) as Promise<Shown[]>;
  const withTitle = async (title: string) => (await shown()).find((one) => one.title.includes(title));

  /**
   * Delivers a message until its notification is shown. Without a desktop, the browser forgets a notification that is looked
   * for before it is displayed.
   */
  async function showing({ pushed, title }: { pushed: Pushed; title: string }): Promise<Shown> {
    let found: Shown | undefined;
    const look = async () => {
      found = await withTitle(title);
      return found !== undefined;
    };
    await until(async () => {
      await deliver(pushed);
      await until(look, LOOKED_FOR_MS).catch(() => undefined);
      return found !== undefined;
    }, PATIENCE_MS);
    return found as unknown as Shown;
  }

  /** The texts of all notifications that the worker has shown, also of those that the browser forgot. */
  const said = () => worker.evaluate('self.said') as Promise<string[]>;
  const keepWhatIsSaid = () =>
    worker.evaluate(`(() => {
      self.said = [];
      const { showNotification } = ServiceWorkerRegistration.prototype;
      ServiceWorkerRegistration.prototype.showNotification = function (title, options) {
        self.said.push(options.body);
        return showNotification.call(this, title, options);
      };
    })()`);

  /**
   * What the browser does when a person presses a button of a notification. A script may not extend the life of an event that it
   * made itself, so the test waits for the work.
   */
  const press = (title: string, action: string) =>
    worker.evaluate(`(async () => {
      const all = await self.registration.getNotifications();
      const notification = all.find((one) => one.title.includes(${JSON.stringify(title)}));
      const event = new NotificationEvent('notificationclick', { notification, action: ${JSON.stringify(action)} });
      let work;
      Object.defineProperty(event, 'waitUntil', { value: (promise) => { work = promise; } });
      self.dispatchEvent(event);
      await work;
    })()`);

  test('shows the notification, and its Acknowledge reaches the server as the person', async () => {
    const { incident, pushed } = await page('Ledger is unbalanced');
    expect(await statusOf(incident)).toBe('open');
    expect(await showing({ pushed, title: 'Ledger is unbalanced' })).toEqual({
      title: expect.stringContaining('Ledger is unbalanced'),
      body: expect.any(String),
      actions: ['Acknowledge', 'View'],
    });
    await press('Ledger is unbalanced', 'acknowledge');
    expect(await statusOf(incident)).toBe('acknowledged');
    const { timeline } = await ask<{ timeline: { event_type: string; actor: string; detail: object }[] }>(
      'GET',
      `/api/v1/incidents/${incident}/timeline`,
    );
    expect(timeline.find(({ event_type }) => event_type === 'acknowledged')).toMatchObject({
      actor: PERSON.email,
      detail: { via: 'webpush' },
    });
    await until(async () => (await said()).some((body) => body?.startsWith('Acknowledged')), PATIENCE_MS);
  });

  test('says so if another person was faster', async () => {
    const { incident, pushed } = await page('Search is slow');
    await showing({ pushed, title: 'Search is slow' });
    await ask('PATCH', `/api/v1/incidents/${incident}`, { status: 'acknowledged' });
    await press('Search is slow', 'acknowledge');
    await until(async () => (await said()).some((body) => /already acknowledged/i.test(body ?? '')), PATIENCE_MS);
  });
}
