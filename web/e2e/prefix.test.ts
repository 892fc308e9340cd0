import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { EmbeddedPostgres } from '../../src/embedded/postgres';
import { type Nginx, prefixProxy, webUi } from '../../src/testing/nginx';
import { incidentOf, type Product, startProduct, until } from '../../src/testing/product';
import { type SmtpSink, smtpSink } from '../../src/testing/smtp';
import { type SplitHarness, splitServer, startSplit } from '../../src/testing/splitHarness';
import { openBrowser } from '../testing/browser';

/** The product below a prefix, behind a real nginx that removes the prefix, in a real browser. */

jest.setTimeout(300_000);
const PATIENCE_MS = 45_000;
const KEY = 'a-key-below-a-prefix';
const PASSWORD = 'correct horse battery';
const LINK = /http:\S+\/l\/[\w.-]+/;
const TEAM = { team: 'ops', members: [{ name: 'Ana', email: 'ana@example.com', role: 'primary' }] };

let browser: Browser;
let mail: SmtpSink;
beforeAll(async () => {
  [browser, mail] = await Promise.all([openBrowser(), smtpSink()]);
});
afterAll(async () => {
  await browser?.close();
  await mail?.close();
});

interface Place {
  /** The public address: origin and prefix. */
  url: string;
  end(): Promise<void>;
}

const env = (publicUrl: string) => ({
  PUBLIC_URL: publicUrl,
  API_KEYS: KEY,
  AUTH_USERS: `ana:${PASSWORD}`,
  DEFAULT_TEAM: 'ops',
  SMTP_URL: mail.url,
});

async function monolith(): Promise<Place> {
  let product: Product | undefined;
  const proxy = await prefixProxy('/tocsin', async (publicUrl) => {
    product = await startProduct(env(publicUrl));
    return product.url;
  });
  const end = async () => {
    await proxy.stop();
    product?.process.kill('SIGTERM');
    await product?.exited;
  };
  return { url: `${proxy.url}/tocsin`, end };
}

/** Five processes, the container's nginx before them, and the proxy of the operator before that. */
async function split(): Promise<Place> {
  const server: EmbeddedPostgres = await splitServer();
  let harness: SplitHarness | undefined;
  let pages: Nginx | undefined;
  const proxy = await prefixProxy('/tocsin', async (publicUrl) => {
    harness = await startSplit(server, env(publicUrl));
    pages = await webUi(harness.url);
    return pages.url;
  });
  const end = async () => {
    await proxy.stop();
    await pages?.stop();
    await harness?.stop();
    await server.stop();
  };
  return { url: `${proxy.url}/tocsin`, end };
}

describe.each([
  ['monolith', monolith],
  ['split', split],
])('below a prefix, as %s', (_mode, open) => {
  let place: Place;
  let context: BrowserContext;
  let page: Page;
  /** Errors of the page, and requests to addresses outside the prefix. */
  const faults: string[] = [];

  beforeAll(async () => {
    place = await open();
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`${place.url}/`) && !/^(data|blob):/.test(request.url()))
        faults.push(request.url());
    });
    await ask('POST', '/api/v1/schedules', TEAM);
  });
  afterAll(async () => {
    await context?.close();
    await place?.end();
  });

  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(place.url + path, {
      method,
      headers: { 'X-API-Key': KEY, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    expect([path, answer.status < 300]).toEqual([path, true]);
    return (await answer.json()) as Record<string, unknown>;
  };
  const heading = (text: string | RegExp) => page.getByRole('heading', { level: 1, name: text }).waitFor();

  test('a deep link leads to the login and back to itself', async () => {
    await page.goto(`${place.url}/alerts?status=firing`);
    await page.getByLabel('Name').fill('ana');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await heading('Alerts');
    expect(page.url()).toBe(`${place.url}/alerts?status=firing`);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ name: 'tocsin_session', path: '/tocsin', httpOnly: true, sameSite: 'Strict' });
  });

  test('links, the back button and a reload stay below the prefix', async () => {
    await page.getByRole('link', { name: 'Incidents' }).first().click();
    await heading('Incidents');
    expect(page.url()).toMatch(`${place.url}/incidents`);
    await page.goBack();
    await heading('Alerts');
    await page.goForward();
    await heading('Incidents');
    await page.reload();
    await heading('Incidents');
    const hrefs = await page
      .locator('a[href^="/"]')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    expect(hrefs.length).toBeGreaterThan(5);
    expect(hrefs.filter((href) => !href?.startsWith('/tocsin/'))).toEqual([]);
  });

  test('an unknown address shows that below the prefix, and links to Home', async () => {
    const answer = await page.goto(`${place.url}/nowhere/at/all`);
    expect(answer?.status()).toBe(404);
    await heading('There is no such page');
    await page.getByRole('link', { name: 'Go home' }).click();
    await heading(/./);
    expect(page.url()).toBe(`${place.url}/`);
    await page.goto(`${place.url}/incidents`);
    await heading('Incidents');
  });

  test('an incident appears by the stream, and its page opens from the list', async () => {
    const { alert_id } = await ask('POST', '/api/v1/alerts', {
      service: 'pay',
      severity: 'critical',
      message: 'Prefix on fire',
    });
    const id = await incidentOf(place.url, KEY, alert_id as string);
    await page
      .getByRole('link', { name: /Prefix on fire/ })
      .first()
      .click();
    await heading(/Prefix on fire/);
    expect(page.url()).toBe(`${place.url}/incidents/${id}`);
  });

  test('the link in a message acknowledges without a login, in the style of the product', async () => {
    const linkIn = () =>
      mail.mails.map(({ parsed }) => LINK.exec(parsed.text ?? '')?.[0]).find((text) => text?.startsWith(place.url));
    await until(() => linkIn() !== undefined, PATIENCE_MS);
    const link = linkIn() as string;
    const visitor = await browser.newContext();
    const gate = await visitor.newPage();
    const missing: string[] = [];
    gate.on('response', (response) => {
      if (!response.ok()) missing.push(response.url());
    });
    await gate.goto(link);
    await gate.getByRole('button', { name: 'Acknowledge' }).click();
    await gate.getByText('Taken by').waitFor({ timeout: PATIENCE_MS });
    expect(missing).toEqual([]);
    await visitor.close();
  });

  test('documentation, manifest and the service worker’s scope are below the prefix', async () => {
    const scope = await page.evaluate('navigator.serviceWorker.ready.then(({ scope }) => scope)');
    expect(scope).toBe(`${place.url}/`);
    const manifest = (await (await fetch(`${place.url}/assets/manifest.json`)).json()) as Record<string, string>;
    const at = `${place.url}/assets/manifest.json`;
    expect(new URL(manifest['start_url'] as string, at).href).toBe(`${place.url}/`);
    expect(new URL(manifest['scope'] as string, at).href).toBe(`${place.url}/`);
    await page.goto(`${place.url}/docs`);
    // Swagger UI draws the operations that are in view; these are the first.
    await page.getByText('/api/v1/alerts', { exact: true }).first().waitFor();
    const { servers } = await ask('GET', '/openapi.json');
    expect(servers).toEqual([{ url: '/tocsin' }]);
  });

  test('without the network the page still opens, and nothing was requested outside the prefix or refused', async () => {
    await context.setOffline(true);
    await page.goto(`${place.url}/incidents`);
    await heading('Incidents');
    await context.setOffline(false);
    expect(faults).toEqual([]);
  });
});
