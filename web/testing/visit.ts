import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { type Product, startProduct } from '../../src/testing/product';
import { openBrowser } from './browser';

/** A visit: the real product, a real browser with a logged-in user, and the errors of both. */

/** Long, because test machines run many tests at once; on an idle machine each wait ends within a second. */
export const PATIENCE_MS = 45_000;

export const PASSWORD = 'correct horse battery';
export const ANA = { username: 'ana', email: 'ana@example.com', role: 'admin' } as const;

export interface Visit {
  readonly product: Product;
  readonly browser: Browser;
  /** The address of the page: the product, or a proxy before it. */
  readonly url: string;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly apiKey: string;
  /** Exceptions of pages, violations of the policy, errors of the console. */
  readonly faults: string[];
  /** Requests to other hosts. */
  readonly elsewhere: string[];
  ask<T = unknown>(method: string, path: string, body?: object): Promise<T>;
  /** A new browser context, logged in. */
  enter(options?: Parameters<Browser['newContext']>[0]): Promise<BrowserContext>;
  watch(page: Page): void;
  end(): Promise<void>;
}

/** Responses that a story causes on purpose (a wrong password, an unknown address) are no fault of the page. */
const ASKED_FOR = /Failed to load resource: .* (400|401|403|404|409|422)/;

export async function beginVisit(before: (product: Product) => Promise<string> = async ({ url }) => url) {
  const [product, browser] = await Promise.all([startProduct(), openBrowser()]);
  const url = await before(product);
  const apiKey = /API key\s+(\S+)/.exec(product.output())?.[1] as string;
  const faults: string[] = [];
  const elsewhere: string[] = [];
  const ask = asker(product.url, apiKey);
  await ask('POST', '/api/v1/users', { ...ANA, password: PASSWORD });
  const watch = (page: Page) => {
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !ASKED_FOR.test(message.text()))
        faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) elsewhere.push(request.url());
    });
  };
  const enter: Visit['enter'] = async (options) => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    await logInBy(context, url);
    return context;
  };
  const context = await enter();
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  watch(page);
  const end = async () => {
    await browser.close();
    product.process.kill('SIGTERM');
    await product.exited;
  };
  return { product, browser, url, context, page, apiKey, faults, elsewhere, ask, enter, watch, end } satisfies Visit;
}

const asker =
  (url: string, apiKey: string): Visit['ask'] =>
  async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { 'X-API-Key': apiKey, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as never;
  };

/** Without the form, which has its own story. */
export async function logInBy(context: BrowserContext, url: string, password = PASSWORD): Promise<void> {
  const data = { username: ANA.username, password };
  const answer = await context.request.post(`${url}/api/v1/auth/login`, { data });
  if (!answer.ok()) throw new Error(`The login answered ${answer.status()}.`);
}

export const heading = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name: text }).waitFor();

/** The text of the last toast. */
export const said = (page: Page, text: string | RegExp): Promise<void> =>
  page.locator('.toasts').getByText(text).waitFor();

const MOST_STOPS = 120;

/** Moves the focus there with the tab key alone. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.first().waitFor();
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    if (await target.first().evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`No tab leads to ${target}.`);
}

/** Uses the keyboard: tab until it has the focus, then Enter. */
export async function enterAt(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

/** Types into a field that the tab key reached. */
export async function typeAt(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(text);
}
